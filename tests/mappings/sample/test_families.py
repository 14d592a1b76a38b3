"""The made-up families are plausible, and the same for the same seed."""

from datetime import date, timedelta

from boshi.mappings.sample.calendar import reaches
from boshi.mappings.sample.families import Family, Rates, make_family
from boshi.mappings.sample.my_numbers import made_up_number

TODAY = date(2026, 11, 1)


def _families(count: int = 300, seed: int = 7) -> list[Family]:
    return [make_family(seed, index, TODAY) for index in range(count)]


def test_a_family_depends_on_its_seed_and_number_only() -> None:
    assert make_family(7, 41, TODAY) == _families(50)[41]
    assert make_family(8, 41, TODAY) != make_family(7, 41, TODAY)


def test_three_hundred_families_hold_twins_a_stillbirth_and_a_child_without_a_known_mother() -> None:
    families = _families()
    births = [birth for family in families for pregnancy in family.pregnancies for birth in pregnancy.births]
    assert any(child.birth_order == 2 for family in families for child in family.children)
    assert any(birth.child is None for birth in births)
    assert any(family.mother is None and family.children for family in families)
    assert {family.support for family in families} >= {"1", "2", "3"}
    assert sum(family.custody is not None for family in families) == 1


def test_nobody_shares_a_number() -> None:
    numbers = [person.number for family in _families() for person in family.people()]
    assert len(numbers) == len(set(numbers))


def test_no_child_is_vaccinated_before_birth_nor_after_the_reference_day() -> None:
    for family in _families(100):
        for dose in family.doses:
            assert dose.child.born + timedelta(days=40) < dose.on <= TODAY


def test_doses_of_one_vaccine_are_further_apart_than_the_law_asks() -> None:
    for family in _families(100):
        second = {d.child.number: d.on for d in family.doses if (d.vaccine, d.dose) == ("hepatitis-b", 2)}
        third = [d for d in family.doses if (d.vaccine, d.dose) == ("hepatitis-b", 3)]
        first = {d.child.number: d.on for d in family.doses if (d.vaccine, d.dose) == ("hepatitis-b", 1)}
        assert all(on - first[number] >= timedelta(days=28) for number, on in second.items())
        assert all(dose.on - first[dose.child.number] >= timedelta(days=140) for dose in third)


def test_visits_lie_between_notification_and_delivery() -> None:
    for family in _families(100):
        for pregnancy in family.pregnancies:
            days = [visit.on for visit in pregnancy.visits]
            assert days == sorted(days) and len(days) <= 14
            assert all(pregnancy.notified <= day for day in days)
            assert all(day < birth.at.date() for birth in pregnancy.births for day in days)


def test_a_month_of_age_is_reached_the_day_before() -> None:
    assert reaches(date(2013, 4, 1), 12) == date(2014, 3, 31)
    assert reaches(date(2013, 1, 31), 1) == date(2013, 2, 28)
    assert reaches(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert reaches(date(2026, 8, 31), 2) == date(2026, 10, 30)


def test_made_up_numbers_have_twelve_digits_and_differ() -> None:
    numbers = {made_up_number(serial) for serial in range(200)}
    assert len(numbers) == 200 and all(len(number) == 12 and number.isdigit() for number in numbers)


def test_rates_can_be_switched_off() -> None:
    families = [make_family(3, index, TODAY, rates=Rates(twins=0, stillbirth=0)) for index in range(60)]
    assert all(child.birth_order is None for family in families for child in family.children)
