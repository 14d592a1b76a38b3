"""--lang, BOSHI_LANG, then the system's locale."""

import pytest

from boshi.cli.language import choose, without_language_option


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["import", "--lang", "ja"], {"BOSHI_LANG": "en", "LANG": "en_US.UTF-8"}, "ja"),
        (["--lang=en", "serve"], {"LANG": "ja_JP.UTF-8"}, "en"),
        (["serve"], {"BOSHI_LANG": "ja", "LANG": "en_US.UTF-8"}, "ja"),
        (["serve"], {"LANG": "ja_JP.UTF-8"}, "ja"),
        (["serve"], {"LC_ALL": "C.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        (["serve"], {}, "en"),
    ],
)
def test_the_option_goes_before_the_variable_and_the_variable_before_the_locale(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert choose(arguments, environment) == language


def test_the_option_may_stand_anywhere_and_is_not_seen_by_the_command() -> None:
    line = ["import", "--lang", "ja", "--municipality", "401005", "--lang=en", "住民.csv"]
    assert without_language_option(line) == ["import", "--municipality", "401005", "住民.csv"]
