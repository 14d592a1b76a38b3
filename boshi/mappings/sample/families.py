"""Families made from a seed: the same seed and number give the same family, whatever else is made."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from boshi.mappings.sample import names
from boshi.mappings.sample.calendar import add_months, between, full_months, open_day
from boshi.mappings.sample.names import Name
from boshi.mappings.sample.people import CHILD, HEAD, MAN, WIFE, WOMAN, Checkup, Family, Person
from boshi.mappings.sample.pregnancies import add_pregnancy
from boshi.mappings.sample.schedule import doses

FIRST_NUMBER: Final = 30_000_000
FIRST_HOUSEHOLD: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a town's people live, and the first of its numbers."""

    code: str
    city: str
    wards: tuple[str, ...]
    postal_prefix: str
    first_number: int = FIRST_NUMBER
    first_household: int = FIRST_HOUSEHOLD


WARDS: Final = ("門司区", "若松区", "戸畑区", "小倉北区", "小倉南区", "八幡東区", "八幡西区")
KITAKYUSHU: Final = Place("401005", "福岡県北九州市", WARDS, "80")
BIZEN: Final = Place("332119", "岡山県備前市", ("",), "70", 70_000_000, 90_000_000)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often real files hold what a mapping must survive; shares between 0 and 1, or one family in N."""

    twins: float = 0.02
    stillbirth: float = 0.01
    mother_unknown: float = 0.01
    father_absent: float = 0.12
    foreign_mother: float = 0.02
    old_form_surname: float = 0.05
    beyond_cp932_surname: float = 0.01
    now_pregnant: float = 0.12
    moved_in: float = 0.12
    support_one_family_in: int = 100
    custody_one_family_in: int = 300
    lost_zeros: float = 0.01
    other_notation: float = 0.01
    duplicate: float = 0.002
    unknown_code: float = 0.001
    unknown_date: float = 0.003
    broken: float = 0.001
    my_number_misplaced_one_family_in: int = 300


PLAIN: Final = Rates(
    other_notation=0,
    lost_zeros=0,
    duplicate=0,
    unknown_code=0,
    unknown_date=0,
    broken=0,
    my_number_misplaced_one_family_in=0,
)
"""Families as they come, written without a flaw."""


def make_family(
    seed: int, index: int, reference: date, place: Place = KITAKYUSHU, rates: Rates = Rates()
) -> Family:
    """The family number `index` of `seed`, as it stands on the day `reference`."""
    chance = Random(f"boshi:{seed}:{index}")
    family = _household(chance, index, reference, place, rates)
    _add_children(chance, family, reference, rates)
    if family.mother and chance.random() < rates.now_pregnant:
        due = reference + timedelta(days=chance.randint(10, 200))
        add_pregnancy(chance, family, due, [], reference, rates.stillbirth)
    for child in family.children:
        _add_checkup(chance, family, child, reference)
        family.doses.extend(doses(chance, child, reference))
    _protect(chance, family, rates)
    return family


def _household(chance: Random, index: int, reference: date, place: Place, rates: Rates) -> Family:
    surname = _surname(chance, rates)
    number = place.first_number + index * 10
    mother_born = reference - timedelta(days=chance.randint(24 * 365, 43 * 365))
    mother = Person(number + 1, surname, chance.choice(names.WOMEN), WOMAN, mother_born, WIFE)
    father_born = mother_born - timedelta(days=chance.randint(-4 * 365, 7 * 365))
    father: Person | None = Person(number + 2, surname, chance.choice(names.MEN), MAN, father_born, HEAD)
    if chance.random() < rates.father_absent:
        father = None
        mother.relation = HEAD
    if chance.random() < rates.foreign_mother:
        mother.latin = chance.choice(names.FOREIGN_MOTHERS)
        if chance.random() < 0.7:
            mother.common_name = f"{surname.kanji}　{mother.given.kanji}"
    elif chance.random() < 0.08:
        mother.maiden = chance.choice(names.SURNAMES)
    family = Family(index, place.first_household + index, *_address(chance, place), mother, father)
    if chance.random() < rates.moved_in:
        _move_in(chance, family, reference)
    return family


def _surname(chance: Random, rates: Rates) -> Name:
    draw = chance.random()
    if draw < rates.beyond_cp932_surname:
        return chance.choice(names.BEYOND_CP932_SURNAMES)
    if draw < rates.beyond_cp932_surname + rates.old_form_surname:
        return chance.choice(names.OLD_FORM_SURNAMES)
    return chance.choice(names.SURNAMES)


def _address(chance: Random, place: Place) -> tuple[str, str, str]:
    ward = chance.choice(place.wards)
    block = f"{chance.randint(1, 6)}丁目{chance.randint(1, 30)}番{chance.randint(1, 20)}号"
    street = f"{chance.choice(names.STREETS)}{block}"
    if chance.random() < 0.4:
        street += f"　見本ハイツ{chance.randint(101, 909)}"
    postal_code = f"{place.postal_prefix}{chance.randint(0, 9)}-{chance.randint(1, 9999):04}"
    return f"{place.city}{ward}{street}", postal_code, ward


FORMER: Final = (("131016", "東京都千代田区"), ("102121", "群馬県みどり市"), ("131121", "東京都世田谷区"))


def _move_in(chance: Random, family: Family, reference: date) -> None:
    code, city = chance.choice(FORMER)
    day = between(chance, add_months(reference, -60), reference)
    street = f"{city}{chance.choice(names.STREETS)}{chance.randint(1, 4)}丁目{chance.randint(1, 30)}番"
    for person in family.people():
        person.entry_reason, person.entered = "01", day
        person.former_municipality = code
        person.former_address = street


def _add_children(chance: Random, family: Family, reference: date, rates: Rates) -> None:
    """One to three deliveries, oldest first; the youngest child is under five."""
    deliveries = chance.choices((1, 2, 3), (40, 45, 15))[0]
    days = [reference - timedelta(days=chance.randint(0, 5 * 365))]
    for _ in range(deliveries - 1):
        days.append(days[-1] - timedelta(days=chance.randint(540, 1300)))
    for born in reversed(days):
        twins = chance.random() < rates.twins
        orders = (1, 2) if twins else (None,)
        children = [_child(chance, family, born, order) for order in orders]
        kept = add_pregnancy(chance, family, born, children, reference, rates.stillbirth)
        family.children.extend(kept)
    lost = any(birth.child is None for pregnancy in family.pregnancies for birth in pregnancy.births)
    if not lost and chance.random() < rates.mother_unknown:
        family.mother = None


def _child(chance: Random, family: Family, born: date, order: int | None) -> Person:
    sex = chance.choice((MAN, WOMAN))
    parent = family.mother or family.father
    assert parent is not None
    number = parent.number // 10 * 10 + 2 + len(family.children) + (order or 1)
    given = chance.choice(names.BOYS if sex == MAN else names.GIRLS)
    child = Person(number, parent.surname, given, sex, born, CHILD, order)
    if parent.entered and parent.entered > born:
        child.entry_reason, child.entered = "01", parent.entered
        child.former_address, child.former_municipality = parent.former_address, parent.former_municipality
    else:
        child.entered = born
    return child


def _add_checkup(chance: Random, family: Family, child: Person, reference: date) -> None:
    on = open_day(between(chance, add_months(child.born, 3), add_months(child.born, 4) + timedelta(days=20)))
    if on > reference or chance.random() > 0.95:
        return
    weight = chance.gauss(6500 if child.sex == MAN else 6050, 650)
    family.checkups.append(
        Checkup(
            child=child,
            on=on,
            months=full_months(child.born, on),
            height=round(chance.gauss(62.0 if child.sex == MAN else 60.6, 2.0), 1),
            weight=round(weight / 10) * 10,
            chest=round(chance.gauss(41.3, 1.5), 1),
            head=round(chance.gauss(40.8 if child.sex == MAN else 39.9, 1.1), 1),
            feeding=chance.choices("123", (55, 12, 33))[0],
            judgement=chance.choices("12345", (86, 4, 7, 2, 1))[0],
        )
    )


def _protect(chance: Random, family: Family, rates: Rates) -> None:
    every = rates.support_one_family_in
    if every and family.index % every == every // 3 and family.mother:
        family.support = "123"[family.index // every % 3]
    every = rates.custody_one_family_in
    if every and family.index % every == every // 2 and family.children:
        family.custody = chance.choice(family.children)
