"""Syntax tree -> closures. Everything that can be known without data is decided here, once."""

from typing import Final

from boshi.fhir.path.arithmetic import negative
from boshi.fhir.path.functions import FUNCTIONS, Function
from boshi.fhir.path.node import (
    EMPTY,
    Closure,
    Node,
    Nodes,
    Scope,
    boolean,
    children_named,
    single,
    single_integer,
)
from boshi.fhir.path.operators import binary
from boshi.fhir.path.problem import EvaluationError, SyntaxProblem
from boshi.fhir.path.quantities import quantity
from boshi.fhir.path.syntax import (
    Binary,
    Call,
    Indexer,
    Invocation,
    Literal,
    Member,
    Polarity,
    QuantityLiteral,
    Syntax,
    TypeTest,
    Variable,
)
from boshi.fhir.path.type_tests import filtered, is_type
from boshi.fhir.type_model import access, is_kind_of, resolved_type


def compiled(tree: Syntax) -> Closure:
    """The closure of a tree; SyntaxProblem for an unknown function, type or number of arguments."""
    match tree:
        case Literal(value, type_name):
            return _constant(
                [] if not type_name and value is None else [Node(value, type_name or _type_of(value))]
            )
        case QuantityLiteral(value, unit, calendar):
            return _constant([quantity(value, unit, calendar=calendar)])
        case Member(name):
            return _first_member(name)
        case Variable(name):
            return _variable(name)
        case Call():
            return _call(tree, None)
        case Invocation(target, step):
            return _invocation(compiled(target), step)
        case Indexer(target, index):
            return _indexer(compiled(target), compiled(index))
        case Polarity(sign, operand):
            return _signed(sign, compiled(operand))
        case TypeTest(operator, operand, type_name):
            return _type_test(operator, compiled(operand), type_name)
        case Binary(operator, left, right):
            return binary(operator, compiled(left), compiled(right))


def _type_of(value: object) -> str:
    return "System.Boolean" if isinstance(value, bool) else "System.Integer"


def _constant(nodes: Nodes) -> Closure:
    return lambda _scope, _focus: nodes


def members(nodes: Nodes, name: str) -> Nodes:
    """The children called `name` of every node."""
    found: Nodes = []
    for node in nodes:
        properties = access(node.type, name)
        if properties:
            found += children_named(node, properties)
    return found


def _first_member(name: str) -> Closure:
    """A name at the beginning: the type of the input itself, or an element."""
    is_type_name = name[:1].isupper() and resolved_type(name) is not None

    def first(_scope: Scope, focus: Nodes) -> Nodes:
        if is_type_name and focus and (focus[0].type == name or is_kind_of(focus[0].type, name)):
            return focus
        return members(focus, name)

    return first


def _invocation(target: Closure, step: Member | Call | Variable) -> Closure:
    if isinstance(step, Member):
        name = step.name
        return lambda scope, focus: members(target(scope, focus), name)
    if isinstance(step, Call):
        return _call(step, target)
    raise SyntaxProblem(f"{step.name} cannot stand behind a dot", f"{step.name} はドットの後に書けません")


def _variable(name: str) -> Closure:
    if name == "$this":
        return lambda scope, _focus: scope.this
    if name == "$index":
        return lambda scope, _focus: [Node(scope.index, "System.Integer")]
    if name == "$total":
        return lambda scope, _focus: scope.total
    if name in ("context", "resource", "rootResource"):
        return lambda scope, _focus: [scope.root]
    constant = _CONSTANTS.get(name) or _prefixed(name)
    if constant is not None:
        return _constant([Node(constant, "System.String")])
    return lambda scope, _focus: _looked_up(scope, name)


_CONSTANTS: Final = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}


def _prefixed(name: str) -> str | None:
    for prefix, path in (("vs-", "ValueSet"), ("ext-", "StructureDefinition")):
        if name.startswith(prefix):
            return f"http://hl7.org/fhir/{path}/{name.removeprefix(prefix)}"
    return None


def _looked_up(scope: Scope, name: str) -> Nodes:
    if name not in scope.variables:
        raise EvaluationError(f"the variable %{name} is not defined")
    return scope.variables[name]


def _indexer(target: Closure, index: Closure) -> Closure:
    def indexed(scope: Scope, focus: Nodes) -> Nodes:
        nodes, at = target(scope, focus), single_integer(index(scope, scope.this))
        return EMPTY if at is None or not 0 <= at < len(nodes) else [nodes[at]]

    return indexed


def _signed(sign: str, operand: Closure) -> Closure:
    if sign == "-":
        return lambda scope, focus: negative(operand(scope, focus))
    return operand


def _type_test(operator: str, operand: Closure, name: str) -> Closure:
    type_name = _known_type(name)
    if operator == "as":
        return lambda scope, focus: filtered(operand(scope, focus), type_name)

    def test(scope: Scope, focus: Nodes) -> Nodes:
        node = single(operand(scope, focus))
        return EMPTY if node is None else boolean(is_type(node, type_name))

    return test


def _known_type(name: str) -> str:
    found = resolved_type(name)
    if found is None:
        raise SyntaxProblem(f"there is no type {name}", f"{name} という型はありません")
    return found


def _call(call: Call, target: Closure | None) -> Closure:
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise SyntaxProblem(
            f"there is no function {call.name}(); there are: {', '.join(sorted(FUNCTIONS))}",
            f"関数 {call.name}() はありません。使えるのは {', '.join(sorted(FUNCTIONS))} です",
        )
    _check_arguments(call, function)
    run = function.run
    source = target or (lambda _scope, focus: focus)
    if function.form == "type":
        type_name = _known_type(_specified(call.arguments[0]))
        return lambda scope, focus: run(source(scope, focus), type_name)
    if function.form == "sorting":
        orders = [_sort_order(argument) for argument in call.arguments]
        return lambda scope, focus: run(scope, source(scope, focus), *orders)
    arguments = [compiled(argument) for argument in call.arguments]
    if function.form == "expressions":
        return lambda scope, focus: run(scope, source(scope, focus), *arguments)
    if not arguments:
        return lambda scope, focus: run(source(scope, focus))

    def applied(scope: Scope, focus: Nodes) -> Nodes:
        given = [argument(scope, scope.this) for argument in arguments]
        return run(source(scope, focus), *given)

    return applied


def _sort_order(argument: Syntax) -> tuple[Closure, bool]:
    if isinstance(argument, Polarity) and argument.sign == "-":
        return compiled(argument.operand), True
    return compiled(argument), False


def _check_arguments(call: Call, function: Function) -> None:
    if not function.least <= len(call.arguments) <= function.most:
        wanted = (
            f"{function.least}" if function.least == function.most else f"{function.least}-{function.most}"
        )
        raise SyntaxProblem(
            f"{call.name}() takes {wanted} arguments, found {len(call.arguments)}",
            f"{call.name}() の引数は {wanted} 個です（{len(call.arguments)} 個あります）",
        )


def _specified(argument: Syntax) -> str:
    match argument:
        case Member(name):
            return name
        case Invocation(target, Member(name)):
            return f"{_specified(target)}.{name}"
    raise SyntaxProblem("a type name was expected as the argument", "引数には型の名前が必要です")
