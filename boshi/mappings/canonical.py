"""The canonical form of a row: what a file → FHIR → file round trip gives back.

Dates stand in the column's notation, numbers without leading zeros or signs, codes and 宛名番号 with all
their digits, kana in the column's width, a discarded column blank. Every other text is as it was.
"""

from collections.abc import Mapping

from boshi.mappings.columns import UNKNOWN
from boshi.mappings.compiling import compiled
from boshi.mappings.layout import Layout, Tall
from boshi.mappings.rejects import Reason


def canonical(layout: Layout, cells: Mapping[str, str]) -> dict[str, str]:
    """The canonical cells of a row that maps; a cell that cannot be read stays as it is."""
    plan = compiled(layout, "000000")
    readers = {name: read for name, read, _ in plan.readers}
    written: dict[str, str] = {}
    for name, column in layout.columns.items():
        text = cells.get(name, "")
        value = readers[name](text) if text and name in readers else None
        again = text if isinstance(value, Reason) else None if value is None else plan.writers[name](value)
        written[name] = "" if column.discard or again is None else str(again)
    return _tall(layout, layout.tall, cells, written) if layout.tall else written


def _tall(layout: Layout, tall: Tall, cells: Mapping[str, str], written: dict[str, str]) -> dict[str, str]:
    code = cells[tall.item].strip()
    item = tall.items[code]
    column = tall.number if item.type in ("decimal", "integer") else tall.text
    flagged = cells[tall.unknown].strip() in ("1", "１")
    plan = compiled(layout, "000000")
    value = (
        UNKNOWN if flagged else next(read for name, read, _ in plan.readers if name == code)(cells[column])
    )
    written.update(
        {tall.item: code, tall.number: "", tall.text: "", tall.unknown: str(int(value == UNKNOWN))}
    )
    if value != UNKNOWN:
        written[column] = str(plan.writers[code](value))
    return written
