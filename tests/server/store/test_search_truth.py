"""What the server finds is what a plain walk over the resources finds, for drawn resources and queries.

BOSHI_SEARCH_EXAMPLES sets how many towns are drawn (about 20 queries each); 500 make 10,000 cases.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from boshi.fhir.codec import decode
from boshi.server.repository import Repository
from tests.server.store import naive
from tests.server.store.drawn import TYPES, queries, resources, sorts
from tests.server.store.placing import collection, page, place

SLOW = settings(
    # Shrinking asks MongoDB thousands of times; what failed is told as it was drawn.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=int(os.environ.get("BOSHI_SEARCH_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


async def _walked(town: Repository, kind: str, params: list[tuple[str, str]]) -> list[list[str]]:
    """Every page, and on the way that `prev` leads back to the page before."""
    found: list[list[str]] = []
    cursor: str | None = None
    while True:
        answer = await page(town, kind, *params, *([("_cursor", cursor)] if cursor else []))
        found.append([row.stored.id for row in answer.rows])
        if answer.prev is not None and len(found) > 1:
            back = await page(town, kind, *params, ("_cursor", answer.prev))
            assert [row.stored.id for row in back.rows] == found[-2]
        cursor = answer.next
        if cursor is None:
            return found


kinds = st.sampled_from(TYPES)


@SLOW
@given(data=st.data(), kind=kinds)
async def test_a_search_finds_what_a_plain_walk_finds(
    town: Repository, data: st.DataObject, kind: str
) -> None:
    drawn = data.draw(resources(kind))
    await collection(town).delete_many({})
    await place(town, drawn)
    for params in data.draw(st.lists(queries(kind), min_size=15, max_size=25)):
        expected = _expected(drawn, kind, params)
        answer = await page(town, kind, *params, ("_total", "accurate"))
        found = sorted(row.stored.id for row in answer.rows)
        assert (found, answer.total) == (expected, len(expected)), params


@SLOW
@given(data=st.data(), kind=kinds)
async def test_pages_in_any_order_hold_every_match_once(
    town: Repository, data: st.DataObject, kind: str
) -> None:
    drawn = data.draw(resources(kind))
    await collection(town).delete_many({})
    await place(town, drawn)
    asked = st.tuples(queries(kind) | st.just([]), sorts(kind), st.integers(1, 4))
    for params, sort, size in data.draw(st.lists(asked, min_size=6, max_size=10)):
        sorting = [("_sort", sort)] if sort else []
        found = await _walked(town, kind, [*params, *sorting, ("_count", str(size))])
        assert sorted(id for each in found for id in each) == _expected(drawn, kind, params), (params, sort)
        assert all(len(each) == size for each in found[:-1]), (params, sort, size)


def _expected(drawn: list[dict[str, Any]], kind: str, params: list[tuple[str, str]]) -> list[str]:
    of_kind = [each for each in drawn if each["resourceType"] == kind]
    return sorted(each["id"] for each in of_kind if naive.matches(each, params))


async def test_what_is_found_are_the_bytes_of_the_resource(town: Repository) -> None:
    await place(town, [{"resourceType": "Patient", "id": "hanako", "birthDate": "2024-04"}])
    (row,) = (await page(town, "Patient", ("birthdate", "2024-04"))).rows
    assert decode(row.stored.body)["birthDate"] == "2024-04"
