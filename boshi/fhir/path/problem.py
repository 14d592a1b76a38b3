"""What goes wrong with an expression: when it is compiled, and when it meets data."""


class SyntaxProblem(Exception):
    """The expression cannot be compiled. Raised inside the package only: `compile_path` returns Problems."""

    def __init__(self, text: str, text_ja: str, position: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.text_ja = text_ja
        self.position = position


class EvaluationError(ValueError):
    """The expression cannot be applied to this data: an operation refuses a type or a number of items."""
