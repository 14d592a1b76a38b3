"""An admitted resource as bytes: what goes between processes, and waits, for a quarter of the cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import bson
import msgspec

from boshi.fhir.codec import encode
from boshi.fhir.outcome import Resource
from boshi.server.admission import Admitted

_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Packed:
    """As `Admitted`, but for `resource` and `entries`, which are read from bytes each time they are asked for."""

    key: str
    digest: bytes
    references: frozenset[str]
    size: int
    identifiers: tuple[str, ...]
    body: bytes
    index: bytes

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.key.split("/", 1)[0]

    @property
    def resource(self) -> Resource:
        """The resource, decoded anew."""
        return _DECODER.decode(self.body)

    def admitted(self) -> Admitted:
        """What was packed."""
        kind, id = self.key.split("/", 1)
        entries: Mapping[str, Any] = bson.decode(self.index)
        identifiers = frozenset(self.identifiers)
        return Admitted(
            kind, id, self.resource, self.digest, entries, self.references, identifiers, self.size
        )


def packed(admitted: Admitted) -> Packed:
    """An admitted resource as bytes."""
    return Packed(
        admitted.key,
        admitted.digest,
        admitted.references,
        admitted.size,
        tuple(admitted.identifiers),
        encode(admitted.resource),
        bson.encode(admitted.entries),
    )
