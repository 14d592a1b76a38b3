"""What a failure of MongoDB becomes for who asked."""

import pytest
from pymongo.errors import AutoReconnect, ConfigurationError, PyMongoError

from boshi.server.store.refusals import of_database


@pytest.mark.parametrize(
    "failure",
    [
        AutoReconnect("connection closed"),
        ConfigurationError("Sessions are not supported by this MongoDB deployment"),
    ],
)
def test_a_database_that_is_away_or_only_just_starting_is_503_with_retry_after(failure: PyMongoError) -> None:
    refusal = of_database(failure)
    assert refusal is not None
    assert refusal.status == 503
    assert "Retry-After" in {name.title() for name in refusal.headers}


def test_what_nobody_foresaw_is_no_refusal() -> None:
    assert of_database(PyMongoError("something else")) is None
