"""Gathering a person's page from the repository."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from boshi.fhir.outcome import Issue, Resource, error
from boshi.mappings.loading import layouts
from boshi.profiles.systems import RELATED_PATIENT_EXTENSION, atena, record
from boshi.server.refusal import Refused
from boshi.server.summary import wording
from boshi.server.summary.data import TEXT_EMS, Line, Section, Source, Summary, ems, shorten
from boshi.server.transfer.document import PROVENANCE_KIND, first_origin, record_classes
from boshi.server.transfer.finding import find_all, read_resource, read_resources
from boshi.server.transfer.person import (
    address_text,
    atena_number,
    display_name,
    identifiers,
    kana_name,
    protections,
    residence,
)
from boshi.server.transfer.records import clinical_day

if TYPE_CHECKING:
    from boshi.server.repository import Repository

_JAPAN: Final = ZoneInfo("Asia/Tokyo")
_RELATIONSHIPS: Final = {"MTH": "母", "FTH": "父", "GUARD": "保護者", "CHILD": "子", "SIB": "きょうだい"}
_BIRTH_ITEMS: Final = (
    "birth-weight",
    "body-height",
    "head-circumference",
    "hearing-result",
    "metabolic-screening",
)
_PROTECTED: Final = (
    "支援措置・一時保護の対象（現在または過去）。住所・転出先・医療機関名を外部に伝えないこと。"
)


@dataclass(frozen=True, slots=True)
class _Records:
    """One person's records by type, and the words for where each comes from."""

    by_type: Mapping[str, Sequence[Resource]]
    source: Callable[[Resource], Source]

    def of(self, type: str) -> list[Resource]:
        """Records of one type, newest first."""
        return sorted(self.by_type.get(type, ()), key=clinical_day, reverse=True)


async def summary(
    repository: "Repository",
    patient: str,
    *,
    town_name: Callable[[str], str] = str,
    on: date | None = None,
) -> Summary:
    """The page of one person, uncut (see `fit`). `town_name` gives the name of a 団体コード. Refused 404."""
    person = await read_resource(repository, "Patient", patient)
    if person is None:
        raise Refused(404, [_no_such_person(patient)])
    day = on or datetime.now(_JAPAN).date()
    records = await _records(repository, patient, town_name)
    family = await _family(repository, person, records)
    return Summary(
        name=display_name(person),
        kana=kana_name(person),
        facts=tuple(_facts(repository.town_code, person, town_name, day)),
        sections=(
            Section("フォロー中の事項", tuple(_follow_ups(records))),
            Section("健診ごとの最終判定", tuple(_judgements(records))),
            Section("予防接種", tuple(_vaccinations(records))),
            Section("妊娠・出産", tuple(_pregnancies(records))),
            Section("出生時の状況", tuple(_birth(records))),
            Section("家族", tuple(family)),
        ),
        town=town_name(repository.town_code),
        day=day.isoformat(),
        warning=_PROTECTED if protections(person) else "",
    )


async def _records(repository: "Repository", patient: str, town_name: Callable[[str], str]) -> _Records:
    types = ("EpisodeOfCare", "Encounter", "Observation", "Immunization", "ServiceRequest", "RelatedPerson")
    own = ("patient", f"Patient/{patient}")
    by_type = {type: await find_all(repository, type, [own]) for type in types}
    told = await find_all(repository, "Provenance", [own, ("_tag", f"{PROVENANCE_KIND}|transfer")])
    origins = {
        str(target.get("reference")): str(item["agent"][0]["who"]["identifier"]["value"])
        for item in told
        for target in item.get("target", ())
    }
    encounters = {f"Encounter/{item['id']}": item for item in by_type["Encounter"]}

    def source(item: Resource) -> Source:
        key = f"{item['resourceType']}/{item['id']}"
        origin = first_origin(item) or origins.get(key) or repository.town_code
        visit = encounters.get(str(item.get("encounter", {}).get("reference", "")), {})
        place = wording.clinic(item) or wording.clinic(visit) or _file(item, origin)
        return Source(town_name(origin), clinical_day(item), place)

    return _Records(by_type, source)


def _file(item: Resource, origin: str) -> str:
    """The title of the file that made the record."""
    told = next(
        (str(one.get("value")) for one in identifiers(item) if one.get("system") == record(origin)), ""
    )
    layout = layouts().get(told.partition("|")[0])
    return layout.title if layout else ""


def _facts(
    code: str, person: Resource, town_name: Callable[[str], str], day: date
) -> Iterable[tuple[str, str]]:
    born = str(person.get("birthDate", "不詳"))
    years = wording.age(born, day)
    yield "生年月日", f"{born}（{years}）" if years else born
    yield "性別", wording.gender(person)
    yield (
        "住所",
        next((address_text(one) for one in person.get("address", ()) if one.get("use") != "old"), "不詳"),
    )
    yield "宛名番号", "、".join(_numbers(code, person, town_name))
    lived = residence(person)
    if lived.former_municipality or lived.former_address:
        former = f"{town_name(lived.former_municipality) if lived.former_municipality else ''} {lived.former_address}"
        yield "転入", f"{lived.entry_date} {former.strip()}から"


def _numbers(code: str, person: Resource, town_name: Callable[[str], str]) -> Iterable[str]:
    yield atena_number(person, code) or "なし"
    for one in identifiers(person):
        system = str(one.get("system", ""))
        if system.startswith(atena("")) and system != atena(code):
            yield f"{town_name(system.removeprefix(atena('')))} {one.get('value')}"


def _checkup_of(observation: Resource, encounters: Mapping[str, Resource]) -> str:
    visit = encounters.get(str(observation.get("encounter", {}).get("reference", "")), {})
    kinds = [wording.title(kind) for kind in visit.get("type", ())]
    return kinds[0] if kinds else wording.title(observation.get("code", {}))


def _last_judgements(records: _Records) -> dict[str, Resource]:
    encounters = {f"Encounter/{item['id']}": item for item in records.of("Encounter")}
    last: dict[str, Resource] = {}
    for observation in records.of("Observation"):
        if wording.item(observation) in wording.JUDGEMENT_ITEMS:
            last.setdefault(_checkup_of(observation, encounters), observation)
    return last


def _follow_ups(records: _Records) -> Iterable[Line]:
    for checkup, observation in _last_judgements(records).items():
        if wording.needs_follow_up(observation):
            yield Line(f"{checkup} {wording.value(observation)}", records.source(observation))
    for ordered in records.of("ServiceRequest"):
        if ordered.get("status") in ("active", "on-hold"):
            yield Line(wording.title(ordered.get("code", {})), records.source(ordered))
    given = {
        (_vaccine(one), wording.dose(one))
        for one in records.of("Immunization")
        if one["status"] == "completed"
    }
    for immunization in records.of("Immunization"):
        missed = immunization["status"] == "not-done"
        if missed and (_vaccine(immunization), wording.dose(immunization)) not in given:
            yield Line(_given(immunization, "未接種（予診のみ）"), records.source(immunization))


def _judgements(records: _Records) -> Iterable[Line]:
    for checkup, observation in _last_judgements(records).items():
        yield Line(f"{checkup} {wording.value(observation)}", records.source(observation))


def _vaccinations(records: _Records) -> Iterable[Line]:
    for immunization in records.of("Immunization"):
        if immunization["status"] == "completed":
            lot = f"Lot {immunization['lotNumber']}" if immunization.get("lotNumber") else ""
            yield Line(_given(immunization, lot), records.source(immunization))


def _given(immunization: Resource, more: str) -> str:
    """Vaccine, dose and more on one line: a long name is shortened, the dose never."""
    rest = " ".join(part for part in (wording.dose(immunization), more) if part)
    return f"{shorten(_vaccine(immunization), TEXT_EMS - ems(rest) - 2.0)} {rest}".strip()


def _vaccine(immunization: Resource) -> str:
    """The vaccine as its list names it; a code that no list names stands beside the product's own name."""
    concept = immunization.get("vaccineCode", {})
    codings = concept.get("coding", ())
    shown = next((str(coding["display"]) for coding in codings if coding.get("display")), "")
    codes = next((f"（{coding['code']}）" for coding in codings if coding.get("code")), "")
    return shown or f"{concept.get('text', 'ワクチン名不詳')}{codes}"


def _pregnancies(records: _Records) -> Iterable[Line]:
    states = {"active": "継続中", "finished": "終了", "cancelled": "取消し"}
    born = {
        str(episode.get("reference"))
        for encounter in records.of("Encounter")
        if "delivery" in record_classes(encounter)
        for episode in encounter.get("episodeOfCare", ())
    }
    for episode in records.of("EpisodeOfCare"):
        state = states.get(str(episode.get("status")), str(episode.get("status")))
        if f"EpisodeOfCare/{episode['id']}" in born:
            state = "出産済み"
        kind = " ".join(wording.title(kind) for kind in episode.get("type", ()))
        yield Line(f"{kind}（{state}）", records.source(episode))
    for observation in records.of("Observation"):
        if wording.item(observation) == "expected-delivery-date":
            yield Line(f"分娩予定日 {wording.value(observation)}", records.source(observation))
    for encounter in records.of("Encounter"):
        if "delivery" in record_classes(encounter):
            yield Line(f"出産 {clinical_day(encounter)}", records.source(encounter))


def _birth(records: _Records) -> Iterable[Line]:
    born = [one for one in records.of("Observation") if "newborn" in record_classes(one)]
    for name in _BIRTH_ITEMS:
        for observation in born:
            if wording.item(observation) == name:
                text = f"{wording.title(observation.get('code', {}))} {wording.value(observation)}"
                yield Line(text, records.source(observation))


async def _family(repository: "Repository", person: Resource, records: _Records) -> list[Line]:
    links = records.of("RelatedPerson")
    keys = {key for link in links if (key := _linked(link))}
    people = await read_resources(repository, keys)
    told: dict[str, tuple[list[str], Source]] = {}
    for link in links:
        known = people.get(_linked(link))
        whose = _whose(known) if known else _display(link)
        told.setdefault(whose, ([], records.source(link)))[0].append(_role(link))
    for whose, source in await _children(repository, person, records):
        told.setdefault(whose, ([], source))[0].append("子")
    return [
        Line(f"{'・'.join(dict.fromkeys(roles))} {whose}", source) for whose, (roles, source) in told.items()
    ]


def _role(link: Resource) -> str:
    roles = [
        str(coding.get("code")) for kind in link.get("relationship", ()) for coding in kind.get("coding", ())
    ]
    return _RELATIONSHIPS.get(next(iter(roles), ""), "家族")


def _whose(person: Resource) -> str:
    return f"{display_name(person)}（{person.get('birthDate', '生年月日不詳')}）"


def _linked(link: Resource) -> str:
    return str(_link_reference(link).get("reference", ""))


def _link_reference(link: Resource) -> Mapping[str, str]:
    for extension in link.get("extension", ()):
        if extension.get("url") == RELATED_PATIENT_EXTENSION:
            reference: Mapping[str, str] = extension.get("valueReference", {})
            return reference
    return {}


def _display(link: Resource) -> str:
    if link.get("name"):
        return display_name(link)
    return str(_link_reference(link).get("display") or "氏名は当方の住民ファイルにありません")


async def _children(
    repository: "Repository", person: Resource, records: _Records
) -> list[tuple[str, Source]]:
    number = atena_number(person, repository.town_code)
    if number is None:
        return []
    mine = ("identifier", f"{atena(repository.town_code)}|{number}")
    links = await find_all(repository, "RelatedPerson", [mine])
    keys = {
        str(link["patient"]["reference"]): link for link in links if "reference" in link.get("patient", {})
    }
    children = await read_resources(repository, keys)
    ordered = sorted(children.items(), key=lambda one: str(one[1].get("birthDate", "")))
    return [(_whose(child), records.source(keys[key])) for key, child in ordered]


def _no_such_person(patient: str) -> Issue:
    return error(
        "not-found",
        f"There is no Patient/{patient[:64]} here. Search by 宛名番号 or name.",
        f"Patient/{patient[:64]} はありません。宛名番号か氏名で探してください。",
    )
