"""What a search reads: MongoDB's own profile of every command, for a town of some hundred children."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.store import search_plan
from tests.server.store.placing import ids, page, place
from tests.server.store.records import ATENA, patient, weight

CHILDREN = 200
WEIGHTS = 6
VACCINES = ("BCG", "MR", "DPT-IPV")


def child(n: int) -> dict[str, Any]:
    return patient(
        f"c{n}",
        identifier=[{"system": ATENA, "value": f"{n:015}"}],
        name=[{"family": f"サ{'アイウエオ'[n % 5]}{n:03}", "given": ["子"]}],
        birthDate=f"20{20 + n % 5}-{1 + n % 12:02}-{1 + n % 28:02}",
        gender=("male", "female")[n % 2],
    )


def records_of(n: int) -> list[dict[str, Any]]:
    weights = [
        {
            **weight(f"c{n}", f"{3 + m * 0.5 + n / 1000:.3f}", f"w{n}-{m}"),
            "effectiveDateTime": f"2025-{1 + (n + m) % 12:02}-{1 + n % 28:02}",
            "code": {"coding": [{"system": "http://loinc.org", "code": ("8339-4", "29463-7")[m > 0]}]},
        }
        for m in range(WEIGHTS)
    ]
    shots = [
        {
            "resourceType": "Immunization",
            "id": f"i{n}-{m}",
            "status": "completed",
            "vaccineCode": {"coding": [{"code": code}]},
            "patient": {"reference": f"Patient/c{n}"},
            "occurrenceDateTime": f"2025-{1 + (n + m) % 12:02}",
        }
        for m, code in enumerate(VACCINES)
    ]
    return weights + shots


@dataclass(slots=True)
class Cost:
    """The commands a search sent to the resource collection."""

    commands: list[dict[str, Any]] = field(default_factory=list)

    def documents(self) -> int:
        """Documents read by the commands that answer, not by bounded counts."""
        return sum(each["docsExamined"] for each in self.commands)

    def keys(self) -> int:
        return sum(each["keysExamined"] for each in self.commands)

    def plans(self) -> str:
        return " ".join(each["planSummary"] for each in self.commands)


@asynccontextmanager
async def cost(town: Repository) -> AsyncIterator[Cost]:
    database = town._town.database
    await database.command("profile", 0)
    await database["system.profile"].drop()
    await database.command("profile", 2)
    found = Cost()
    try:
        yield found
    finally:
        await database.command("profile", 0)
    wanted = {"ns": f"{database.name}.resource", "planSummary": {"$exists": True}}
    found.commands = [each async for each in database["system.profile"].find(wanted)]


@pytest.fixture
async def children(town: Repository) -> Repository:
    await place(town, [child(n) for n in range(CHILDREN)])
    await place(town, [record for n in range(CHILDREN) for record in records_of(n)])
    return town


QUERIES: list[tuple[str, tuple[tuple[str, str], ...]]] = [
    ("Observation", (("patient", "c7"),)),
    ("Observation", (("patient", "c7"), ("code", "http://loinc.org|29463-7"))),
    ("Observation", (("patient", "c7"), ("code", "29463-7"), ("_sort", "-date"))),
    ("Observation", (("patient", "c7,c8"), ("code", "29463-7,8339-4"), ("_sort", "date"))),
    ("Observation", (("subject", "Patient/c7"), ("_sort", "-date"))),
    ("Observation", (("code", "8339-4"), ("_sort", "-date"))),
    ("Observation", (("code", "8339-4"), ("date", "2025-03"), ("_sort", "-date"))),
    ("Observation", (("combo-code", "8339-4"), ("_sort", "-date"))),
    ("Observation", (("status", "final"), ("_sort", "date"))),
    ("Observation", (("value-quantity", "gt5|http://unitsofmeasure.org|kg"),)),
    ("Observation", (("value-quantity", "ge3100|http://unitsofmeasure.org|g"),)),
    ("Observation", (("_lastUpdated", "ge2026"),)),
    ("Observation", (("date", "2025-04"),)),
    ("Observation", ()),
    ("Observation", (("_sort", "date"),)),
    ("Immunization", (("vaccine-code", "MR"),)),
    ("Immunization", (("patient", "c7"), ("vaccine-code", "MR"))),
    ("Immunization", (("date", "2025-04"),)),
    ("Patient", (("identifier", f"{ATENA}|000000000000012"),)),
    ("Patient", (("identifier", f"{ATENA}|"),)),
    ("Patient", (("family", "サア"),)),
    ("Patient", (("name", "サ"),)),
    ("Patient", (("birthdate", "2021-02-02"),)),
    ("Patient", (("_id", "c1,c2,c3"),)),
    ("Patient", (("_sort", "family"),)),
    ("Patient", (("_sort", "-_lastUpdated"),)),
]


async def test_a_query_reads_about_what_it_returns(children: Repository) -> None:
    for resource_type, params in QUERIES:
        async with cost(children) as spent:
            found = await ids(children, resource_type, *params, ("_count", "20"))
        assert found, (resource_type, params)
        assert "COLLSCAN" not in spent.plans(), (resource_type, params, spent.plans())
        assert spent.documents() <= 1.2 * (len(found) + 1) + 1, (resource_type, params, spent.plans())


async def test_a_later_page_reads_no_more_than_the_first(children: Repository) -> None:
    for resource_type, params in QUERIES:
        first = await page(children, resource_type, *params, ("_count", "20"))
        if first.next is None:
            continue
        async with cost(children) as spent:
            second = await page(children, resource_type, *params, ("_count", "20"), ("_cursor", first.next))
        assert "COLLSCAN" not in spent.plans()
        assert spent.documents() <= 1.2 * (len(second.rows) + 1) + 5, (resource_type, params, spent.commands)


async def test_of_two_criteria_the_rarer_is_followed(children: Repository) -> None:
    rare = (("identifier", f"{ATENA}|000000000000012"), ("gender", "male"))
    for params in (rare, rare[::-1]):
        async with cost(children) as spent:
            assert await ids(children, "Patient", *params) == ["c12"]
        assert (
            max(each["docsExamined"] for each in spent.commands if "count" not in str(each["command"])) <= 2
        )


async def test_a_count_by_one_code_reads_no_document(children: Repository) -> None:
    async with cost(children) as spent:
        found = await page(children, "Observation", ("code", "8339-4"), ("_summary", "count"))
    assert found.total == CHILDREN
    assert spent.documents() == 0


async def test_includes_read_what_they_add(children: Repository) -> None:
    async with cost(children) as spent:
        found = await page(
            children, "Patient", ("_id", "c1,c2,c3"), ("_revinclude", "Observation:subject"), ("_count", "10")
        )
    assert len(found.rows) == 3 + 3 * WEIGHTS
    assert spent.documents() <= len(found.rows) + 1


async def test_an_order_that_no_index_has_is_refused_for_many(
    children: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_plan, "MOST_SORTED", CHILDREN)
    await page(children, "Patient", ("_sort", "gender"))
    with pytest.raises(Refused) as refusal:
        await page(children, "Observation", ("_sort", "code"))
    assert (refusal.value.status, refusal.value.issues[0].code) == (400, "too-costly")
