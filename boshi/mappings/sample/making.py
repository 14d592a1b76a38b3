"""`make_sample`: a town's six files."""

from datetime import date
from pathlib import Path

from boshi.mappings.sample.families import KITAKYUSHU, Place, Rates, make_family
from boshi.mappings.sample.files import SampleFiles, SampleReport


def make_sample(
    families: int,
    seed: int,
    out: Path,
    municipality: str = "401005",
    reference: date | None = None,
    rates: Rates = Rates(),  # noqa: B008 - frozen
) -> SampleReport:
    """Writes the files of `families` invented families into `out`; memory does not grow with their number.

    The same arguments give the same bytes. Ages and dates stand relative to `reference`, today if it is None.
    """
    day = reference or date.today()
    place = place_of(municipality)
    with SampleFiles(out, municipality) as files:
        for index in range(families):
            files.add(make_family(seed, index, day, place, rates), seed, rates)
        return files.report(families)


def place_of(municipality: str) -> Place:
    """A place whose streets are invented, for any 団体コード."""
    if municipality == KITAKYUSHU.code:
        return KITAKYUSHU
    from boshi.mappings.sample.families import BIZEN

    return BIZEN if municipality == BIZEN.code else Place(municipality, "見本県見本市", ("",), "99")
