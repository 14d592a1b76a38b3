import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boshi.fhir.search.fold import fold, old_kanji

JAPANESE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
        st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
        st.sampled_from("佐々木髙橋渡邉邊澤齋齊廣 　-・ー゛゜\u3099\u309a\U000e0101"),
    )
)


@pytest.mark.parametrize(
    ("written", "also_written"),
    [
        ("ｻﾄｳ ﾊﾅｺ", "さとう　はなこ"),
        ("サトウ・ハナコ", "サトウハナコ"),
        ("ガッコウ", "かつこう"),
        ("ﾊﾟﾊﾞ", "ハハ"),
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("渡邉", "渡辺"),
        ("渡邊", "渡辺"),
        ("葛\U000e0100城", "葛城"),
        ("齋藤", "斎藤"),
        ("齊藤", "斉藤"),
        ("𠮷田", "吉田"),
        ("佐々木", "佐佐木"),
        ("いすゞ", "イスス"),
        ("ＡＢＣ　Clinic", "abc clinic"),
        ("José", "JOSE"),
        ("市ヶ谷", "市ケ谷"),
        ("スーパー", "スパ"),
        ("㈱母子", "(株)母子"),
        ("ヰ", "い"),
    ],
)
def test_two_ways_to_write_one_thing_fold_to_the_same(written: str, also_written: str) -> None:
    assert fold(written) == fold(also_written)


@pytest.mark.parametrize(
    ("one", "other"), [("斎藤", "斉藤"), ("大田", "太田"), ("オオノ", "オノ"), ("川崎", "川埼"), ("島", "鳥")]
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.one_of(st.text(), JAPANESE))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(JAPANESE, JAPANESE)
def test_a_prefix_folds_to_a_prefix(text: str, rest: str) -> None:
    assert fold(text + rest).startswith(fold(text))


@given(JAPANESE)
def test_the_form_of_unicode_does_not_matter(text: str) -> None:
    assert {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")} == {
        fold(text)
    }


def test_punctuation_alone_folds_to_nothing() -> None:
    assert fold(" ・-ー　。") == ""


def test_no_old_kanji_leads_to_another_one() -> None:
    table = old_kanji()
    assert len(table) > 350
    assert not set(table.values()) & set(table)
    assert all(len(shape) == len(kept) == 1 for shape, kept in table.items())
