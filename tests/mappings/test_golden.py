"""Golden files: a small file of each layout and the resources that it makes, to be read by eye.

After a wanted change: `python -m tests.mappings.test_golden` writes the resources anew.
"""

from pathlib import Path

import msgspec
import pytest

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems, Resource
from boshi.mappings import Reject, layouts, read_rows, to_resources
from tests.mappings.files import TOWN

GOLDEN = Path(__file__).parent / "golden"


def made_of(name: str) -> list[Resource]:
    """The resources of the golden file of the layout, each once."""
    layout, made = layouts()[name], {}
    with (GOLDEN / f"{name}.csv").open("rb") as stream:
        for row in read_rows(stream, layout):
            assert not isinstance(row, Reject), row
            for resource in to_resources(layout, row, TOWN):
                assert not isinstance(resource, Reject), resource
                made[resource["id"]] = resource
    return list(made.values())


@pytest.mark.parametrize("name", sorted(layouts()))
def test_the_golden_file_makes_the_golden_resources(name: str) -> None:
    told = decode((GOLDEN / f"{name}.json").read_bytes())
    assert not isinstance(told, Problems)
    assert [entry["resource"] for entry in told["entry"]] == made_of(name)


def _written(name: str) -> bytes:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in made_of(name)],
    }
    return msgspec.json.format(encode(bundle), indent=1) + b"\n"


if __name__ == "__main__":
    for each in layouts():
        (GOLDEN / f"{each}.json").write_bytes(_written(each))
