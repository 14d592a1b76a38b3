"""Elements that many resources share, such as codes and references: found right once, they are known."""

from typing import Any, Final

from boshi.fhir.familiar import Familiar, encoded
from boshi.fhir.structure.found import Check, Found

_SHARED: Final = frozenset(("Meta", "CodeableConcept", "Coding", "Reference", "Period"))
_EXTENDED: Final = b'"extension"'
"""Here an integer may stand, and JSON does not tell 1 from a Decimal that is written 1."""


def shared(check: Check, type_name: str) -> Check:
    """The check of an element, or of a list of them, that passes over what it found right before."""
    if type_name not in _SHARED:
        return check
    right: Familiar[bool] = Familiar()

    def check_unless_known(value: Any) -> list[Found] | None:
        if type(value) is not dict and type(value) is not list:
            return check(value)
        key = encoded(value)
        if key in right:
            return None
        found = check(value)
        if found is None and _EXTENDED not in key:
            right.keep(key, True)
        return found

    return check_unless_known
