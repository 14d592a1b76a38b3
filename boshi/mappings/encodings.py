"""Which encoding a file is in, told from its first bytes."""

from typing import Final

from boshi.fhir.outcome import error
from boshi.mappings.refusal import FileRefused

ENCODINGS: Final = ("cp932", "utf-8", "utf-8-sig", "utf-16-le")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"))


def detect(head: bytes, declared: str) -> tuple[str, int]:
    """The encoding of a file that begins with `head`, and the length of its byte order mark.

    `declared` is what the layout says; it decides where the bytes do not. Raises FileRefused.
    """
    _refuse_other_kinds(head)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if _looks_wide(head):
        return "utf-16-le", 0
    first = head.split(b"\n", 1)[0] + b"\n"
    if not first.isascii() and _decodes(first, "utf-8"):
        return "utf-8", 0
    whole = head[: head.rfind(b"\n") + 1] or head
    for encoding in ("utf-8", "cp932") if declared != "cp932" or not whole.isascii() else ("cp932",):
        if _decodes(whole, encoding):
            return encoding, 0
    return _least_bad(whole, declared), 0


def _refuse_other_kinds(head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x1a"):
        raise FileRefused(
            error("required", "The file is empty. Expected rows of the layout.", "ファイルが空です。")
        )
    if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            error(
                "structure",
                "The file is a spreadsheet or archive, not text. Save it as CSV.",
                "表計算または圧縮ファイルです。CSVで保存してください。",
            )
        )
    if head.startswith(b"\xfe\xff"):
        raise FileRefused(
            error(
                "structure",
                "The file is UTF-16 big-endian. Save it as UTF-8, UTF-16LE or CP932 (Shift_JIS).",
                "UTF-16BEのファイルです。UTF-8、UTF-16LEまたはシフトJIS(CP932)で保存してください。",
            )
        )


def _looks_wide(head: bytes) -> bool:
    whole = head[: len(head) // 2 * 2]
    ends = sum(head.count(mark) for mark in (b"\n\x00", b",\x00", b"\t\x00"))
    return ends > 0 and whole[1::2].count(0) * 20 > len(whole) and _decodes(whole, "utf-16-le")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as problem:
        return problem.end >= len(content) and not content.endswith(b"\n")
    return True


def _least_bad(head: bytes, declared: str) -> str:
    lines = head.split(b"\n")
    bad = {
        encoding: [number for number, line in enumerate(lines, 1) if not _decodes(line + b"\n", encoding)]
        for encoding in dict.fromkeys((declared.removesuffix("-sig"), "utf-8", "cp932"))
        if encoding != "utf-16-le"
    }
    best = min(bad, key=lambda encoding: len(bad[encoding]))
    if len(bad[best]) * 2 > len(lines):
        at = bad[best][0]
        raise FileRefused(
            error(
                "structure",
                f"The file is in none of {', '.join(ENCODINGS)}: line {at} cannot be decoded. "
                "Save it as UTF-8 or CP932.",
                f"文字コードを判別できません（{at}行目）。UTF-8またはシフトJIS(CP932)で保存してください。",
                f"line {at}",
            )
        )
    return best
