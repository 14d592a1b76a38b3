"""The one table: every row is found where it says, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.definitions import definitions
from boshi.server.refusal import Refused
from boshi.server.routing import TABLE, Routed, Routes

ROUTES = Routes()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.template}")
def test_every_row_is_found_at_its_template(row: Routed) -> None:
    path = row.template.format(type="Patient", id="a-1", version="2")
    match, rows = ROUTES.find(row.method, path)
    assert row in rows
    assert match.template == row.template
    assert match.values.get("type", "Patient") == "Patient"


def test_every_resource_type_is_served() -> None:
    for name in definitions().resource_types:
        assert ROUTES.match(name).values == {"type": name}
    assert len(definitions().resource_types) == 145


def test_head_is_answered_where_get_is() -> None:
    _, rows = ROUTES.find("HEAD", "Patient/1")
    assert rows[0].interaction == "read"


@given(st.text(max_size=60), st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "𠮷"]))
def test_any_path_is_found_or_refused_with_404_or_405(path: str, method: str) -> None:
    try:
        ROUTES.find(method, path)
    except Refused as refusal:
        assert refusal.status in (404, 405)
        assert refusal.issues
