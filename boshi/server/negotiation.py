"""What a client sends and wants back: media types, FHIR version, preferences (R4 http §3.1.0.1, §3.1.0.1.9)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias, cast
from urllib.parse import parse_qs

from boshi.fhir.outcome import error
from boshi.server.refusal import Refused

FHIR_JSON: Final = "application/fhir+json; fhirVersion=4.0"
_JSON_TYPES: Final = frozenset({"application/fhir+json", "application/json", "text/json"})
_JSON_FORMATS: Final = _JSON_TYPES | {
    "json",
    "application/fhir json",
    "application/json+fhir",
    "application/json fhir",
}
_WILDCARDS: Final = frozenset({"*/*", "application/*", "*"})
FORM: Final = "application/x-www-form-urlencoded"

Return: TypeAlias = Literal["minimal", "representation", "OperationOutcome"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """The Prefer header: `returning` is None where the client said nothing."""

    returning: Return | None = None
    lenient: bool = False


@lru_cache(maxsize=256)
def preferences(header: str) -> Preferences:
    """Read a Prefer header (RFC 7240); an unknown preference is passed over, as the RFC demands."""
    told = dict(_parameters(header.replace(",", ";")))
    returning = told.get("return")
    known = returning if returning in ("minimal", "representation", "OperationOutcome") else None
    return Preferences(cast("Return | None", known), told.get("handling") == "lenient")


def check_wanted(accept: str, query: str) -> None:
    """Refuse with 406 a client that cannot take FHIR R4 JSON; `_format` goes before Accept."""
    wanted = parse_qs(query).get("_format", [""])[-1] if "_format=" in query else ""
    if wanted:
        if _bare(wanted) not in _JSON_FORMATS:
            raise _not_acceptable(f"_format={wanted}")
    elif not _takes_json_among(accept):
        raise _not_acceptable(f"Accept: {accept}")


@lru_cache(maxsize=256)
def _takes_json_among(accept: str) -> bool:
    return not accept or any(_takes_json(part) for part in accept.split(","))


@lru_cache(maxsize=256)
def check_sent(content_type: str, content_encoding: str) -> None:
    """Refuse with 415 a body that does not say it is FHIR R4 JSON in UTF-8."""
    bare = _bare(content_type)
    parameters = dict(_parameters(content_type))
    if bare not in _JSON_TYPES:
        raise _unsupported(f"Content-Type: {content_type or '(none)'}")
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise _unsupported(f"charset={parameters['charset']}")
    if not parameters.get("fhirversion", "4.0").startswith("4.0"):
        raise _unsupported(f"fhirVersion={parameters['fhirversion']}")
    check_encoding(content_encoding)


def check_encoding(content_encoding: str) -> None:
    """Refuse with 415 a Content-Encoding other than none and gzip."""
    if content_encoding.lower() not in ("", "identity", "gzip"):
        raise _unsupported(f"Content-Encoding: {content_encoding}")


def is_form(content_type: str) -> bool:
    """Whether a body says it is a form, as POST _search sends it."""
    return _bare(content_type) == FORM


def _takes_json(part: str) -> bool:
    parameters = dict(_parameters(part))
    if parameters.get("q", "1").strip("0.") == "" and parameters.get("q", "1").startswith("0"):
        return False
    if not parameters.get("fhirversion", "4.0").startswith("4.0"):
        return False
    return _bare(part) in _JSON_TYPES or _bare(part) in _WILDCARDS


def _bare(value: str) -> str:
    return value.split(";", 1)[0].strip().lower()


def _parameters(value: str) -> list[tuple[str, str]]:
    pairs = (part.split("=", 1) for part in value.split(";") if "=" in part)
    return [(name.strip().lower(), told.strip().strip('"')) for name, told in pairs]


def _not_acceptable(said: str) -> Refused:
    return Refused(406, [error(
        "not-supported",
        f"Asked for {said}; this server answers FHIR R4 in JSON only. Use Accept: application/fhir+json.",
        f"{said} が求められましたが、応答できるのは FHIR R4 の JSON だけです。"
        "Accept: application/fhir+json を使ってください。",
    )])  # fmt: skip


def _unsupported(said: str) -> Refused:
    return Refused(415, [error(
        "not-supported",
        f"Received {said}; expected a FHIR R4 resource as JSON in UTF-8, plain or gzip. "
        "Send Content-Type: application/fhir+json.",
        f"{said} を受け取りました。受け付けるのは UTF-8 の FHIR R4 JSON(無圧縮または gzip)です。"
        "Content-Type: application/fhir+json を付けて送ってください。",
    )])  # fmt: skip
