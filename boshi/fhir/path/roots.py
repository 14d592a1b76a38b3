"""Which elements of a resource an expression can begin at: to skip expressions that cannot find anything."""

from typing import Final

from boshi.fhir.path.syntax import Binary, Call, Indexer, Invocation, Member, Syntax, TypeTest

_EMPTY_FOR_EMPTY: Final = frozenset(
    {"where", "select", "extension", "resolve", "as", "ofType", "first", "last", "tail", "skip", "take"}
)


def root_elements(tree: Syntax, type_name: str) -> frozenset[str] | None:
    """The elements of the resource without any of which the expression is empty; None if that is not known.

    `Observation.code | Observation.component.code` gives {"code", "component"}.
    """
    match tree:
        case Binary("|", left, right):
            one, other = root_elements(left, type_name), root_elements(right, type_name)
            return None if one is None or other is None else one | other
        case Invocation(Member(root), Member(name)) if root in (type_name, "Resource", "DomainResource"):
            return frozenset({name})
        case Invocation(Member(root), Call("extension")) if root in (type_name, "Resource", "DomainResource"):
            return frozenset({"extension"})
        case Invocation(target, Member()) | Indexer(target, _) | TypeTest("as", target, _):
            return root_elements(target, type_name)
        case Invocation(target, Call(name)) if name in _EMPTY_FOR_EMPTY:
            return root_elements(target, type_name)
    return None
