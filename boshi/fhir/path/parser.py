"""FHIRPath tokens -> syntax tree: operator precedence parsing (Pratt)."""

from decimal import Decimal
from typing import Final

from boshi.fhir.path.lexer import Token, tokens
from boshi.fhir.path.problem import SyntaxProblem
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

_LEVELS: Final = (
    ("implies",), ("or", "xor"), ("and",), ("in", "contains"), ("=", "~", "!=", "!~"),
    ("<", "<=", ">", ">="), ("|",), ("is", "as"), ("+", "-", "&"), ("*", "/", "div", "mod"),
)  # fmt: skip
_STRENGTH: Final = {operator: level for level, group in enumerate(_LEVELS, 1) for operator in group}
_SIGN_STRENGTH: Final = len(_LEVELS) + 1
_DEEPEST: Final = 100
CALENDAR_UNITS: Final = frozenset(
    unit + plural
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for plural in ("", "s")
)
_LITERAL_TYPES: Final = {
    "string": "System.String",
    "date": "System.Date",
    "datetime": "System.DateTime",
    "time": "System.Time",
}


def parse(expression: str) -> Syntax:
    """The tree of a whole expression, or SyntaxProblem with the position."""
    parser = _Parser(tokens(expression))
    tree = parser.expression(0)
    parser.expect("end", "", "the end of the expression", "式の終わり")
    return tree


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def expression(self, weakest: int) -> Syntax:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise SyntaxProblem(
                f"the expression is nested deeper than {_DEEPEST} levels",
                f"式の入れ子が {_DEEPEST} 段を超えています",
            )
        left = self._signed()
        while (strength := self._strength()) > weakest:
            left = self._operation(left, strength)
        self._depth -= 1
        return left

    def expect(self, kind: str, text: str, wanted: str, wanted_ja: str) -> Token:
        token = self._tokens[self._at]
        if token.kind != kind or (text and token.text != text):
            found = token.text or "the end"
            raise SyntaxProblem(
                f"found {found!r} where {wanted} was expected",
                f"{wanted_ja}があるべき所に {token.text or '式の終わり'!r} があります",
                token.position,
            )
        self._at += 1
        return token

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _takes(self, symbol: str) -> bool:
        token = self._tokens[self._at]
        if token.kind == "symbol" and token.text == symbol:
            self._at += 1
            return True
        return False

    def _strength(self) -> int:
        token = self._tokens[self._at]
        return _STRENGTH.get(token.text, 0) if token.kind in ("symbol", "word") else 0

    def _operation(self, left: Syntax, strength: int) -> Syntax:
        operator = self._next().text
        if operator in ("is", "as"):
            return TypeTest(operator, left, self._type_name())
        return Binary(operator, left, self.expression(strength))

    def _type_name(self) -> str:
        name = self._name()
        while self._takes("."):
            name += "." + self._name()
        return name

    def _signed(self) -> Syntax:
        for sign in "+-":
            if self._takes(sign):
                return Polarity(sign, self.expression(_SIGN_STRENGTH))
        return self._postfixed()

    def _postfixed(self) -> Syntax:
        tree = self._term()
        while True:
            if self._takes("."):
                tree = Invocation(tree, self._step())
            elif self._takes("["):
                tree = Indexer(tree, self.expression(0))
                self.expect("symbol", "]", "]", "]")
            else:
                return tree

    def _term(self) -> Syntax:
        token = self._tokens[self._at]
        if self._takes("("):
            tree = self.expression(0)
            self.expect("symbol", ")", ")", ")")
            return tree
        if self._takes("{"):
            self.expect("symbol", "}", "}", "}")
            return Literal(None, "")
        if self._takes("%"):
            return Variable(self._external())
        if token.kind == "number":
            return self._number()
        if token.kind in _LITERAL_TYPES:
            return Literal(self._next().text, _LITERAL_TYPES[token.kind])
        if token.kind == "word" and token.text in ("true", "false"):
            return Literal(self._next().text == "true", "System.Boolean")
        return self._step()

    def _number(self) -> Syntax:
        text = self._next().text
        value = Decimal(text) if "." in text else int(text)
        unit = self._tokens[self._at]
        if unit.kind == "string":
            return QuantityLiteral(value, self._next().text, calendar=False)
        if unit.kind == "word" and unit.text in CALENDAR_UNITS:
            return QuantityLiteral(value, self._next().text, calendar=True)
        return Literal(value, "System.Decimal" if "." in text else "System.Integer")

    def _external(self) -> str:
        if self._tokens[self._at].kind in ("string", "quoted"):
            return self._next().text
        name = self.expect("word", "", "the name of a variable", "変数名").text
        while self._tokens[self._at].text == "-" and self._tokens[self._at + 1].kind == "word":
            self._at += 1
            name += "-" + self._next().text
        return name

    def _step(self) -> Member | Call | Variable:
        if self._tokens[self._at].kind == "variable":
            return self._this_or_index()
        name = self._name()
        if self._takes("("):
            return Call(name, self._arguments())
        return Member(name)

    def _this_or_index(self) -> Variable:
        token = self._next()
        if token.text not in ("$this", "$index", "$total"):
            raise SyntaxProblem(
                f"{token.text} is unknown; there are $this, $index and $total",
                f"{token.text} はありません。使えるのは $this、$index、$total です",
                token.position,
            )
        return Variable(token.text)

    def _name(self) -> str:
        if self._tokens[self._at].kind == "quoted":
            return self._next().text
        return self.expect("word", "", "a name", "名前").text

    def _arguments(self) -> tuple[Syntax, ...]:
        if self._takes(")"):
            return ()
        arguments = [self.expression(0)]
        while self._takes(","):
            arguments.append(self.expression(0))
        self.expect("symbol", ")", ") or ,", ") または ,")
        return tuple(arguments)
