"""The page: data cut to one A4 page, and the same text in HTML and PDF."""

import html
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from boshi.server.summary.data import Line, Section, Source, Summary, ems, fit, shorten
from boshi.server.summary.page import to_html
from boshi.server.summary.pdf import MISSING, printable, to_pdf

KITAKYUSHU = "北九州市"


def line(text: str, day: str = "2025-04-10", place: str = "小倉こどもクリニック") -> Line:
    return Line(text, Source(KITAKYUSHU, day, place))


def page_of(*sections: Section, name: str = "𠮷田 髙子") -> Summary:
    return Summary(
        name=name,
        kana="ヨシダ タカコ",
        facts=(("生年月日", "2024-12-01（0歳11か月）"), ("性別", "女"), ("住所", "岡山県備前市東片上1-2")),
        sections=sections,
        town="備前市",
        day="2026-11-21",
    )


SMALL = page_of(
    Section("フォロー中の事項", (line("3～4か月児健診 要経過観察"),)),
    Section("健診ごとの最終判定", (line("3～4か月児健診 要経過観察"),)),
    Section("予防接種", (line("Hib 1回目 Lot A123"), line("小児用肺炎球菌 1回目"))),
    Section("家族", ()),
)
CROWDED = page_of(
    *(
        Section(title, tuple(line(f"{title} {number}回目") for number in range(80)))
        for title in "甲乙丙丁戊己"
    )
)


def pages_of(pdf: bytes) -> list[str]:
    # pypdf gives the empty high byte of fpdf2's two-byte codes back as a NUL.
    return [page.extract_text().replace("\0", "") for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def texts_of(page: Summary) -> list[str]:
    facts = [part for fact in page.facts for part in fact]
    lines = [part for s in page.sections for one in s.lines for part in (one.text, one.source.text)]
    left_out = [f"ほか {s.left_out} 件は省略" for s in page.sections if s.left_out]
    return [
        page.name,
        page.kana,
        *facts,
        *(s.title for s in page.sections),
        *lines,
        *left_out,
        page.town,
        page.day,
    ]


@pytest.mark.parametrize("page", [SMALL, CROWDED], ids=["small", "crowded"])
def test_the_text_of_the_pdf_is_the_data_on_one_page(page: Summary) -> None:
    pages = pages_of(to_pdf(page))
    assert len(pages) == 1
    for text in texts_of(fit(page)):
        assert squeezed(text) in squeezed(pages[0]), text


@pytest.mark.parametrize("page", [SMALL, CROWDED], ids=["small", "crowded"])
def test_the_html_says_the_same_as_the_pdf(page: Summary) -> None:
    body = to_html(page).split("<body>")[1]
    told = squeezed(html.unescape(re.sub(r"<[^>]*>", " ", body)))
    for text in texts_of(fit(page)):
        assert squeezed(text) in told, text


def test_rare_characters_of_names_are_printed_and_a_missing_one_leaves_a_geta_mark() -> None:
    assert printable("𠮷髙﨑彅塚Nguyễn김陈") == "𠮷髙﨑彅塚Nguyễn김陈"
    assert printable("葛\U000e0100城") == "葛城"
    assert printable("\ue000𓀀") == MISSING * 2


def test_the_pdf_carries_only_the_letters_it_uses() -> None:
    assert len(to_pdf(CROWDED)) < 60_000


def test_what_a_full_page_has_no_room_for_is_counted() -> None:
    fitted = fit(CROWDED)
    for section in fitted.sections:
        assert len(section.lines) + section.left_out == 80
        assert len(section.lines) >= 5


def test_the_room_one_section_does_not_need_goes_to_the_others() -> None:
    page = page_of(
        Section("家族", (line("母"),)), Section("予防接種", tuple(line(f"接種 {n}") for n in range(90)))
    )
    family, vaccinations = fit(page).sections
    assert (family.left_out, len(family.lines)) == (0, 1)
    assert len(vaccinations.lines) > 35


def test_markup_in_a_name_stays_text() -> None:
    page = page_of(name="<script>alert(1)</script>")
    assert "<script>" not in to_html(page)


words = st.text(st.sampled_from("予防接種あアｱA1- 　\n<&髙𠮷"), max_size=120)


@given(words, st.floats(3, 60))
def test_a_shortened_text_fits_its_room_and_begins_as_the_text_did(text: str, room: float) -> None:
    short = shorten(text, room)
    assert ems(short) <= room
    assert " ".join(text.split()).startswith(short.removesuffix("…"))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.lists(words, max_size=70), max_size=6), st.booleans())
def test_whatever_the_record_holds_it_is_one_page(sections: list[list[str]], warned: bool) -> None:
    told = [Section(f"節{n}", tuple(line(text) for text in texts)) for n, texts in enumerate(sections)]
    page = replace(page_of(*told), warning="支援措置の対象" if warned else "")
    assert len(pages_of(to_pdf(page))) == 1
    for section, fitted in zip(page.sections, fit(page).sections, strict=True):
        assert len(section.lines) == len(fitted.lines) + fitted.left_out
