"""docs/layouts.md is what the layouts say."""

from pathlib import Path

from boshi.mappings import layouts
from boshi.mappings.documents import markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "layouts.md"


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(), (
        "run: python -m boshi.mappings.documents > docs/layouts.md"
    )


def test_every_column_is_told() -> None:
    text = markdown()
    for layout in layouts().values():
        assert all(f"| {column.header} |" in text for column in layout.columns.values())
