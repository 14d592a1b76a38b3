"""Every comparison at every edge: all prefixes with all dates and numbers of a small set, against a plain walk."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from boshi.server.repository import Repository
from tests.server.store import naive
from tests.server.store.placing import ids, place

PREFIXES = ("", "eq", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap")
MOMENTS = (
    "2024",
    "2024-02",
    "2024-02-29",
    "2024-03-01",
    "2024-02-28T15:00:00Z",
    "2024-02-29T23:59:59+09:00",
    "2024-03-01T00:00:00+09:00",
    "2025-12-31",
    "2025",
)
NUMBERS = ("0", "2.95", "3", "3.0", "3.05", "3.1", "3.10", "3.15", "3000", "3050", "3100", "-1")
UCUM = "http://unitsofmeasure.org"
SUBJECT = {"reference": "Patient/hanako"}


def stretches() -> list[dict[str, Any]]:
    """Each moment, each open period, and each period that does not end before it starts."""
    points = [{"effectiveDateTime": moment} for moment in MOMENTS]
    closed = [
        {"effectivePeriod": {"start": start, "end": end}}
        for start, end in product(MOMENTS, MOMENTS)
        if naive.stretch(start)[0] < naive.stretch(end)[1]
    ]
    opened = [{"effectivePeriod": {side: moment}} for side in ("start", "end") for moment in MOMENTS]
    return [*points, *closed, *opened]


def observations() -> list[dict[str, Any]]:
    fixed = {"resourceType": "Observation", "status": "final", "code": {"coding": [{"code": "a"}]}}
    return [{**fixed, "id": f"o{n}", "subject": SUBJECT, **when} for n, when in enumerate(stretches())]


def encounters() -> list[dict[str, Any]]:
    """The same periods again in pairs, under a parameter that repeats."""
    periods = [when["effectivePeriod"] for when in stretches() if "effectivePeriod" in when]
    place_of = {"reference": "Location/room"}
    return [
        {
            "resourceType": "Encounter",
            "id": f"e{n}",
            "status": "finished",
            "class": {"code": "AMB"},
            "location": [
                {"location": place_of, "period": periods[n]},
                {"location": place_of, "period": periods[-n]},
            ],
        }
        for n in range(len(periods))
    ]


def weights() -> list[dict[str, Any]]:
    quantities = [
        {"value": Decimal(number), **unit}
        for number in NUMBERS
        for unit in ({}, {"system": UCUM, "code": "kg"}, {"system": UCUM, "code": "g"})
    ]
    fixed = {"resourceType": "Observation", "status": "final", "code": {"coding": [{"code": "a"}]}}
    return [{**fixed, "id": f"w{n}", "valueQuantity": quantity} for n, quantity in enumerate(quantities)]


def risks() -> list[dict[str, Any]]:
    fixed = {"resourceType": "RiskAssessment", "status": "final", "subject": SUBJECT}
    return [
        {**fixed, "id": f"r{n}", "prediction": [{"probabilityDecimal": Decimal(held)} for held in pair]}
        for n, pair in enumerate(product(NUMBERS, NUMBERS[::3]))
    ]


DAYS = [prefix + moment for prefix, moment in product(PREFIXES, MOMENTS)]
AMOUNTS = [prefix + number for prefix, number in product(PREFIXES, NUMBERS)]
UNITS = [f"{amount}|{UCUM}|{unit}" for amount in AMOUNTS[::2] for unit in ("kg", "g")]


@pytest.mark.parametrize(
    ("held", "code", "values"),
    [
        (observations(), "date", DAYS),
        (encounters(), "location-period", DAYS),
        (weights(), "value-quantity", AMOUNTS + UNITS),
        (risks(), "probability", AMOUNTS),
    ],
    ids=["clinical date", "repeating date", "quantity", "repeating number"],
)
async def test_every_prefix_at_every_edge(
    town: Repository, held: list[dict[str, Any]], code: str, values: list[str]
) -> None:
    await place(town, held)
    kind = held[0]["resourceType"]
    for value in values:
        expected = sorted(each["id"] for each in held if naive.matches(each, [(code, value)]))
        found = await ids(town, kind, (code, value), ("_count", "1000"))
        assert sorted(found) == expected, value


async def test_two_comparisons_of_one_date_are_both_needed(town: Repository) -> None:
    held = observations()
    await place(town, held)
    for low, high in product(
        ("ge2024-02", "gt2024-02-29", "sa2024"), ("lt2024-03-01", "le2024-03-01", "eb2026")
    ):
        params = [("date", low), ("date", high)]
        expected = sorted(each["id"] for each in held if naive.matches(each, params))
        assert sorted(await ids(town, "Observation", *params, ("_count", "1000"))) == expected, params
