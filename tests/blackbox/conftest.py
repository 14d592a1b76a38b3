"""One server of one town and one of two towns for the whole session, each started when first asked for."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.blackbox.process import server


@pytest.fixture(scope="session")
def one_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Root URL of a server for 401005 alone, with a small limit for bodies."""
    with server(tmp_path_factory.mktemp("one-town") / "data", "401005", max_body_bytes=4_000_000) as root:
        yield root


@pytest.fixture(scope="session")
def two_towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Root URL of a server for 401005 and 332119."""
    with server(tmp_path_factory.mktemp("two-towns") / "data", "401005", "332119") as root:
        yield root


@pytest.fixture(scope="session")
def shared_client(one_town: str) -> Iterator[httpx.Client]:
    headers = {"content-type": "application/fhir+json"}
    with httpx.Client(base_url=f"{one_town}/fhir", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def fhir(shared_client: httpx.Client) -> httpx.Client:
    """A client of the one-town server's FHIR base."""
    return shared_client


@pytest.fixture
def mark() -> str:
    """A value no other test uses: an identifier, an id, a tag."""
    return uuid4().hex[:16]
