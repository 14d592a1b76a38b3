"""A child's vaccinations by the schedule of 定期接種 (2026-10-01), with plausible delays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from boshi.mappings.sample.calendar import open_day, reaches
from boshi.mappings.sample.names import CLINICS, DOCTORS
from boshi.mappings.sample.people import Dose, Person


@dataclass(frozen=True, slots=True)
class Step:
    """One dose: earliest age in months (or days), latest age in months, and days free since dose `after`."""

    vaccine: str
    dose: int
    month: int
    last_month: int
    free_days: int = 0
    after: int = 0
    day: int = 0
    chance: float = 0.97


SERIES: Final[tuple[tuple[Step, ...], ...]] = (
    (
        Step("hepatitis-b", 1, 2, 12),
        Step("hepatitis-b", 2, 3, 12, 27, 1),
        Step("hepatitis-b", 3, 7, 12, 139, 1, chance=0.93),
    ),
    (Step("rotavirus-1", 1, 0, 3, day=56, chance=0.9), Step("rotavirus-1", 2, 3, 5, 27, 1)),
    (
        Step("dpt-ipv-hib", 1, 2, 90),
        Step("dpt-ipv-hib", 2, 3, 90, 20, 1),
        Step("dpt-ipv-hib", 3, 4, 90, 20, 2),
        Step("dpt-ipv-hib", 4, 12, 90, 183, 3, chance=0.9),
    ),
    (
        Step("pneumococcal", 1, 2, 7),
        Step("pneumococcal", 2, 3, 24, 27, 1),
        Step("pneumococcal", 3, 4, 24, 27, 2),
        Step("pneumococcal", 4, 12, 60, 60, 3, chance=0.93),
    ),
    (Step("bcg", 1, 5, 12),),
    (Step("measles-rubella-1", 1, 12, 24, chance=0.95),),
    (Step("varicella", 1, 12, 36, chance=0.95), Step("varicella", 2, 18, 36, 92, 1, chance=0.85)),
    (
        Step("japanese-encephalitis-1", 1, 36, 90, chance=0.85),
        Step("japanese-encephalitis-1", 2, 37, 90, 6, 1),
        Step("japanese-encephalitis-1", 3, 49, 90, 183, 2, chance=0.8),
    ),
    (Step("measles-rubella-2", 1, 62, 74, chance=0.9),),
)


def doses(chance: Random, child: Person, until: date) -> Iterator[Dose]:
    """Every dose `child` has had by `until`; a series stops where a dose was missed."""
    for series in SERIES:
        taken: dict[int, date] = {}
        for step in series:
            on = _day(chance, child.born, step, taken)
            if on is None or on > until or chance.random() > step.chance:
                break
            taken[step.dose] = on
            yield _dose(chance, child, step, on)


def _day(chance: Random, born: date, step: Step, taken: dict[int, date]) -> date | None:
    """A day inside age and interval, or None when the age is over."""
    earliest = born + timedelta(days=step.day) if step.day else reaches(born, step.month)
    if step.after:
        earliest = max(earliest, taken[step.after] + timedelta(days=step.free_days + 1))
    latest = reaches(born, step.last_month)
    delay = min(int(chance.expovariate(1 / 14)), 120)
    on = open_day(earliest + timedelta(days=delay))
    if on > latest:
        on = open_day(earliest)
    return on if on <= latest else None


def _dose(chance: Random, child: Person, step: Step, on: date) -> Dose:
    number = chance.randint(0, 9999)
    return Dose(
        child=child,
        vaccine=step.vaccine,
        dose=step.dose,
        on=on,
        given=chance.random() > 0.004,
        lot=f"{chance.choice('ABCDEFGHKL')}{chance.choice('KLMNPR')}{number:04}",
        clinic=chance.choice(CLINICS[3:]),
        doctor=chance.choice(DOCTORS),
        elsewhere=chance.random() < 0.01,
    )
