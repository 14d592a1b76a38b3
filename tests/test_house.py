"""The house itself: what is shipped, what is pinned, what is promised in the README."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_data_file_of_the_package_is_shipped() -> None:
    patterns = project()["tool"]["setuptools"]["package-data"]["boshi"]
    held = [
        path
        for path in (ROOT / "boshi").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    ]
    assert held
    missed = [path for path in held if not any(fnmatch(path.name, Path(p).name) for p in patterns)]
    assert missed == []


def test_every_dependency_is_pinned_and_stands_with_its_hash_in_both_locks() -> None:
    told = project()["project"]
    for name in ("run", "dev"):
        lock = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
        wanted = list(told["dependencies"]) + told["optional-dependencies"]["embedded"]
        wanted += told["optional-dependencies"]["dev"] if name == "dev" else []
        for requirement in wanted:
            package, version = requirement.split("==")
            plain = re.escape(package.split("[")[0].lower().replace("_", "-").replace(".", "-"))
            assert re.search(
                rf"^{plain}(\[\w+\])?=={re.escape(version)} \\$\n +--hash=sha256:", lock, re.MULTILINE
            ), f"{requirement} is not in {name}.lock: run `make lock`"


def test_every_page_that_a_page_points_to_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_command_in_the_documentation_exists() -> None:
    from typer.main import get_command

    from boshi.cli.application import application

    commands: dict[str, Any] = get_command(application).commands  # type: ignore[attr-defined]
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name, rest in re.findall(
            r"^(?:\.venv/bin/)?boshi (\w+) ?(\w*)", page.read_text("utf-8"), re.MULTILINE
        ):
            assert name in commands, f"{page.name}: boshi {name}"
            if name == "transfer":
                assert rest in commands["transfer"].commands, f"{page.name}: boshi transfer {rest}"


def test_no_address_in_the_documentation_holds_a_character_that_curl_would_send_as_it_is() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if "curl" in line]
    raw = [line for line in lines if any(not url.isascii() for url in re.findall(r"\?[^\s\"']*", line))]
    assert lines
    assert raw == []
