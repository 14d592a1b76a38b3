"""What one town asks another about one person, and its form on the wire (a Parameters resource)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from boshi.fhir.outcome import Issue, Problems, Resource, error
from boshi.profiles.systems import BASE, ORIGIN, RECORD_CLASS

TRANSFER: str = f"{BASE}/id/transfer"
"""Identifier system of one request: an unguessable key that the asking town chose, once for all resends."""
KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: 団体コード, 課, 担当者, 事務."""

    municipality: str
    office: str
    officer: str
    affair: str


@dataclass(frozen=True, slots=True)
class ClassAsked:
    """A class of record, the code of its legal basis, and the Consent when it stands on one."""

    code: str
    legal_basis: str
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """How the person came: 転入日, 記載事由, and the former address as B's residents file has it."""

    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """One request for one person.

    `person` is a Patient with names (IDE, SYL, 旧氏 use=old, 通称 use=usual), gender, birthDate, the former
    address (use=old) and the asking town's 宛名番号. `sensitive_purpose` is empty unless the officer asks for
    records that need care and says why.
    """

    key: str
    asker: Asker
    why: str
    person: Resource
    moved: Moved
    classes: tuple[ClassAsked, ...]
    period: Mapping[str, str] = field(default_factory=dict)
    sensitive_purpose: str = ""


def to_parameters(request: TransferRequest) -> Resource:
    """The Parameters resource of `request`."""
    told: list[dict[str, Any]] = [
        {"name": "request", "valueIdentifier": {"system": TRANSFER, "value": request.key}},
        {"name": "requester", "part": _asker_parts(request.asker)},
        {"name": "why", "valueString": request.why},
        {"name": "person", "resource": request.person},
        {"name": "movedIn", "part": _moved_parts(request.moved)},
    ]
    told += [{"name": "class", "part": _class_parts(asked)} for asked in request.classes]
    if request.period:
        told.append({"name": "period", "valuePeriod": dict(request.period)})
    if request.sensitive_purpose:
        told.append({"name": "sensitivePurpose", "valueString": request.sensitive_purpose})
    return {"resourceType": "Parameters", "parameter": told}


def _asker_parts(asker: Asker) -> list[dict[str, Any]]:
    return [
        {"name": "municipality", "valueIdentifier": {"system": ORIGIN, "value": asker.municipality}},
        {"name": "office", "valueString": asker.office},
        {"name": "officer", "valueString": asker.officer},
        {"name": "affair", "valueCode": asker.affair},
    ]


def _moved_parts(moved: Moved) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"name": "reason", "valueCode": moved.reason}]
    return [{"name": "date", "valueDate": moved.date}, *parts] if moved.date else parts


def _class_parts(asked: ClassAsked) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"name": "code", "valueCoding": {"system": RECORD_CLASS, "code": asked.code}},
        {"name": "legalBasis", "valueCode": asked.legal_basis},
    ]
    if asked.consent:
        parts.append({"name": "consent", "valueString": asked.consent})
    return parts


def from_parameters(resource: Resource) -> TransferRequest | Problems:
    """The request in `resource`; every problem of its form, none of which depends on any person."""
    if resource.get("resourceType") != "Parameters":
        return Problems(
            (_wrong("resourceType", "a Parameters resource is expected", "Parameters が必要です"),)
        )
    parameters = [item for item in _list(resource.get("parameter")) if isinstance(item, dict)]
    one = _by_name(parameters)
    asker, moved = _parts(one.get("requester")), _parts(one.get("movedIn"))
    request = TransferRequest(
        key=_identifier(one.get("request"), TRANSFER),
        asker=Asker(
            _identifier(asker.get("municipality"), ORIGIN),
            _text(asker.get("office"), "valueString"),
            _text(asker.get("officer"), "valueString"),
            _text(asker.get("affair"), "valueCode"),
        ),
        why=_text(one.get("why"), "valueString"),
        person=_resource(one.get("person")),
        moved=Moved(_text(moved.get("date"), "valueDate"), _text(moved.get("reason"), "valueCode")),
        classes=tuple(_class(_parts(item)) for item in parameters if item.get("name") == "class"),
        period=_period(one.get("period")),
        sensitive_purpose=_text(one.get("sensitivePurpose"), "valueString"),
    )
    issues = tuple(_missing(request))
    return Problems(issues) if issues else request


def _missing(request: TransferRequest) -> Iterable[Issue]:
    required = {
        "requester.municipality": request.asker.municipality,
        "requester.office": request.asker.office,
        "requester.officer": request.asker.officer,
        "requester.affair": request.asker.affair,
        "why": request.why,
        "movedIn.reason": request.moved.reason,
        "class": all(asked.code and asked.legal_basis for asked in request.classes) and request.classes,
        "person (Patient with name and birthDate)": request.person.get("name")
        and request.person.get("birthDate"),
    }
    for name, value in required.items():
        if not value:
            yield _wrong(name, f"the parameter {name} is missing or empty", f"{name} がありません")
    if len(request.key) < KEY_LENGTH or not request.key.isalnum() or not request.key.isascii():
        text = f"a key of at least {KEY_LENGTH} random letters and digits is expected"
        yield _wrong("request", text, f"{KEY_LENGTH}文字以上の推測できない英数字が必要です")


def _wrong(name: str, text: str, text_ja: str) -> Issue:
    return error(
        "invalid", f"{text}; see docs/transfer.md", f"{text_ja}（docs/transfer.md）", f"Parameters.{name}"
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _by_name(items: Iterable[Any]) -> dict[str, dict[str, Any]]:
    return {str(item.get("name")): item for item in items if isinstance(item, dict)}


def _parts(parameter: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    return _by_name(_list((parameter or {}).get("part")))


def _text(parameter: dict[str, Any] | None, kind: str) -> str:
    value = (parameter or {}).get(kind)
    return value if isinstance(value, str) else ""


def _identifier(parameter: dict[str, Any] | None, system: str) -> str:
    value = (parameter or {}).get("valueIdentifier")
    if not isinstance(value, dict) or value.get("system") != system:
        return ""
    return value["value"] if isinstance(value.get("value"), str) else ""


def _resource(parameter: dict[str, Any] | None) -> Resource:
    value = (parameter or {}).get("resource")
    return value if isinstance(value, dict) and value.get("resourceType") == "Patient" else {}


def _period(parameter: dict[str, Any] | None) -> dict[str, str]:
    value = (parameter or {}).get("valuePeriod")
    if not isinstance(value, dict):
        return {}
    return {key: value[key] for key in ("start", "end") if isinstance(value.get(key), str)}


def _class(parts: dict[str, dict[str, Any]]) -> ClassAsked:
    coding = parts.get("code", {}).get("valueCoding")
    code = coding.get("code") if isinstance(coding, dict) and coding.get("system") == RECORD_CLASS else ""
    consent = _text(parts.get("consent"), "valueString") or None
    return ClassAsked(
        code if isinstance(code, str) else "", _text(parts.get("legalBasis"), "valueCode"), consent
    )
