"""Where in a resource an expression can begin: to skip expressions that cannot find anything."""

from typing import Final

from boshi.fhir.path.syntax import Binary, Call, Indexer, Invocation, Member, Syntax, TypeTest
from boshi.fhir.type_model import access, is_kind_of, is_primitive, resolved_type

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


def root_properties(tree: Syntax, type_name: str) -> frozenset[str] | None:
    """The JSON properties without any of which the expression is empty; None if that is not known.

    `(Observation.value as Quantity)` gives {"valueQuantity"}, `Patient.birthDate` {"birthDate", "_birthDate"}.
    """
    match tree:
        case Binary("|", left, right):
            one, other = root_properties(left, type_name), root_properties(right, type_name)
            return None if one is None or other is None else one | other
        case TypeTest("as", Invocation(Member(_), Member(_)) as target, asked):
            return _properties(target, type_name, resolved_type(asked))
        case Invocation(target, Member()) if isinstance(target, TypeTest | Invocation):
            return root_properties(target, type_name)
    return _properties(tree, type_name, None)


def _properties(tree: Syntax, type_name: str, asked: str | None) -> frozenset[str] | None:
    elements = root_elements(tree, type_name)
    if elements is None:
        return None
    written = [pair for element in elements for pair in access(type_name, element).items()]
    names = {name for name, kind in written if asked is None or is_kind_of(kind, asked)}
    return frozenset(names | {f"_{name}" for name, kind in written if name in names and is_primitive(kind)})
