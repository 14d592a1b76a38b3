"""What could not be taken, and why: the values `Reject` and `Warned`, with their reasons in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value cannot be used and how to mend it, in English and Japanese. CP932 holds the Japanese."""

    code: str
    en: str
    ja: str
    remedy_en: str
    remedy_ja: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that became nothing: `row` is its line in the file (0 on export), `value` safe to show.

    `cells` are the row's cells by column, discarded columns blank and a 個人番号 masked; None when the
    row could not be cut into cells (then `value` holds the beginning of the line).
    `record` names the resource on export.
    """

    row: int
    column: str
    value: str
    reason: Reason
    cells: Mapping[str, str] = field(default_factory=dict)
    record: str = ""

    def with_cells(self, row: int, cells: Mapping[str, str]) -> "Reject":
        """This reject, placed in its row."""
        return replace(self, row=row, cells=cells)


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that was taken, though not as written."""

    row: int
    column: str
    value: str
    reason: Reason


MASK: Final = "************"
WHOLE_ROW: Final = "行全体"
"""Stands in the column of a reject that concerns the row and not one cell. Who mends the row takes it away."""


def unmended(what: str, what_ja: str) -> Reason:
    """A row of a rejects file still says what stood there only to show what was wrong."""
    return Reason(
        "unmended",
        f"the row of the rejects file is not mended: {what}",
        f"受け付けない行のファイルの行が直されていない。{what_ja}",
        "mend the row, and empty its 項目 if that says 行全体",
        f"行を直し、「項目」が「{WHOLE_ROW}」であれば消す",
    )


def my_number() -> Reason:
    """A 個人番号 stands in a column that is not declared `discard`."""
    return Reason(
        "my-number",
        "the value is a 個人番号 (My Number), which must never enter",
        "個人番号と認められる12桁の番号がある。個人番号は取り込めない",
        "blank the cell, declare the column `discard` in the layout, or list the column if it holds another number",
        "セルを空にするか、レイアウトでその列を discard とするか、別の番号の列であれば例外の列に加える",
    )


def required() -> Reason:
    """A required cell is blank."""
    return Reason(
        "required", "the cell is blank but required", "必須の項目が空欄", "fill the cell", "値を入れる"
    )


def not_in_list(number: str, name: str) -> Reason:
    """A code is not in the column's list."""
    return Reason(
        "not-in-list",
        f"the code is not in list {number} ({name})",
        f"コード表{number}（{name}）にないコード",
        "correct the code, or add it to the list of the layout",
        "コードを直すか、レイアウトのコード表に加える",
    )


def malformed(expected: str, expected_ja: str) -> Reason:
    """A value is not of the column's type."""
    return Reason(
        "malformed",
        f"the value is not {expected}",
        f"{expected_ja}ではない",
        f"write {expected}",
        f"{expected_ja}に直す",
    )


def out_of_range(low: object, high: object) -> Reason:
    """A number lies outside the column's bounds."""
    return Reason(
        "out-of-range",
        f"the number is not between {low} and {high}",
        f"値が{low}以上{high}以下の範囲にない",
        "correct the value, or widen min/max of the column in the layout",
        "値を直すか、レイアウトの min・max を改める",
    )


def lost_zeros(digits: int) -> Reason:
    """Digits are missing and the column does not say that zeros may be restored."""
    return Reason(
        "lost-zeros",
        f"the number does not have {digits} digits",
        f"{digits}桁の数字ではない",
        "write all digits, with leading zeros (Excel drops them), or set restore_zeros on the column",
        "先頭の0を含めて全桁を書く（Excelで消えることがある）か、列に restore_zeros を付ける",
    )


def unwritable(why: str, why_ja: str) -> Reason:
    """A value of a resource cannot be written into its column."""
    return Reason(
        "unwritable",
        f"the value cannot be written into the column: {why}",
        f"この列に書けない値: {why_ja}",
        "correct the resource, or give the layout another notation or encoding",
        "データを直すか、レイアウトの表記または文字コードを改める",
    )


def rule_broken(en: str, ja: str) -> Reason:
    """A rule of the layout between columns is broken."""
    return Reason("rule", en, ja, "correct the named column", "項目の値を直す")


def unknown_item(code: str) -> Reason:
    """A tall row names an item that the layout does not have."""
    return Reason(
        "unknown-item",
        f"the layout has no item {code!r}",
        f"項目コード{code}はレイアウトにない",
        "correct the item code, or add the item to the layout",
        "項目コードを直すか、レイアウトの items に加える",
    )


def tall_value(en: str, ja: str) -> Reason:
    """A tall row's value cells do not fit together."""
    return Reason(
        "tall-value",
        en,
        ja,
        "give one value, or set the flag of 不詳",
        "値を1つ入れるか、不詳フラグを1にする",
    )


def past_era(era: str) -> Reason:
    """Warning: the era's name does not belong to that day."""
    return Reason(
        "outside-era",
        f"the day lies outside the era {era}; taken as the calendar day that follows",
        f"元号「{era}」の期間外の日付。通算した日として取り込んだ",
        "nothing, unless the date is wrong",
        "日付が正しければ何もしなくてよい",
    )
