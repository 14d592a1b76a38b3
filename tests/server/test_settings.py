"""What a deployment is told from outside."""

import pytest
from pydantic import ValidationError

from boshi.server.settings import Settings, default_cache_gb, is_municipality_code


@pytest.mark.parametrize("code", ["131016", "401005", "102121", "131121", "332119"])
def test_a_municipality_code_has_a_right_check_digit(code: str) -> None:
    assert is_municipality_code(code)


@pytest.mark.parametrize("code", ["401006", "40100", "4010055", "４０１００５", "", "40100x"])
def test_anything_else_is_no_municipality_code(code: str) -> None:
    assert not is_municipality_code(code)
    with pytest.raises(ValidationError, match="check digit"):
        Settings(municipalities=(code,))


def test_the_cache_is_an_eighth_of_the_memory_within_bounds() -> None:
    assert default_cache_gb(1_000_000_000) == 0.25
    assert default_cache_gb(4_000_000_000) == 0.5
    assert default_cache_gb(64_000_000_000) == 4.0


def test_the_environment_sets_what_the_command_line_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSHI_REQUEST_SECONDS", "5")
    assert Settings(municipalities=("401005",)).request_seconds == 5
