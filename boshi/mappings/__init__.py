"""Legacy municipal formats: layouts as YAML, and one engine that reads and writes them.

layout = load_layout("residents")
for row in read_rows(stream, layout):               # Row or Reject, constant memory
    made = to_resources(layout, row, "401005")      # resources, or rejects
write_rows(stream, layout, to_rows(layout, records, "332119"))
"""

from boshi.mappings.canonical import canonical
from boshi.mappings.export import to_rows
from boshi.mappings.layout import Column, Layout, LayoutError
from boshi.mappings.loading import layouts, load_layout
from boshi.mappings.reading import read_rows
from boshi.mappings.records import Mapped, map_row, soften, to_resources
from boshi.mappings.refusal import FileRefused
from boshi.mappings.rejects import Reject, Warned
from boshi.mappings.row import Row
from boshi.mappings.writing import Written, write_rejects, write_rows

__all__ = [
    "Column",
    "FileRefused",
    "Layout",
    "LayoutError",
    "Mapped",
    "Reject",
    "Row",
    "Warned",
    "Written",
    "canonical",
    "layouts",
    "load_layout",
    "map_row",
    "read_rows",
    "soften",
    "to_resources",
    "to_rows",
    "write_rejects",
    "write_rows",
]
