"""Resources in the words of a 保健師: dates, values, judgements, places. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from boshi.fhir.outcome import Resource
from boshi.profiles.systems import BASE, code_list

ITEM: Final = f"{BASE}/CodeSystem/item"
JUDGEMENT_ITEMS: Final = frozenset({"judgement", "prenatal-judgement"})
NEEDS_FOLLOW_UP: Final[Mapping[str, frozenset[str]]] = {
    code_list("116"): frozenset({"3", "4", "5"}),
    code_list("210"): frozenset({"2", "3", "4", "5"}),
}
_DOSE: Final = f"{BASE}/StructureDefinition/immunization-dose"
_GENDERS: Final = {"male": "男", "female": "女", "other": "その他", "unknown": "不明"}


def gender(person: Resource) -> str:
    """性別 in one word."""
    return _GENDERS.get(str(person.get("gender", "unknown")), "不明")


def item(observation: Resource) -> str:
    """The local item of an observation, "" when it has none."""
    codings = observation.get("code", {}).get("coding", ())
    return next((str(coding.get("code")) for coding in codings if coding.get("system") == ITEM), "")


def title(concept: Mapping[str, Any]) -> str:
    """The words of a CodeableConcept or Coding."""
    codings = concept.get("coding", ())
    shown = next((str(coding["display"]) for coding in codings if coding.get("display")), "")
    return str(
        concept.get("text")
        or shown
        or concept.get("display")
        or next((c.get("code", "") for c in codings), "")
    )


def value(observation: Resource) -> str:
    """The value in words, with its unit; 不詳 where the record says that it is unknown."""
    if "component" in observation and not any(key.startswith("value") for key in observation):
        return " ".join(f"{title(part.get('code', {}))} {value(part)}" for part in observation["component"])
    key = next((key for key in observation if key.startswith("value")), "")
    told = observation.get(key)
    if isinstance(told, dict):
        if "value" in told:
            return f"{told['value']} {told.get('unit', '')}".strip()
        return title(told)
    if isinstance(told, bool):
        return "はい" if told else "いいえ"
    return str(told) if told is not None else "不詳"


def needs_follow_up(observation: Resource) -> bool:
    """Whether the judgement asks for more than nothing."""
    codings = observation.get("valueCodeableConcept", {}).get("coding", ())
    return any(str(c.get("code")) in NEEDS_FOLLOW_UP.get(str(c.get("system")), ()) for c in codings)


def dose(immunization: Resource) -> str:
    """The dose in words: 1回目; 回数51 where the file's number counts no doses (51 and more are 期)."""
    protocols: Iterable[dict[str, Any]] = immunization.get("protocolApplied", ())
    number = next((p["doseNumberPositiveInt"] for p in protocols if "doseNumberPositiveInt" in p), None)
    if number:
        return f"{number}回目"
    told = (one for one in immunization.get("extension", ()) if one.get("url") == _DOSE)
    return next((f"回数{one['valueString']}" for one in told if "valueString" in one), "")


def age(birth: str, on: date) -> str:
    """Full years and months between a birth date and a day, "" for a partial birth date."""
    try:
        born = date.fromisoformat(birth)
    except ValueError:
        return ""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    years, rest = divmod(months, 12)
    return f"{years}歳{rest}か月" if months >= 0 else ""


def clinic(resource: Resource) -> str:
    """The clinic, hall or performer that a record names."""
    names = [resource.get("serviceProvider", {}).get("display", "")]
    names += [part.get("actor", part).get("display", "") for part in resource.get("performer", ())]
    names.append(
        resource.get("location", {}).get("display", "") if isinstance(resource.get("location"), dict) else ""
    )
    return next((str(name) for name in names if name), "")
