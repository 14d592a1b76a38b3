"""Whether a resource meets a search, told from the resource alone: for what no database holds yet."""

from boshi.fhir.outcome import Resource
from boshi.fhir.search.criteria import Criterion, Search, TokenValue, Value
from boshi.fhir.search.entries import IndexEntries, index_entries
from boshi.fhir.search.keys import entry, starting, token_value


def can_tell(search: Search) -> bool:
    """Whether `meets` can judge the search: every criterion is a plain token, such as an identifier."""
    return bool(search.criteria) and all(
        criterion.parameter.type == "token" and not criterion.modifier for criterion in search.criteria
    )


def meets(resource: Resource, search: Search) -> bool:
    """Whether a resource that passed the structure check meets a search of which `can_tell` is true."""
    if resource.get("resourceType") != search.resource_type:
        return False
    entries = index_entries(resource)
    return all(_holds(criterion, resource, entries) for criterion in search.criteria)


def _holds(criterion: Criterion, resource: Resource, entries: IndexEntries) -> bool:
    if criterion.parameter.code == "_id":
        return any(
            value.code == resource.get("id") for value in criterion.values if isinstance(value, TokenValue)
        )
    return any(
        _stands(name, value, entries.s) for name in criterion.parameter.storage for value in criterion.values
    )


def _stands(name: str, value: Value, kept: list[str]) -> bool:
    assert isinstance(value, TokenValue)
    if value.code is not None:
        return entry(name, token_value(value.system, value.code)) in kept
    low, high = starting(name, token_value(value.system, ""))
    return any(low <= each < high for each in kept)
