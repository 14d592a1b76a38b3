"""The page as PDF: one A4 page, with the font in it (Noto Sans CJK JP, SIL Open Font License 1.1)."""

from functools import cache
from typing import Final, Literal

from fontTools.ttLib import TTFont
from fpdf import FPDF
from noto_cjk_sans_jp_regular import FONT_PATH

from boshi.server.summary.data import Line, Section, Summary, fit

_FONT: Final = "NotoSansCJKjp"
_MARGIN: Final = 12.0
_WIDTH: Final = 186.0
_TEXT_WIDTH: Final = 118.0
_ROW: Final = 4.6
_TITLE_ROW: Final = 5.4
MISSING: Final = "〓"
"""Stands for a character that the font does not have (geta mark, as in print)."""
FOOTER: Final = (
    "出典は最初に記録した自治体・日付・医療機関またはファイル。記録なしは「実施なし」を意味しません。"
)


def to_pdf(summary: Summary) -> bytes:
    """The PDF of the page. A character that the font lacks is printed as 〓."""
    page = fit(summary)
    pdf = _new(page)
    _head(pdf, page)
    for section in page.sections:
        _section(pdf, section)
    pdf.set_y(297 - _MARGIN - _ROW)
    _cell(pdf, _WIDTH, FOOTER, size=7)
    return bytes(pdf.output())


def printable(text: str) -> str:
    """The text as the font can print it: without variation selectors, 〓 for what it lacks."""
    known = _characters()
    plain = (character for character in text if not _is_selector(character))
    return "".join(character if ord(character) in known else MISSING for character in plain)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


@cache
def _characters() -> frozenset[int]:
    with TTFont(str(FONT_PATH), lazy=True) as font:
        return frozenset(font.getBestCmap())


def _new(page: Summary) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(_MARGIN)
    pdf.add_font(_FONT, fname=str(FONT_PATH))
    pdf.set_lang("ja-JP")
    pdf.set_title(f"{page.name} 母子保健サマリー")
    pdf.add_page()
    return pdf


def _head(pdf: FPDF, page: Summary) -> None:
    _cell(pdf, 96, page.name, size=14, height=7, more=True)
    _cell(pdf, 90, f"{page.town} {page.day}", size=8, height=7, align="R")
    _cell(pdf, _WIDTH, page.kana, size=8, border="B")
    if page.warning:
        _cell(pdf, _WIDTH, page.warning, size=9, height=6, border=1)
    for label, value in page.facts:
        _cell(pdf, 20, label, size=8, more=True)
        _cell(pdf, _WIDTH - 20, value, size=9)


def _section(pdf: FPDF, section: Section) -> None:
    pdf.ln(0.8)
    pdf.set_fill_color(232)
    _cell(pdf, _WIDTH, section.title, size=9, height=_TITLE_ROW - 0.8, fill=True)
    for line in section.lines:
        _line(pdf, line)
    if section.left_out:
        _cell(pdf, _WIDTH, f"ほか {section.left_out} 件は省略", size=7.5, height=4.0)
    elif not section.lines:
        _cell(pdf, _WIDTH, "記録なし", size=7.5, height=4.0)


def _line(pdf: FPDF, line: Line) -> None:
    _cell(pdf, _TEXT_WIDTH, line.text, size=9, more=True)
    _cell(pdf, _WIDTH - _TEXT_WIDTH, line.source.text, size=7, align="R")


def _cell(
    pdf: FPDF,
    width: float,
    text: str,
    *,
    size: float,
    height: float = _ROW,
    align: str = "L",
    border: Literal[0, 1] | str = 0,
    fill: bool = False,
    more: bool = False,
) -> None:
    """One line of text, set narrower where it would not fit its width."""
    shown = printable(text)
    pdf.set_font(_FONT, size=size)
    room = width - 2 * pdf.c_margin
    needed = pdf.get_string_width(shown)
    if needed > room:
        pdf.set_stretching(100 * room / needed)
    pdf.cell(
        width,
        height,
        text=shown,
        align=align,
        border=border,
        fill=fill,
        new_x="RIGHT" if more else "LMARGIN",
        new_y="TOP" if more else "NEXT",
    )
    pdf.set_stretching(100)
