"""delete (R4 http §3.1.0.7): the resource is gone, its history stays."""

from boshi.server.call import Answer, Call
from boshi.server.interactions.read import never_known
from boshi.server.interactions.written import asked_version
from boshi.server.refusal import Refused


async def delete(call: Call) -> Answer:
    """DELETE {type}/{id}. 204 also where it was deleted before; 404 never known, 409 referenced, 412.

    Not done: conditional delete (DELETE {type}?…).
    """
    version = asked_version(call.headers)
    written = await call.repository.delete(call.type, call.id, if_match=version)
    if written is None:
        raise Refused(404, [never_known(call.type, call.id)])
    return Answer(204, headers={"etag": f'W/"{written.stored.version}"'}, stored=written.stored)
