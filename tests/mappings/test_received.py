"""Records received from another town: its rows are written here, under the numbers of this town."""

import pytest
from hypothesis import Phase, given, settings

from boshi.fhir.outcome import Resource
from boshi.mappings import Layout, Row, canonical, layouts, to_resources, to_rows
from boshi.profiles import systems
from tests.mappings.drawing import distinct, rows
from tests.mappings.files import TOWN
from tests.mappings.test_round_trip import stillborn

HERE = "332119"


def here(number: str) -> str:
    return f"9{int(number):014d}"


def moved(layout: Layout, cells: dict[str, str]) -> list[Resource]:
    """The Patients of the row, all of whom live here now and keep their old number."""
    numbers = {
        cells[name].zfill(15) for name, told in layout.columns.items() if told.patient and cells.get(name)
    }
    return [
        {
            "resourceType": "Patient",
            "id": systems.record_id(TOWN, "residents", number, "Patient"),
            "identifier": [
                {"system": systems.atena(TOWN), "value": number},
                {"system": systems.atena(HERE), "value": here(number)},
            ],
        }
        for number in numbers
    ]


@pytest.mark.parametrize("name", [name for name in layouts() if name != "residents"])
def test_every_value_is_written_and_every_person_under_the_number_here(name: str) -> None:
    layout = layouts()[name]

    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(rows(layout))
    def holds(drawn: dict[str, str]) -> None:
        (cells,) = distinct([drawn])
        cells = stillborn(cells)
        made = to_resources(layout, Row(2, cells), TOWN)
        (written,) = to_rows(layout, [*made, *moved(layout, cells)], HERE)  # type: ignore[list-item]
        expected = canonical(layout, cells)
        for column, told in layout.columns.items():
            if told.patient and expected[column]:
                expected[column] = here(expected[column])
        assert written == expected

    holds()
