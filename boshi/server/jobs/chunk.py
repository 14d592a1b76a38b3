"""One chunk of prepared rows on its way into the store: who makes which resource, and who stands in the way."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from boshi.mappings import Reject, Row
from boshi.mappings.compiling import Compiled
from boshi.mappings.directives import patient_reference
from boshi.mappings.rejects import Reason
from boshi.server.admission import Admitted
from boshi.server.changes import Written
from boshi.server.jobs.preparing import PreparedRow


@dataclass(slots=True)
class Chunk:
    """Rows that still may be stored, and the rejects of those that may not.

    A resource that several rows make alike (the visit of tall rows) belongs to the first of them.
    """

    rows: list[PreparedRow]
    rejects: list[Reject] = field(default_factory=list)
    rejected_rows: int = 0

    @classmethod
    def of(cls, prepared: Sequence[PreparedRow]) -> "Chunk":
        """The chunk of these rows; a row that contradicts an earlier one is rejected."""
        chunk = cls([])
        made: dict[str, tuple[bytes, int]] = {}
        for row in prepared:
            other = _contradicted(row, made)
            if row.rejects:
                chunk._reject(row.rejects)
            elif other is not None:
                chunk._reject([contradiction(row.row, other)])
            else:
                chunk.rows.append(row)
                for admitted in row.admitted:
                    made.setdefault(admitted.key, (admitted.digest, row.row.number))
        return chunk

    def reject(self, row: PreparedRow, rejects: Sequence[Reject]) -> None:
        """Takes the row out."""
        self.rows.remove(row)
        self._reject(rejects)

    def take_out(self, row: PreparedRow) -> None:
        """Takes the row out; it comes again later."""
        self.rows.remove(row)

    def _reject(self, rejects: Sequence[Reject]) -> None:
        self.rejects.extend(rejects)
        self.rejected_rows += 1

    def owners(self) -> dict[str, tuple[Admitted, PreparedRow]]:
        """Each resource once, with the row that it belongs to."""
        owned: dict[str, tuple[Admitted, PreparedRow]] = {}
        for row in self.rows:
            for admitted in row.admitted:
                owned.setdefault(admitted.key, (admitted, row))
        return owned

    def keys(self) -> set[str]:
        """The keys of everything that the rows make."""
        return {admitted.key for row in self.rows for admitted in row.admitted}

    def references(self) -> set[str]:
        """The keys that the rows' resources refer to and that the chunk does not make."""
        referred = {key for row in self.rows for admitted in row.admitted for key in admitted.references}
        return referred - self.keys()

    def replace(self, replacements: Mapping[str, Admitted]) -> None:
        """Puts other resources in the place of these keys."""
        for row in self.rows:
            row.admitted = [replacements.get(admitted.key, admitted) for admitted in row.admitted]


def portions(prepared: Sequence[PreparedRow], most: int) -> Iterator[list[PreparedRow]]:
    """The rows in parts of about `most` bytes of resources: what one transaction holds without filling the cache."""
    part: list[PreparedRow] = []
    size = 0
    for row in prepared:
        weight = sum(admitted.size for admitted in row.admitted)
        if part and size + weight > most:
            yield part
            part, size = [], 0
        part.append(row)
        size += weight
    if part:
        yield part


def _contradicted(row: PreparedRow, made: Mapping[str, tuple[bytes, int]]) -> int | None:
    for admitted in row.admitted:
        earlier = made.get(admitted.key)
        if earlier and earlier[0] != admitted.digest:
            return earlier[1]
    return None


def contradiction(row: Row, other: int) -> Reject:
    """The reject of a row whose key an earlier row of the same file has, with other values."""
    return Reject(
        row.number,
        "",
        f"{other}行目",
        Reason(
            "contradiction",
            "an earlier row of this file has the same key and says something else",
            "同じキーの前の行と内容が食い違う",
            "keep the one of the two rows that is right; the rejects file names the earlier one",
            "2つの行のうち正しい方だけを残す（前の行の番号は「値」にある）",
        ),
        row.cells,
    )


def person_missing(row: Row, missing: Collection[str], plan: Compiled) -> Reject:
    """The reject of a row whose person is not in the town's records; it names the column of the 宛名番号."""
    read = {name: reader for name, reader, _ in plan.readers if plan.layout.value_columns[name].patient}
    filled = [name for name in read if row.cells.get(name)]
    column = next(
        (name for name in filled if patient_reference(plan.town, read[name](row.cells[name])) in missing), ""
    )
    return Reject(
        row.number,
        column,
        row.cells.get(column, ""),
        Reason(
            "no-such-person",
            "the person of this row is not in this town's records",
            "この行の宛名番号の人がこの自治体の記録にない",
            "import the residents file with the person first, or correct the 宛名番号, then import this row again",
            "先にその人の宛名ファイルを取り込むか、宛名番号を直して、この行を再び取り込む",
        ),
        row.cells,
    )


def statuses(rows: Sequence[PreparedRow], written: Mapping[str, tuple[Written, PreparedRow]]) -> Counter[str]:
    """How many rows were created, updated, unchanged. A row counts for the resources that belong to it."""
    best: dict[int, str] = {row.row.number: "unchanged" for row in rows}
    for outcome, row in written.values():
        if outcome.created:
            best[row.row.number] = "created"
        elif outcome.changed and best[row.row.number] == "unchanged":
            best[row.row.number] = "updated"
    return Counter(best.values())
