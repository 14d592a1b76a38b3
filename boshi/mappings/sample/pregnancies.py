"""A pregnancy: its notification, its visits, and the delivery if there was one."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from boshi.mappings.sample.calendar import open_day
from boshi.mappings.sample.names import CLINICS
from boshi.mappings.sample.people import MAN, Birth, Family, Person, Pregnancy, Visit

WEEKS: Final = (25, 28, 31, 34, 35, 36, 37, 38, 39, 40, 41)
SHARES: Final = (1, 2, 3, 8, 12, 30, 90, 220, 310, 250, 74)
"""How many of 1,000 births fall into each of WEEKS."""
MEAN_WEIGHTS: Final = (760, 1120, 1580, 2180, 2400, 2610, 2800, 2970, 3080, 3190, 3280)
WEIGHTS: Final = dict(zip(WEEKS, MEAN_WEIGHTS, strict=True))
"""Mean birth weight in grams by completed week of gestation."""
VISIT_WEEKS: Final = (8, 12, 16, 20, 24, 26, 28, 30, 32, 34, 36, 37, 38, 39, 40)
"""Every 4 weeks to 23週, every 2 weeks to 35週, then weekly."""


def add_pregnancy(
    chance: Random, family: Family, born: date, children: list[Person], reference: date, stillbirth: float
) -> list[Person]:
    """Adds the pregnancy that ends (or will end) on `born`; returns the children who live.

    `born` after `reference` is a due date: the pregnancy goes on, with the visits so far.
    """
    assert family.mother is not None
    weeks = chance.choices(WEEKS, SHARES)[0] if children else 40
    if len(children) > 1:
        weeks = min(weeks, chance.choice((34, 35, 36, 37)))
    days = chance.randint(0, 6) if children else 0
    pregnancy = _begin(chance, family, born - timedelta(weeks=weeks, days=days), weeks)
    if pregnancy.notified > reference:
        return children
    family.pregnancies.append(pregnancy)
    pregnancy.visits = _visits(chance, pregnancy, min(born, reference + timedelta(days=1)))
    if not children:
        return children
    pregnancy.weeks_born, pregnancy.days_born = weeks, days
    return _deliver(chance, pregnancy, born, children, stillbirth)


def _begin(chance: Random, family: Family, last_period: date, weeks: int) -> Pregnancy:
    first, last = chance.choices(((6, 11), (12, 19), (20, 27)), (93, 6, 1))[0]
    notified_week = min(chance.randint(first, last), weeks - 1)
    notified = open_day(last_period + timedelta(weeks=notified_week, days=chance.randint(0, 5)))
    mother = family.mother
    return Pregnancy(
        number=len(family.pregnancies) + 1,
        notified=notified,
        weeks_notified=(notified - last_period).days // 7,
        last_period=last_period,
        due=last_period + timedelta(days=280),
        height=round(chance.gauss(158.5, 5.2), 1),
        weight_before=round(max(chance.gauss(52.5, 7.0), 38.0), 1),
        first=not family.pregnancies,
        transferred=bool(mother and mother.entered and last_period < mother.entered < notified),
    )


def _visits(chance: Random, pregnancy: Pregnancy, before: date) -> list[Visit]:
    visits: list[Visit] = []
    for week in VISIT_WEEKS:
        on = open_day(pregnancy.last_period + timedelta(weeks=week, days=chance.randint(0, 6)))
        if on >= before or on < pregnancy.notified or chance.random() < 0.06 or len(visits) == 14:
            continue
        visits.append(_visit(chance, pregnancy, len(visits) + 1, on))
    return visits


def _visit(chance: Random, pregnancy: Pregnancy, count: int, on: date) -> Visit:
    weeks, days = divmod((on - pregnancy.last_period).days, 7)
    later = weeks >= 20
    return Visit(
        count=count,
        on=on,
        weeks=weeks,
        days=days,
        weight=round(pregnancy.weight_before + max(weeks - 8, 0) * 0.32 + chance.gauss(0, 0.6), 1),
        fundus=round(weeks - 3 + chance.gauss(0, 1.2), 1) if later else None,
        girth=round(62 + weeks * 0.75 + chance.gauss(0, 2.5), 1) if later else None,
        systolic=round(chance.gauss(112, 10)),
        diastolic=round(chance.gauss(67, 8)),
        protein=chance.choices("123", (94, 4, 2))[0],
        sugar=chance.choices("123", (95, 3, 2))[0],
        oedema=chance.choices("123", (90, 7, 3))[0],
        elsewhere=chance.random() < 0.02,
        clinic=chance.choice(CLINICS[:3]),
    )


def _deliver(
    chance: Random, pregnancy: Pregnancy, born: date, children: list[Person], stillbirth: float
) -> list[Person]:
    pregnancy.method = chance.choices("123", (74, 19, 7))[0]
    pregnancy.course = chance.choices("123", (93, 5, 2))[0]
    pregnancy.blood_loss = max(round(chance.gauss(420, 230) / 10) * 10, 60)
    pregnancy.hours = round(max(chance.gauss(9 if pregnancy.first else 5.5, 3), 0.5), 1)
    at = datetime.combine(born, time(chance.randint(0, 23), chance.randint(0, 59)))
    living = []
    for sequence, child in enumerate(children, 1):
        lost = chance.random() < stillbirth
        at_child = min(at + timedelta(minutes=12 * (sequence - 1)), datetime.combine(born, time(23, 59)))
        birth = _birth(chance, pregnancy, sequence, child, at_child, len(children))
        pregnancy.births.append(replace(birth, child=None) if lost else birth)
        if not lost:
            living.append(child)
    return living


def _birth(
    chance: Random, pregnancy: Pregnancy, sequence: int, child: Person, at: datetime, fetuses: int
) -> Birth:
    mean = WEIGHTS[pregnancy.weeks_born] * (0.88 if fetuses > 1 else 1.0) + (45 if child.sex == MAN else -45)
    weight = max(round(chance.gauss(mean, mean * 0.11) / 2) * 2, 420)
    size = (weight / 3050) ** (1 / 3)
    return Birth(
        sequence=sequence,
        child=child,
        at=at,
        sex=child.sex,
        weight=weight,
        length=round(49.0 * size + chance.gauss(0, 0.9), 1),
        chest=round(31.8 * size + chance.gauss(0, 0.8), 1),
        head=round(33.4 * size + chance.gauss(0, 0.8), 1),
    )
