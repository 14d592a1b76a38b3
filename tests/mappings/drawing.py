"""Hypothesis strategies: rows as municipal files hold them, drawn from a layout's own columns."""

from datetime import date

from hypothesis import strategies as st

from boshi.mappings import Column, Layout
from boshi.mappings.codes import code_lists
from boshi.mappings.columns import takes_unknown
from boshi.mappings.eras import NOTATIONS, write_date
from boshi.mappings.municipality_code import check_digit, write_code

PLAIN = "あいう漢字髙﨑①Ⅰ㈱ＡＢabcXYZ0123－～・（）ー　 ,'\"\\"
BEYOND_CP932 = "𠮷〜¥葛\U000e0100é한"
HALF_KANA = "ｱｲｳｶﾞﾊﾟﾔﾏﾀﾞｻｸﾗｰ ｯｮ"

texts = st.text(PLAIN, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
any_texts = st.text(PLAIN + BEYOND_CP932 + "\n", min_size=1, max_size=12).filter(
    lambda text: bool(text.strip())
)
half_kana = st.text(HALF_KANA, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
days = st.dates(date(1930, 1, 1), date(2030, 12, 31))
partial_days = st.one_of(
    days.map(lambda day: day.isoformat()),
    days.map(lambda day: day.isoformat()[:7]),
    days.map(lambda day: day.isoformat()[:4]),
)


@st.composite
def date_texts(draw: st.DrawFn) -> str:
    """A date in any notation, of any precision; or 不詳, wholly or in part; or past its era's end."""
    written = write_date(draw(partial_days), draw(st.sampled_from(sorted(NOTATIONS))))
    assert written is not None
    odd = [
        "不詳",
        "99999999",
        "平成35年3月31日",
        "令和元年5月1日",
        "昭和20年不詳月3日",
        "昭和二〇年",
        "２０２６年４月１日",
    ]
    return draw(st.one_of(st.just(written), st.just(written), st.sampled_from(odd[:5] + odd[6:])))


@st.composite
def _datetimes(draw: st.DrawFn) -> str:
    day = draw(days).strftime("%Y/%m/%d")
    return draw(st.sampled_from([day, f"{day} 09:05", f"{day} 23:59:30", f"{day} 0:00", "不詳"]))


@st.composite
def _municipalities(draw: st.DrawFn, variant: str) -> str:
    five = f"{draw(st.integers(1, 47)):02d}{draw(st.integers(100, 999))}"
    return write_code(five + check_digit(five), variant) or ""


def cells_of(column: Column, text: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts that a cell of the column may hold, valid ones."""
    options = column.options
    match column.type:
        case "digits":
            most = min(10 ** options["digits"] - 1, 10**9)
            return st.builds(
                lambda number, padded: str(number).zfill(options["digits"]) if padded else str(number),
                st.integers(1, most),
                st.booleans(),
            )
        case "date":
            return date_texts()
        case "datetime":
            return _datetimes()
        case "code":
            codes = st.sampled_from(sorted(options.get("map", code_lists()[options["list"]].codes)))
            return st.one_of(codes, codes, st.just("不詳")) if takes_unknown(column) else codes
        case "decimal":
            return st.one_of(
                st.decimals(options["min"], options["max"], places=2).map(str),
                st.integers(int(options["min"]) + 1, int(options["max"])).map(str),
                st.just("不詳"),
            )
        case "integer":
            return st.one_of(st.integers(options["min"], options["max"]).map(str), st.just("不詳"))
        case "municipality":
            return _municipalities(options["variant"])
        case "discard":
            return st.sampled_from(["", "", "123456789018", "何か"])
    if "pattern" in options:
        return st.from_regex(r"\A[0-9]{3}-?[0-9]{4}\Z")
    return half_kana if options.get("kana") else text


@st.composite
def rows(draw: st.DrawFn, layout: Layout, text: st.SearchStrategy[str] = any_texts) -> dict[str, str]:
    """A row of the layout: required and key cells filled, each other cell filled or blank."""
    keys = {name for part in layout.key for name in part}
    cells: dict[str, str] = {}
    for name, column in layout.columns.items():
        if column.required or name in keys:
            filled = cells_of(column, text)
            cells[name] = draw(
                filled.filter(lambda cell: cell not in ("不詳", "99999999", "昭和20年不詳月3日"))
            )
        else:
            cells[name] = draw(st.one_of(st.just(""), cells_of(column, text)))
    return draw(_tall(layout, cells, text)) if layout.tall else cells


@st.composite
def _tall(
    draw: st.DrawFn, layout: Layout, cells: dict[str, str], text: st.SearchStrategy[str]
) -> dict[str, str]:
    assert layout.tall is not None
    code = draw(st.sampled_from(sorted(layout.tall.items)))
    item = layout.tall.items[code]
    column = layout.tall.number if item.type in ("decimal", "integer") else layout.tall.text
    unknown = draw(st.booleans())
    value = "" if unknown else draw(cells_of(item, text))
    values = {layout.tall.item: code, layout.tall.number: "", layout.tall.text: "", column: value}
    return {**cells, **values, layout.tall.unknown: "1" if unknown else draw(st.sampled_from(["", "0"]))}


def distinct(drawn: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows, each with its own first key number: two rows with one key would be one record."""
    return [{**cells, "宛名番号": str(place + 1)} for place, cells in enumerate(drawn)]
