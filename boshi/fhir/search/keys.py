"""The one place that says how an index entry is written, for who writes it and for who looks for it.

Fields of a stored document (storage.md) and what they hold:

`s`  strings `NAME=VALUE` of tokens, references and uris. NAME is `Type.param`, or `Type.param:identifier` for
     the identifier in a Reference.
`p`  the id (`"abc"`) of the one patient it is about: the value of `catalogue.patient_link(type)`; of a
     Patient its own id. Absent for types where there can be several: ask `s` for those.
`c`  the type (`"Observation"`), and the tokens of the parameters in SELECTIVE without their systems.
`k` `h`  low (inclusive) and high (exclusive) bound of the type's clinical date,
     `catalogue.clinical_date(type)`; both absent if the resource has none. That parameter is not in `d`.
`d`  list of `{k: NAME, l, h}` of every other date parameter, same bounds.
`q`  list of `{k, v}` of quantities and numbers, see `quantity_name` and `boshi.fhir.search.quantity`.
`n`  strings `NAME=FOLDED` and, for `:exact`, `NAME:exact=ORIGINAL` (long ones: see `exact_value`).
`o`  `{Type_param: FOLDED + "\\0" + id}` for the parameters in SORTABLE.

Token: `code` is `NAME=code`, `system|code` is `NAME=system|code`, `|code` (no system) is `NAME=|code`, and
`system|` is the range `starting(NAME, "system|")`. `\\` and `|` in a system or code are escaped with `\\`.

Reference: `NAME=Patient/abc` for a relative one, `NAME=http://…/Patient/abc` for an absolute one. A versioned
one is found with and without its version, a canonical with and without `|version`.

`:missing`: a parameter that has a value has an entry. Where the value gives no key (a CodeableConcept with
only a text, a Reference with only a display) the entry is `NAME=`, the empty value. So "has a value" is the
range `starting(NAME)` on `s` (token, reference, uri) or `n` (string), the key NAME on `q.k` (number,
quantity) or `d.k` (date), and for the clinical date that `k` is there.
"""

import hashlib
from typing import Final

UCUM: Final = "http://unitsofmeasure.org"
LONGEST: Final = 1000
"""Longer strings are cut in `n`: `:contains` sees the first 1,000 characters only; `:exact` stays exact."""

SELECTIVE: Final = frozenset({"code", "vaccine-code", "type", "category"})
SORTABLE: Final = frozenset({"family", "given", "name", "title"})

_FIRST_SURROGATE: Final = 0xD800
_AFTER_SURROGATES: Final = 0xE000
_LAST: Final = "\U0010ffff"


def name(resource_type: str, parameter: str, modifier: str = "") -> str:
    """`Type.param`, or `Type.param:modifier`: the name under which a parameter's values are kept."""
    return f"{resource_type}.{parameter}:{modifier}" if modifier else f"{resource_type}.{parameter}"


def entry(name: str, value: str) -> str:
    """The entry `NAME=VALUE` of `s` and `n`, equal on both sides."""
    return f"{name}={value}"


def starting(name: str, value: str = "") -> tuple[str, str]:
    """Bounds `low <= entry < high` of the entries of `name` whose value starts with `value` ("" = any)."""
    low = f"{name}={value}"
    return low, _after_all(low)


def token_value(system: str | None, code: str) -> str:
    """The value of one token to look for: system None = any system, "" = no system; code as it is."""
    code = _escaped(code)
    return code if system is None else f"{_escaped(system)}|{code}"


def token_values(system: str | None, code: str) -> tuple[str, str]:
    """The values under which a coded value is kept: with any system, and with its own (none: `|code`)."""
    code = _escaped(code)
    return code, f"{_escaped(system)}|{code}" if system else f"|{code}"


def exact_value(text: str) -> str:
    """The original text as `:exact` keeps it: a long one by its beginning and its hash."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}#{hashlib.sha256(text.encode()).hexdigest()}"


def quantity_name(name: str, system: str | None, unit: str | None) -> str:
    """The key of a quantity in a unit: `NAME|g` in UCUM, `NAME|system|code`, `NAME||unit` without a system.

    With neither it is NAME: the number in whatever unit it was given.
    """
    if unit is None:
        return name
    if system == UCUM:
        return f"{name}|{unit}"
    return f"{name}|{system or ''}|{unit}"


def composite_name(name: str, token: str) -> str:
    """The name of a composite's quantity for one full token: `NAME:system|code`, `NAME:|code` without system.

    A search for a bare code has no such key: ask for the code and the quantity apart.
    """
    return f"{name}:{token}"


def _after_all(beginning: str) -> str:
    """The first text after every one that starts so; U+10FFFF has no successor, and surrogates are no text."""
    kept = beginning.rstrip(_LAST)
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def _escaped(text: str) -> str:
    if "|" in text or "\\" in text:
        return text.replace("\\", "\\\\").replace("|", "\\|")
    return text
