"""One value of a search parameter, from text: by the parameter's type (R4 §3.1.1.4).

Every reader returns the value, or an Issue that names the parameter, what was found and what was expected.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation, localcontext
from types import MappingProxyType
from typing import Final

from boshi.fhir import dates
from boshi.fhir.definitions import definitions
from boshi.fhir.outcome import Issue, error
from boshi.fhir.search.catalogue import Parameter
from boshi.fhir.search.criteria import (
    PREFIXES,
    DateValue,
    MissingValue,
    NumberValue,
    Prefix,
    QuantityValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from boshi.fhir.search.escaping import split, unescape
from boshi.fhir.search.fold import fold

LONGEST_VALUE: Final = 1000

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_MOST_DIGITS: Final = 30
_LARGEST_EXPONENT: Final = 6000


def read_value(parameter: Parameter, modifier: str, text: str, bases: tuple[str, ...]) -> Value | Issue:
    """The value that one alternative of a criterion means; `text` is still escaped.

    `bases` are the server's own base addresses, which an absolute reference may start with.
    """
    if not text:
        return _refusal(parameter, text, "a value", "値")
    if len(text) > LONGEST_VALUE:
        return _refusal(
            parameter, text[:40] + "…", f"at most {LONGEST_VALUE} letters", f"{LONGEST_VALUE}文字以内"
        )
    if "\0" in text:
        return _refusal(parameter, text.replace("\0", "\\0"), "text without NUL", "NUL文字を含まない値")
    if modifier == "missing":
        return _missing(parameter, text)
    if modifier == "identifier":
        return _token(parameter, text)
    if parameter.type == "reference":
        return _reference(parameter, modifier, unescape(text), bases)
    if parameter.type == "string":
        return _string(parameter, modifier, unescape(text))
    return _READERS[parameter.type](parameter, text)


def _refusal(parameter: Parameter, found: str, expected: str, expected_ja: str) -> Issue:
    return error(
        "invalid",
        f"The parameter '{parameter.code}' has the value '{found}'; expected {expected}.",
        f"検索パラメーター「{parameter.code}」の値「{found}」は使えません。{expected_ja}を指定してください。",
    )


def _missing(parameter: Parameter, text: str) -> Value | Issue:
    if text not in ("true", "false"):
        return _refusal(parameter, text, "true or false after :missing", ":missing には true か false")
    return MissingValue(text == "true")


def _token(parameter: Parameter, text: str) -> Value | Issue:
    parts = [unescape(part) for part in split(text, "|")]
    if len(parts) == 1:
        return TokenValue(None, parts[0])
    if len(parts) > 2 or parts == ["", ""]:
        return _refusal(
            parameter,
            text,
            "code, system|code, |code or system| (a | inside a code is written \\|)",
            "code、system|code、|code、system| のどれか(値の中の | は \\| と書く)",
        )
    return TokenValue(parts[0], parts[1] or None)


def _string(parameter: Parameter, modifier: str, text: str) -> Value | Issue:
    if modifier != "exact" and not fold(text):
        return _refusal(parameter, text, "a letter or a digit", "文字か数字を含む値")
    return StringValue(text)


def _uri(_parameter: Parameter, text: str) -> Value | Issue:
    return UriValue(unescape(text))


def _reference(parameter: Parameter, modifier: str, text: str, bases: tuple[str, ...]) -> Value | Issue:
    base = next((base for base in bases if text.startswith(f"{base.rstrip('/')}/")), None)
    local = text if base is None else text[len(base.rstrip("/")) + 1 :]
    types = (modifier,) if modifier else (parameter.only,) if parameter.only else parameter.targets
    if _ID.fullmatch(local):
        return ReferenceValue(tuple(f"{each}/{local}" for each in types))
    type_name, slash, rest = local.partition("/")
    if slash and type_name in definitions().types:
        return _typed(parameter, type_name, rest, local, types)
    if ":" in text:
        return ReferenceValue((text,))
    return _refusal(parameter, text, "an id, Type/id or an absolute URL", "id、Type/id、または絶対URL")


def _typed(
    parameter: Parameter, type_name: str, rest: str, local: str, types: tuple[str, ...]
) -> Value | Issue:
    resource_id, _, version = rest.partition("/_history/")
    if not _ID.fullmatch(resource_id) or (version and not _ID.fullmatch(version)):
        return _refusal(
            parameter, local, "an id of at most 64 letters, digits, - and .", "64文字以内の英数字・-・. の id"
        )
    if len(types) == 1 and types != parameter.targets and type_name != types[0]:
        expected = " or ".join(f"{each}/{resource_id}" for each in types)
        return _refusal(parameter, local, expected, expected)
    return ReferenceValue((local,))


def _prefixed(text: str) -> tuple[Prefix, str]:
    for prefix in PREFIXES:
        if text.startswith(prefix):
            return prefix, text[2:]
    return "eq", text


def _date(parameter: Parameter, text: str) -> Value | Issue:
    prefix, rest = _prefixed(text)
    found = dates.bounds(rest)
    if found is None:
        mend = " (write + as %2B)" if " " in rest else ""
        mend_ja = "(+ は %2B と書く)" if " " in rest else ""
        return _refusal(
            parameter,
            text,
            f"a date such as 2026, 2026-11, 2026-11-01 or ge2026-11-01T09:00:00%2B09:00{mend}",
            f"2026、2026-11、2026-11-01、ge2026-11-01T09:00:00%2B09:00 のような日付{mend_ja}",
        )
    return DateValue(prefix, *found)


def _number(parameter: Parameter, text: str) -> Value | Issue:
    prefix, rest = _prefixed(text)
    number = _decimal(rest)
    if number is None:
        return _refusal(
            parameter, text, "a number such as 100, 5.40, 1e-3 or lt100", "100、5.40、1e-3、lt100 のような数"
        )
    return implied_range(prefix, number)


def implied_range(prefix: Prefix, number: Decimal) -> NumberValue:
    """The number with the range its digits imply: 100 is 99.5 to 100.5; 1e2, by the standard, 95 to 105.

    For `ap` the range is ten percent to each side, or the implied one if that is wider.
    """
    with localcontext(prec=60, Emax=99999, Emin=-99999):
        half = Decimal((0, (5,), _exponent(number) - 1))
        if prefix == "ap":
            half = max(half, abs(number) / 10)
        return NumberValue(prefix, number, number - half, number + half)


def _exponent(number: Decimal) -> int:
    """The place of the last digit that counts: 0 for 100, -2 for 5.40, 1 for 1e2."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return exponent - 1 if exponent > 0 and len(digits) == 1 else exponent


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    _, digits, exponent = number.as_tuple()
    fits = len(digits) <= _MOST_DIGITS and isinstance(exponent, int) and abs(exponent) <= _LARGEST_EXPONENT
    return number if fits else None


def _quantity(parameter: Parameter, text: str) -> Value | Issue:
    parts = split(text, "|")
    number = _number(parameter, parts[0])
    if isinstance(number, Issue) or len(parts) not in (1, 3):
        return _refusal(
            parameter,
            text,
            "number or number|system|code, such as 3000 or 3000|http://unitsofmeasure.org|g",
            "数、または 数|system|単位コード(例: 3000|http://unitsofmeasure.org|g)",
        )
    assert isinstance(number, NumberValue)
    if len(parts) == 1:
        return QuantityValue(number, None, None)
    return QuantityValue(number, unescape(parts[1]) or None, unescape(parts[2]) or None)


_READERS: Final[Mapping[str, Callable[[Parameter, str], Value | Issue]]] = MappingProxyType(
    {"token": _token, "uri": _uri, "date": _date, "number": _number, "quantity": _quantity}
)
