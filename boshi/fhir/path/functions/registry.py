"""How a FHIRPath function is declared: its name, its arguments, what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from boshi.fhir.path.node import Nodes

Form: TypeAlias = Literal["values", "expressions", "sorting", "type"]


@dataclass(frozen=True, slots=True)
class Function:
    """What `run` takes, by `form`: values: (input, *argument values); type: (input, type name);

    expressions: (scope, input, *argument closures); sorting: the same with (closure, descending) pairs.
    """

    form: Form
    least: int
    most: int
    run: Callable[..., Nodes]


FUNCTIONS: Final[dict[str, Function]] = {}


def function(
    name: str, least: int = 0, most: int | None = None, form: Form = "values"
) -> Callable[[Callable[..., Nodes]], Callable[..., Nodes]]:
    """Declares the decorated callable as the FHIRPath function `name` with so many arguments."""

    def declare(run: Callable[..., Nodes]) -> Callable[..., Nodes]:
        FUNCTIONS[name] = Function(form, least, least if most is None else most, run)
        return run

    return declare
