"""create and conditional create (R4 http §3.1.0.8, §3.1.0.8.1)."""

from boshi.fhir.outcome import Resource, error
from boshi.fhir.search.criteria import Search
from boshi.fhir.search.query import parse_search
from boshi.server.call import Answer, Call, query_parameters, usable
from boshi.server.interactions.written import of_type, written_answer
from boshi.server.refusal import Refused


async def create(call: Call) -> Answer:
    """POST {type}. 201 with Location; with If-None-Exist 200 where one matches, 412 where several do.

    An id in the body is passed over: the server gives its own.
    """
    resource = of_type(await call.load(), call.type)
    criteria = call.headers.get("if-none-exist")
    condition = None if criteria is None else create_condition(call, call.type, criteria)
    written = await call.repository.create(without_id(resource), if_none_exist=condition)
    return written_answer(call, written)


def create_condition(call: Call, type: str, criteria: str) -> Search:
    """The search of an If-None-Exist. 400 where it is empty or cannot be read: it would match anything."""
    pairs = query_parameters(criteria.split("?", 1)[-1])
    search: Search = usable(parse_search(type, pairs, bases=call.bases))
    if not search.criteria:
        raise Refused(400, [error(
            "required",
            "If-None-Exist names no search parameter with a value. Write it like identifier=system|value.",
            "If-None-Exist に値のある検索パラメータがありません。identifier=system|value のように書いてください。",
        )])  # fmt: skip
    return search


def without_id(resource: Resource) -> Resource:
    """The resource without the id of its sender."""
    return {name: value for name, value in resource.items() if name != "id"}
