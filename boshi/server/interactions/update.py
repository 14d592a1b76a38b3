"""update, also as create at an id of the client's choice (R4 http §3.1.0.4)."""

from boshi.fhir.outcome import error
from boshi.server.call import Answer, Call
from boshi.server.interactions.written import ID, asked_version, of_type, written_answer
from boshi.server.refusal import Refused


async def update(call: Call) -> Answer:
    """PUT {type}/{id}. 200, or 201 where it was not there; 412 where If-Match names another version, or where
    it is there and If-None-Match: * says that it must not be.

    An update that changes nothing makes no version. Not done: conditional update (PUT {type}?…).
    """
    resource = of_type(await call.load(), call.type)
    check_id(call.type, call.id, resource.get("id"))
    written = await call.repository.update(resource, if_match=asked_version(call.headers))
    return written_answer(call, written)


def check_id(type: str, id: str, found: object) -> None:
    """400 where the body's id is not the address's, or the address's is none (R4 datatypes, id)."""
    if not ID.fullmatch(id):
        raise Refused(400, [error(
            "value",
            f"{id[:80]!r} is not an id: 1 to 64 of A-Z a-z 0-9 - and . are.",
            f"{id[:80]!r} は ID になりません。A-Z a-z 0-9 - . の 1～64 文字で書いてください。",
        )])  # fmt: skip
    if found != id:
        said, said_ja = (
            ("has no id", "に ID がありません")
            if found is None
            else (f"has the id {str(found)[:80]!r}", f"の ID は {str(found)[:80]!r} です")
        )
        raise Refused(400, [error(
            "invalid",
            f"The body {said}, but the address is {type}/{id}. Put the same id into both.",
            f"本文{said_ja}。宛先は {type}/{id} なので、同じ ID にしてください。",
            f"{type}.id",
        )])  # fmt: skip
