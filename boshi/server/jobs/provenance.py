"""Where a resource came from: the raw rows of a chunk as a Binary, and the Provenance that leads to them."""

import base64
import csv
import io
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from boshi.fhir.outcome import Resource
from boshi.mappings import Row
from boshi.profiles.systems import BASE, SOURCE_ROW_EXTENSION, record_id
from boshi.server.requester import Requester

FILE_SYSTEM: Final = f"{BASE}/id/file-sha256"
"""Identifier system of a file: the SHA-256 of its bytes."""
REQUESTER_SYSTEM: Final = f"{BASE}/id/requester"
ROW_COLUMN: Final = "行"
"""First column of the kept rows: the line of the file the row began on."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file that is imported: its name (no folders), layout, and the SHA-256 of its bytes."""

    name: str
    layout: str
    sha256: str


def raw_rows(town: str, source: Source, headers: Sequence[str], rows: Sequence[Row]) -> Resource:
    """A Binary with the rows as CSV in UTF-8, the line number first. The same rows give the same Binary."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow((ROW_COLUMN, *headers))
    writer.writerows((row.number, *(row.cells.get(name, "") for name in headers)) for row in rows)
    place = f"{rows[0].number}-{rows[-1].number}-{len(rows)}"
    return {
        "resourceType": "Binary",
        "id": record_id(town, source.layout, source.sha256, place),
        "contentType": "text/csv; charset=utf-8",
        "data": base64.b64encode(text.getvalue().encode()).decode("ascii"),
    }


def provenance(
    source: Source, binary: Resource, targets: Mapping[str, int], requester: Requester
) -> Resource:
    """The Provenance of `targets`: the key of each changed resource ("Patient/abc") with its row.

    R4 §6.3: entity.what is the Binary of the raw rows, agent who imported them.
    """
    return {
        "resourceType": "Provenance",
        "id": uuid4().hex,
        "target": [
            {"extension": [{"url": SOURCE_ROW_EXTENSION, "valueInteger": row}], "reference": key}
            for key, row in targets.items()
        ],
        "recorded": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reason": [{"text": f"import of {source.layout}"}],
        "activity": {"text": "import"},
        "agent": [
            {
                "who": {
                    "identifier": {"system": REQUESTER_SYSTEM, "value": requester.id},
                    "display": requester.display,
                }
            }
        ],
        "entity": [
            {
                "role": "source",
                "what": {
                    "reference": f"Binary/{binary['id']}",
                    "identifier": {"system": FILE_SYSTEM, "value": source.sha256},
                    "display": source.name,
                },
            }
        ],
    }


def rows_of(provenance: Resource, keys: Set[str]) -> dict[str, int]:
    """Which of `keys` are targets of this Provenance, and the row that each came from (0: not told)."""
    return {
        target["reference"]: _row(target)
        for target in provenance.get("target", ())
        if target.get("reference") in keys
    }


def _row(target: Resource) -> int:
    told = (one for one in target.get("extension", ()) if one.get("url") == SOURCE_ROW_EXTENSION)
    extension: Resource = next(told, {})
    return int(extension.get("valueInteger", 0))


def is_from(provenance: Resource, source: Source) -> bool:
    """Whether this Provenance tells of the same file."""
    return any(
        entity.get("what", {}).get("identifier", {}).get("value") == source.sha256
        for entity in provenance.get("entity", ())
    )
