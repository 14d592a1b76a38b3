"""A row as it stood in the file."""

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Row:
    """`number` is the line on which the row begins (the header is line 1); `cells` are texts by column name.

    `raw` is the row's bytes without the line end, discarded columns blanked; `discarded` counts their filled cells.
    """

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    discarded: int = 0
