"""Looking for the person a request means, and keeping what was found on the case. Runs after the answer."""

from dataclasses import replace
from typing import TYPE_CHECKING

from boshi.fhir.outcome import Resource
from boshi.fhir.search.escaping import escape
from boshi.server.transfer.cases import Case, Finding, case_changes
from boshi.server.transfer.finding import find_all
from boshi.server.transfer.matching import Match, match
from boshi.server.transfer.person import names
from boshi.server.transfer.protection import is_protected

if TYPE_CHECKING:
    from boshi.server.repository import Repository


async def judge(repository: "Repository", case: Case) -> tuple[Case, Match, dict[str, Resource]]:
    """The case with its finding, the match, and the candidates by id. Writes only when the finding changed."""
    asked = case.request.person
    candidates = await _candidates(repository, asked)
    found = match(asked, list(candidates.values()))
    ids = tuple(one.patient for one in found.candidates)
    finding: Finding = found.verdict
    if any([await is_protected(repository, candidates[id]) for id in ids]):
        finding = "protected"
    judged = replace(case, finding=finding, candidates=ids)
    if judged != case:
        await repository.transact(case_changes(judged)[:1])
        judged = replace(judged, version=case.version + 1)
    return judged, found, candidates


async def _candidates(repository: "Repository", asked: Resource) -> dict[str, Resource]:
    """Everybody born on that day, and everybody of that name: a birth date can be wrong in one of the files."""
    searches = [[("birthdate", str(asked.get("birthDate", "")))]]
    searches += [
        [("family", escape(name.family)), ("given", escape(name.given))]
        for name in names(asked)
        if name.family and name.given
    ]
    found = [item for search in searches for item in await find_all(repository, "Patient", search)]
    return {str(item["id"]): item for item in found}
