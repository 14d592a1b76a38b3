"""The command line as a user meets it: help with an example, and codes that mean something."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    ["serve"],
    ["demo"],
    ["sample"],
    ["import"],
    ["export"],
    ["summary"],
    *(["transfer", name] for name in ("pending", "request", "run", "status", "inbox", "approve", "reject")),
]


def boshi(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "boshi", *arguments]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example_in_the_language_asked_for(command: list[str]) -> None:
    shown = boshi(*command, "--help", "--lang", "ja")
    assert shown.returncode == 0
    assert f"例: boshi {' '.join(command)}" in " ".join(shown.stdout.split())


def test_help_is_english_when_english_is_asked_for() -> None:
    shown = boshi("sample", "--help", "--lang=en")
    assert "Example: boshi sample --families 300" in " ".join(shown.stdout.split())


def test_a_wrong_municipality_code_is_wrong_usage_and_says_why(tmp_path: Path) -> None:
    refused = boshi("export", "--municipality", "401006", "--out", str(tmp_path), "--lang", "en")
    assert refused.returncode == 2
    assert "401006" in refused.stderr
    assert "check digit" in " ".join(refused.stderr.replace("│", " ").split())


def test_serving_without_authentication_flag_is_refused_with_the_remedy(tmp_path: Path) -> None:
    refused = boshi("serve", "--municipality", "401005", "--data", str(tmp_path / "d"), "--lang", "en")
    assert refused.returncode == 3
    assert "--no-auth" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_serving_beyond_loopback_without_authentication_is_refused(tmp_path: Path) -> None:
    refused = boshi(
        "serve",
        "-m",
        "401005",
        "--data",
        str(tmp_path / "d"),
        "--no-auth",
        "--host",
        "0.0.0.0",
        "--lang",
        "ja",
    )
    assert refused.returncode == 3
    assert "ループバック" in refused.stderr


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert (
            boshi("sample", "--families", "5", "--seed", "7", "--out", str(tmp_path / name)).returncode == 0
        )
    first = {path.name: path.read_bytes() for path in sorted((tmp_path / "a").iterdir())}
    assert first
    assert first == {path.name: path.read_bytes() for path in sorted((tmp_path / "b").iterdir())}


def test_the_demo_never_cleans_a_directory_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "大事.txt").write_text("消さない", encoding="utf-8")
    refused = boshi("demo", "--data", str(tmp_path), "--lang", "en")
    assert refused.returncode == 3
    assert (tmp_path / "大事.txt").read_text(encoding="utf-8") == "消さない"
