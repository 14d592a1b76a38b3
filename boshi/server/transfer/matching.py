"""Which person of this town a request means. Pure: candidates in, a judgement out.

Old forms of kanji, width, case and kana are folded. Twins share all but the given name, so without a given name
that decides, the answer is ambiguous and a person looks at it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from boshi.fhir.outcome import Resource
from boshi.fhir.search.fold import fold
from boshi.server.transfer.person import PersonName, address_text, names, residence

Verdict: TypeAlias = Literal["matched", "ambiguous", "unknown"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What agrees between the person asked for and one candidate: True, False, or None where one side is silent."""

    patient: str
    birth_date: bool
    sex: bool | None
    family: bool | None
    given: bool | None
    kana: bool | None
    address: bool | None

    @property
    def certain(self) -> bool:
        """Enough to be this very person: birth date and given name, and nothing of weight against it."""
        agreed = self.birth_date and self.given is True and self.sex is not False
        named = self.family is True or (self.family is None and self.kana is True)
        return agreed and named and (self.kana is not False or self.address is True)

    @property
    def possible(self) -> bool:
        """Worth the look of a person."""
        alike = [self.birth_date, self.given is True, self.kana is True, self.address is True]
        return sum(alike) >= 2 and (self.birth_date or self.given is True)


@dataclass(frozen=True, slots=True)
class Match:
    """The judgement and the candidates, best first."""

    verdict: Verdict
    candidates: tuple[Likeness, ...]


def match(asked: Resource, candidates: Sequence[Resource]) -> Match:
    """Judge the candidates of one town: `matched` only when exactly one is certain."""
    likenesses = [likeness(asked, candidate) for candidate in candidates]
    possible = tuple(
        sorted((one for one in likenesses if one.certain or one.possible), key=_rank, reverse=True)
    )
    certain = [one for one in possible if one.certain]
    if len(certain) == 1:
        return Match("matched", possible)
    return Match("ambiguous" if possible else "unknown", possible)


def _rank(one: Likeness) -> tuple[bool, int]:
    facts = (one.birth_date, one.sex, one.family, one.given, one.kana, one.address)
    return one.certain, sum(fact is True for fact in facts)


def likeness(asked: Resource, candidate: Resource) -> Likeness:
    """Compare what was asked with one candidate."""
    wanted, known = names(asked), names(candidate)
    return Likeness(
        patient=str(candidate.get("id", "")),
        birth_date=bool(asked.get("birthDate")) and asked.get("birthDate") == candidate.get("birthDate"),
        sex=_same_sex(asked, candidate),
        family=_overlap(_families(wanted), _families(known)),
        given=_overlap(_givens(wanted), _givens(known)),
        kana=_overlap(_kana(wanted), _kana(known)),
        address=_overlap(_addresses(asked), _addresses(candidate)),
    )


def _same_sex(asked: Resource, candidate: Resource) -> bool | None:
    one, other = asked.get("gender"), candidate.get("gender")
    if one in (None, "unknown") or other in (None, "unknown"):
        return None
    return bool(one == other)


def _overlap(wanted: frozenset[str], known: frozenset[str]) -> bool | None:
    return bool(wanted & known) if wanted and known else None


def _written(all_names: Sequence[PersonName]) -> list[PersonName]:
    return [name for name in all_names if name.kind != "kana"]


def _families(all_names: Sequence[PersonName]) -> frozenset[str]:
    return _folded(name.family or _split(name)[0] for name in _written(all_names))


def _givens(all_names: Sequence[PersonName]) -> frozenset[str]:
    return _folded(name.given or _split(name)[1] for name in _written(all_names))


def _split(name: PersonName) -> tuple[str, str]:
    family, _, given = name.text.replace("　", " ").partition(" ")
    return (family, given) if not (name.family or name.given) else ("", "")


def _kana(all_names: Sequence[PersonName]) -> frozenset[str]:
    return _folded(name.full for name in all_names if name.kind == "kana")


def _addresses(person: Resource) -> frozenset[str]:
    told = [address_text(address) for address in person.get("address", ()) if isinstance(address, dict)]
    return _folded([*told, residence(person).former_address])


def _folded(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(folded for text in texts if (folded := fold(text)))
