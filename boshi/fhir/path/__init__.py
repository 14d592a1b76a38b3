"""FHIRPath (N1) over decoded resources: an expression is compiled once into closures and run many times.

`compile_path` gives a Path or Problems; nothing unknown is passed over in silence.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from boshi.fhir.outcome import Problems, Resource, error
from boshi.fhir.path.compiling import compiled
from boshi.fhir.path.node import Closure, Node, Nodes, Resolver, Scope
from boshi.fhir.path.parser import parse
from boshi.fhir.path.problem import EvaluationError, SyntaxProblem

__all__ = ["EvaluationError", "Node", "Path", "compile_path"]


class Path:
    """A compiled expression."""

    __slots__ = ("_run", "expression")

    def __init__(self, expression: str, run: Closure) -> None:
        self.expression = expression
        self._run = run

    def __repr__(self) -> str:
        return f"Path({self.expression!r})"

    def evaluate(
        self,
        resource: Resource,
        *,
        variables: Mapping[str, Nodes] | None = None,
        resolver: Resolver | None = None,
        now: datetime | None = None,
    ) -> list[Node]:
        """The nodes that the expression finds in the resource, in document order.

        `resolver` gives the resource for the text of a reference, `variables` the %variables, `now` the time
        for now(), today() and timeOfDay(). Raises EvaluationError where the data does not fit the expression
        (two items where one is needed).
        """
        return self.evaluate_node(Node(resource, str(resource.get("resourceType"))), variables, resolver, now)

    def evaluate_node(
        self,
        node: Node,
        variables: Mapping[str, Nodes] | None = None,
        resolver: Resolver | None = None,
        now: datetime | None = None,
    ) -> list[Node]:
        """As `evaluate`, from any node: an element of a resource."""
        scope = Scope(node, resolver, variables or {}, now)
        return self._run(scope, scope.this)


@lru_cache(maxsize=4096)
def compile_path(expression: str) -> Path | Problems:
    """Compiles a FHIRPath expression; Problems name what is wrong with it and where."""
    try:
        return Path(expression, compiled(parse(expression)))
    except SyntaxProblem as problem:
        where = "" if problem.position is None else f" at position {problem.position}"
        place = "" if problem.position is None else f"（{problem.position} 文字目）"
        return Problems(
            (
                error(
                    "invalid",
                    f"The FHIRPath expression {expression!r} cannot be used{where}: {problem.text}.",
                    f"FHIRPath 式 {expression!r} は使えません{place}: {problem.text_ja}。",
                ),
            )
        )
