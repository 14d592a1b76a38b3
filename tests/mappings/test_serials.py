"""Serial numbers of another town: set aside, so that they never meet this town's own."""

from hypothesis import given
from hypothesis import strategies as st

from boshi.mappings import layouts
from boshi.mappings.serials import serial_parts, set_aside

NUMBERS = st.from_regex(r"\A[0-9]{10}\Z")


@given(NUMBERS)
def test_a_number_set_aside_has_the_same_length_and_lies_where_no_town_counts_to(number: str) -> None:
    other = set_aside("401005", number)
    assert len(other) == 10 and other.isdigit() and other.startswith("9")
    assert other == set_aside("401005", number)


def test_two_towns_give_the_same_number_and_neither_takes_the_others_place() -> None:
    assert set_aside("401005", "0000000002") != set_aside("131016", "0000000002")


def test_the_number_of_a_pregnancy_is_serial_in_every_layout_whose_key_holds_it() -> None:
    told = {name: set(serial_parts(layout).values()) for name, layout in layouts().items()}
    with_number = {
        name for name, layout in layouts().items() if any("登録番号" in part for part in layout.key)
    }
    assert with_number == {"pregnancy-notification", "prenatal-checkup", "birth"}
    assert {name for name, serials in told.items() if serials} == with_number
    assert all(told[name] == {"登録番号"} for name in with_number)
