"""Small resources and queries that often meet: drawn from the same few values."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.server.store.naive import BASE, FOLDED

LOINC, LOCAL, UCUM = "http://loinc.org", "http://boshi.example.jp/code", "http://unitsofmeasure.org"

texts = st.sampled_from(
    ["佐藤", "サトウ", "さとう", "ｻﾄｳ", "SATO", "ｓａｔｏ", "Sato, Jr", "渡邊", "渡辺", "花子"]
)
dates = st.sampled_from(
    ["2024", "2024-02", "2024-02-29", "2024-03-01", "2025", "2025-12", "2025-12-31", "2026-01-01"]
)
times = st.sampled_from(
    [
        "2024-02-28T15:00:00Z",
        "2024-02-28T14:59:59Z",
        "2024-02-29T23:59:59+09:00",
        "2024-03-01T00:00:00+09:00",
        "2025-12-31T15:00:00Z",
        "2025-12-31T23:59:59+09:00",
    ]
)
moments = dates | times
codes = st.sampled_from(["29463-7", "8302-2", "a|b", "a,b"])
systems = st.sampled_from([LOINC, LOCAL, None])
patients = st.sampled_from(["hanako", "taro"])
numbers = st.sampled_from(["3", "3.1", "3.10", "3.14", "3.15", "2.99", "0", "-1.5", "3100", "3149.5"]).map(
    Decimal
)
few = {"max_size": 2}


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


codings = st.builds(
    lambda system, code: {"code": code} | ({"system": system} if system else {}), systems, codes
)
concepts = st.lists(codings, min_size=1, max_size=2).map(lambda held: {"coding": held})
identifiers = st.lists(
    st.builds(lambda s, v: {"value": v} | ({"system": s} if s else {}), systems, codes), min_size=1, **few
)
periods = some(start=moments, end=moments).filter(
    lambda held: bool(held) and ("end" not in held or held.get("start", "") < held["end"])
)
quantities = st.builds(
    lambda number, unit: {"value": number} | ({"system": UCUM, "code": unit} if unit else {}),
    numbers,
    st.sampled_from(["kg", "g", "cm", None]),
)
metas = some(
    tag=st.lists(codings, min_size=1, **few),
    profile=st.just(["http://boshi.example.jp/StructureDefinition/a"]),
    lastUpdated=st.sampled_from(["2024-02-28T15:00:00+00:00", "2025-12-31T15:00:00+00:00"]),
).map(lambda held: {"lastUpdated": "2026-11-01T00:00:00+00:00"} | held)


def reference(type: str) -> st.SearchStrategy[dict[str, str]]:
    return patients.map(lambda id: {"reference": f"{type}/{id}"})


names = st.lists(
    some(family=texts, given=st.lists(texts, min_size=1, max_size=2), text=texts).filter(bool),
    min_size=1,
    **few,
)

RESOURCES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Patient": some(
        name=names,
        gender=st.sampled_from(["female", "male", "unknown"]),
        birthDate=dates,
        deceasedDateTime=moments,
        identifier=identifiers,
        generalPractitioner=st.lists(reference("Organization"), min_size=1, **few),
        meta=metas,
    ),
    "Observation": st.builds(
        lambda fixed, when, value, more: {**fixed, **when, **value, **more},
        st.fixed_dictionaries({"status": st.sampled_from(["final", "preliminary"]), "code": concepts}),
        some(effectiveDateTime=moments) | some(effectivePeriod=periods),
        some(valueQuantity=quantities) | some(valueString=texts) | some(valueDateTime=moments),
        some(
            identifier=identifiers,
            subject=reference("Patient") | reference("Group"),
            performer=st.lists(reference("Practitioner"), min_size=1, **few),
            component=st.lists(
                st.fixed_dictionaries({"code": concepts}, optional={"valueQuantity": quantities}),
                min_size=1,
                **few,
            ),
            meta=metas,
        ),
    ),
    "Encounter": st.fixed_dictionaries(
        {"status": st.sampled_from(["finished", "planned"]), "class": codings},
        optional={
            "period": periods,
            "subject": reference("Patient"),
            "location": st.lists(
                st.fixed_dictionaries({"location": reference("Location"), "period": periods}),
                min_size=1,
                **few,
            ),
            "meta": metas,
        },
    ),
    "Immunization": st.fixed_dictionaries(
        {
            "status": st.just("completed"),
            "vaccineCode": concepts,
            "patient": reference("Patient"),
            "occurrenceDateTime": moments,
        },
        optional={"reaction": st.lists(some(date=moments).filter(bool), min_size=1, **few), "meta": metas},
    ),
    "RiskAssessment": st.fixed_dictionaries(
        {"status": st.just("final"), "subject": reference("Patient")},
        optional={
            "prediction": st.lists(st.fixed_dictionaries({"probabilityDecimal": numbers}), min_size=1, **few),
            "meta": metas,
        },
    ),
}

TYPES = sorted(RESOURCES)


def _numbered(drawn: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"resourceType": kind, "id": f"r{n}", "meta": {"lastUpdated": "2026-11-01T00:00:00+00:00"}, **fields}
        for n, (kind, fields) in enumerate(drawn)
    ]


_any = st.sampled_from(TYPES).flatmap(lambda kind: RESOURCES[kind].map(lambda fields: (kind, fields)))


def resources(kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Some of the type, and a few others that must not be found."""
    of_kind = RESOURCES[kind].map(lambda fields: (kind, fields))
    return st.builds(
        lambda many, others: _numbered(many + others),
        st.lists(of_kind, min_size=6, max_size=16),
        st.lists(_any, max_size=3),
    )


prefixes = st.sampled_from(["", "eq", "ne", "lt", "gt", "le", "ge", "sa", "eb", "ap"])
_days = st.builds(lambda prefix, when: prefix + when, prefixes, moments)
_numbers = st.builds(lambda prefix, number: f"{prefix}{number}", prefixes, numbers)
_units = st.sampled_from(["", f"|{UCUM}|kg", f"|{UCUM}|g", f"|{UCUM}|cm"])


def _escaped(code: str) -> str:
    return code.replace(",", "\\,").replace("|", "\\|")


_tokens = st.builds(
    lambda system, code: code if system is None else f"{system}|{code}",
    st.sampled_from([LOINC, LOCAL, "", None]),
    codes.map(_escaped),
) | st.sampled_from([f"{LOINC}|", f"{LOCAL}|"])
_words = st.sampled_from(sorted(FOLDED)).map(_escaped)


def _one_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(",".join)


def _asked(
    code: str, values: st.SearchStrategy[str], modifiers: tuple[str, ...] = ("",)
) -> st.SearchStrategy[tuple[str, str]]:
    plain = st.tuples(st.sampled_from(modifiers).map(lambda each: code + each), _one_of(values))
    return plain | st.tuples(st.just(f"{code}:missing"), st.sampled_from(["true", "false"]))


def _token(code: str) -> st.SearchStrategy[tuple[str, str]]:
    return _asked(code, _tokens, ("", "", ":not"))


def _plain(code: str, *values: str) -> st.SearchStrategy[tuple[str, str]]:
    return _asked(code, st.sampled_from(values), ("", "", ":not"))


def _text(code: str) -> st.SearchStrategy[tuple[str, str]]:
    return _asked(code, _words, ("", ":exact", ":contains"))


_of_patient = st.sampled_from(["hanako", "taro", "Patient/hanako", f"{BASE}Patient/taro"])
_subjects = _asked("subject", _of_patient | st.just("Group/hanako"))
_common = [
    _plain("_id", "r1", "r2", "r3", "r9"),
    _token("_tag"),
    _asked("_profile", st.just("http://boshi.example.jp/StructureDefinition/a")),
    st.tuples(st.just("_lastUpdated"), _one_of(_days)),
]

PARAMETERS: dict[str, list[st.SearchStrategy[tuple[str, str]]]] = {
    "Patient": [
        *(_text(code) for code in ("name", "family", "given", "phonetic")),
        *(_asked(code, _days) for code in ("birthdate", "death-date")),
        _plain("gender", "female", "male"),
        _token("identifier"),
        _asked("general-practitioner", st.sampled_from(["hanako", "Organization/taro"])),
    ],
    "Observation": [
        *(_token(code) for code in ("code", "combo-code", "component-code", "identifier")),
        _plain("status", "final", "amended"),
        _asked("patient", _of_patient),
        _asked("patient", _of_patient),
        _subjects,
        _asked("subject:Patient", st.sampled_from(["hanako", "Patient/taro"])).filter(
            lambda pair: pair[0] == "subject:Patient"
        ),
        _asked("performer", st.sampled_from(["taro", "Practitioner/hanako"])),
        *(_asked(code, _days) for code in ("date", "date", "value-date")),
        _text("value-string"),
        *(
            _asked(code, st.builds(lambda number, unit: number + unit, _numbers, _units))
            for code in ("value-quantity", "combo-value-quantity")
        ),
    ],
    "Encounter": [
        *(_asked(code, _days) for code in ("date", "location-period")),
        _plain("status", "finished", "arrived"),
        _token("class"),
        _asked("patient", _of_patient),
    ],
    "Immunization": [
        _token("vaccine-code"),
        *(_asked(code, _days) for code in ("date", "reaction-date")),
        _asked("patient", _of_patient),
    ],
    "RiskAssessment": [_asked("probability", _numbers)],
}


def queries(kind: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    """One to three parameters of the type."""
    return st.lists(st.one_of(*PARAMETERS[kind], *_common), min_size=1, max_size=3)


_SORTS = {
    "Patient": ("birthdate", "-birthdate", "family", "-family", "name,-birthdate", "death-date", "gender"),
    "Observation": ("date", "-date", "code", "-value-quantity", "combo-code,date", "-value-date", "patient"),
    "Encounter": ("date", "-date", "location-period", "-location-period", "class"),
    "Immunization": ("date", "-date", "vaccine-code", "reaction-date"),
    "RiskAssessment": ("probability", "-probability"),
}


def sorts(kind: str) -> st.SearchStrategy[str]:
    """An order to ask for; "" for none."""
    return st.sampled_from(
        ("", "", "", "_lastUpdated", "-_lastUpdated", "_id", "-_id", "_tag", "-_profile,_id", *_SORTS[kind])
    )
