"""A mother and one of her two children move to the next town: what both towns' residents files say."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from boshi.mappings.sample.families import Place, Rates, make_family
from boshi.mappings.sample.files import SampleFiles
from boshi.mappings.sample.flaws import Line, is_sound
from boshi.mappings.sample.making import place_of
from boshi.mappings.sample.people import HEAD, Family, Person
from boshi.mappings.sample.rows import Value, padded, rows


@dataclass(frozen=True, slots=True)
class Mover:
    """One person who moved: 宛名番号 in both towns, 15 digits."""

    name: str
    kana: str
    born: date
    old_number: str
    new_number: str


@dataclass(frozen=True, slots=True)
class Movers:
    """The two files, and who stands in them; `stays` is the child that did not move, if there is another."""

    arrivals: Path
    """Residents file of the new town."""
    departures: Path
    """Update of the old town's residents file (消除事由 21)."""
    mother: Mover
    child: Mover
    stays: Mover | None
    moved: date


def make_movers(
    families: int,
    seed: int,
    out: Path,
    origin: str = "401005",
    destination: str = "332119",
    reference: date | None = None,
    rates: Rates = Rates(),  # noqa: B008 - frozen
    protected: bool = False,
) -> Movers:
    """Chooses a family of `make_sample(families, seed, …)` and writes the residents files of its move.

    `rates` and `reference` must be those of the sample. `protected` chooses a family under 支援措置
    instead, with any number of children.
    Raises LookupError when no family of that many fits.
    """
    day = reference or date.today()
    family = _choose(families, seed, day, place_of(origin), rates, protected)
    moved = day - timedelta(days=10)
    departures = _depart(family, out, origin, moved)
    arrived, people = _arrive(family, out, origin, destination, moved)
    movers = [_mover(before, after) for before, after in people]
    elder = family.children[0] if len(family.children) > 1 else None
    stays = _mover(elder, elder) if elder else None
    return Movers(arrived, departures, movers[0], movers[1], stays, moved)


def _choose(families: int, seed: int, day: date, place: Place, rates: Rates, protected: bool) -> Family:
    for index in range(families):
        family = make_family(seed, index, day, place, rates)
        if _fits(family, day, protected) and is_sound(family, seed, place.code, rates):
            return family
    raise LookupError(f"none of {families} families has a mother with two children who could move; make more")


def _fits(family: Family, day: date, protected: bool) -> bool:
    """A mother in Japanese letters, two children no twins, both seen at a checkup, nobody newly come."""
    mother = family.mother
    if mother is None or mother.latin or not family.children or family.custody:
        return False
    last = max((mother.entered or mother.born, *(child.entered or child.born for child in family.children)))
    if last > day - timedelta(days=40):
        return False
    if protected:
        return family.support in ("1", "2")
    twins = any(child.birth_order for child in family.children)
    return not family.support and len(family.children) == 2 and not twins and len(family.checkups) == 2


def _moving(family: Family) -> list[Person]:
    """The mother and the younger child."""
    assert family.mother is not None
    return [family.mother, family.children[-1]]


def _depart(family: Family, out: Path, origin: str, moved: date) -> Path:
    numbers = {person.number for person in _moving(family)}
    with SampleFiles(out / f"{origin}-update", origin, ("residents",)) as files:
        for layout, row in rows(family, origin):
            if layout == "residents" and int(str(row["宛名番号"])) in numbers:
                gone: dict[str, Value] = {"住民状態": "2", "消除事由": "21", "消除日": moved}
                files.put(layout, Line(dict(row) | gone))
        return files.path("residents")


def _arrive(
    family: Family, out: Path, origin: str, destination: str, moved: date
) -> tuple[Path, list[tuple[Person, Person]]]:
    """The new town's file: new numbers, 転入日, former address and 団体コード; its own household."""
    place = place_of(destination)
    pairs = []
    for slot, person in enumerate(_moving(family), 1):
        pairs.append(
            (
                person,
                _arrived(
                    person, place.first_number + family.index * 10 + slot, family.address, origin, moved
                ),
            )
        )
    mother, child = pairs[0][1], pairs[1][1]
    mother.relation = HEAD
    home = Family(
        family.index,
        place.first_household + family.index,
        _new_address(place),
        f"{place.postal_prefix}5-0021",
        place.wards[0],
        mother,
        None,
        [child],
        support=family.support,
    )
    with SampleFiles(out / destination, destination, ("residents",)) as files:
        for layout, row in rows(home, destination):
            files.put(layout, Line(row))
        return files.path("residents"), pairs


def _arrived(person: Person, number: int, address: str, origin: str, moved: date) -> Person:
    return replace(
        person,
        number=number,
        entry_reason="01",
        entered=moved,
        former_address=address,
        former_municipality=origin,
    )


def _new_address(place: Place) -> str:
    return f"{place.city}{place.wards[0]}若葉台2丁目5番1号"


def _mover(before: Person, after: Person) -> Mover:
    return Mover(before.written, before.read, before.born, padded(before.number), padded(after.number))
