"""What a client says in its headers is read as the RFCs and R4 http §3.1.0.1 write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.server.negotiation import Preferences, check_sent, check_wanted, preferences
from boshi.server.refusal import Refused


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", Preferences()),
        ("return=minimal", Preferences("minimal")),
        ("return=OperationOutcome; handling=lenient", Preferences("OperationOutcome", lenient=True)),
        ("handling=lenient, return=representation", Preferences("representation", lenient=True)),
        ('return="minimal"', Preferences("minimal")),
        ("handling=strict", Preferences()),
        ("return=everything", Preferences()),
        ("respond-async", Preferences()),
    ],
)
def test_preferences_are_read_and_unknown_ones_passed_over(header: str, told: Preferences) -> None:
    assert preferences(header) == told


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_header_is_taken_or_refused(first: str, second: str) -> None:
    preferences(first)
    for check, status in ((check_wanted, 406), (check_sent, 415)):
        try:
            check(first, second)
        except Refused as refusal:
            assert refusal.status == status
