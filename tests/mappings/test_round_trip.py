"""File → FHIR → file, and FHIR → file → FHIR, for every layout with drawn rows."""

import io
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems, Resource
from boshi.mappings import (
    Layout,
    Reject,
    Row,
    canonical,
    layouts,
    read_rows,
    to_resources,
    to_rows,
    write_rows,
)
from boshi.profiles import systems
from tests.mappings.drawing import PLAIN, any_texts, distinct, rows, texts

TOWN = "401005"
NAMES = sorted(layouts())
FORMS = {
    "as shipped": {},
    "tab, no quotes, no header": {"delimiter": "tab", "quote": "none", "header": False},
    "single quotes, LF": {"quote": "single", "newline": "lf"},
}


def file_of(layout: Layout, cells: list[dict[str, str]], encoding: str) -> tuple[bytes, list[Reject]]:
    out = io.BytesIO()
    written = write_rows(out, layout, cells, encoding=encoding)
    return out.getvalue(), written.rejects


def resources_of(layout: Layout, content: bytes) -> tuple[list[Resource], list[Row], list[Reject]]:
    made: list[Resource] = []
    taken: list[Row] = []
    refused: list[Reject] = []
    for row in read_rows(io.BytesIO(content), layout):
        told = [row] if isinstance(row, Reject) else to_resources(layout, row, TOWN)
        if told and isinstance(told[0], Reject):
            refused += told
        else:
            made += told
            taken.append(row)
    return made, taken, refused


def people_of(layout: Layout, taken: list[Row]) -> list[Resource]:
    """The Patients that the residents file has made of every 宛名番号 in the rows."""
    if layout.name == "residents":
        return []
    numbers = {
        row.cells[name].zfill(15)
        for row in taken
        for name, column in layout.columns.items()
        if column.patient and row.cells.get(name)
    }
    return [
        {
            "resourceType": "Patient",
            "id": systems.record_id(TOWN, "residents", number, "Patient"),
            "identifier": [{"system": systems.atena(TOWN), "value": number}],
        }
        for number in sorted(numbers)
    ]


def through_json(resources: list[Resource]) -> list[Resource]:
    decoded = [decode(encode(resource)) for resource in resources]
    assert not any(isinstance(one, Problems) for one in decoded)
    return decoded  # type: ignore[return-value]


def stillborn(cells: dict[str, str]) -> dict[str, str]:
    """A birth row that keeps the rule on stillbirths."""
    if "特別な所見_処置" not in cells or cells["特別な所見_処置"] != "3":
        return cells
    return {
        **cells,
        "母親_宛名番号": cells["宛名番号"],
        "宛名番号": "",
        "父親_宛名番号": "",
        "保護者_宛名番号": "",
    }


def comparable(rows: list[dict[str, str]]) -> list[tuple[tuple[str, str], ...]]:
    return sorted(tuple(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_comes_back_value_for_value_or_names_the_row(name: str, form: str) -> None:
    shipped = layouts()[name]
    layout = replace(shipped, file=replace(shipped.file, **FORMS[form]))

    @settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(
        st.lists(rows(shipped), min_size=1, max_size=3),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "cp932"]),
    )
    def holds(drawn: list[dict[str, str]], encoding: str) -> None:
        cells = [stillborn(row) for row in distinct(drawn)]
        content, unwritten = file_of(layout, cells, encoding)
        if len(unwritten) == len(cells):
            return
        made, taken, refused = resources_of(layout, content)
        assert not refused
        assert len(taken) + len(unwritten) == len(cells)
        again = list(to_rows(layout, [*through_json(made), *people_of(layout, taken)], TOWN))
        assert comparable(again) == comparable([canonical(layout, row.cells) for row in taken])  # type: ignore[arg-type]

    holds()


@pytest.mark.parametrize("name", NAMES)
def test_resources_written_to_a_file_and_read_again_are_the_same_resources(name: str) -> None:
    layout = layouts()[name]

    @settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(st.lists(rows(layout, any_texts), min_size=1, max_size=3))
    def holds(drawn: list[dict[str, str]]) -> None:
        cells = [stillborn(row) for row in distinct(drawn)]
        made, taken, _ = resources_of(layout, file_of(layout, cells, "utf-8")[0])
        again = list(to_rows(layout, [*made, *people_of(layout, taken)], TOWN))
        made_again, _, refused = resources_of(layout, file_of(layout, again, "utf-8")[0])  # type: ignore[arg-type]
        assert not refused
        by_id = {resource["id"]: resource for resource in made}
        assert {resource["id"]: resource for resource in made_again} == by_id

    holds()


@pytest.mark.parametrize("name", NAMES)
def test_a_cp932_file_of_cp932_characters_loses_no_row(name: str) -> None:
    layout = layouts()[name]

    @settings(max_examples=15, deadline=None)
    @given(st.lists(rows(layout, texts), min_size=1, max_size=3))
    def holds(drawn: list[dict[str, str]]) -> None:
        content, unwritten = file_of(layout, [stillborn(row) for row in distinct(drawn)], "cp932")
        assert not unwritten
        assert not resources_of(layout, content)[2]

    holds()


def test_the_plain_characters_of_these_tests_are_in_cp932() -> None:
    assert PLAIN.encode("cp932").decode("cp932") == PLAIN
