"""FHIRPath text -> tokens."""

import re
from dataclasses import dataclass
from typing import Final

from boshi.fhir.path.problem import SyntaxProblem

_DATE: Final = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
_TIME: Final = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_TOKEN: Final = re.compile(
    rf"""(?P<space>\s+|//[^\n\r]*|/\*.*?\*/)
    |(?P<datetime>@{_DATE}T(?:{_TIME}(?:Z|[+-]\d\d:\d\d)?)?)
    |(?P<date>@{_DATE})
    |(?P<time>@T{_TIME})
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<string>'(?:\\.|[^'\\])*')
    |(?P<quoted>`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*")
    |(?P<variable>\$\w+)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<symbol><=|>=|!=|!~|[()\[\]{{}}.,|&+\-*/=<>~%])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED: Final = {
    "'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is a group name of the lexer, or "end"; `text` is unescaped and without delimiters."""

    kind: str
    text: str
    position: int


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression and an end token; SyntaxProblem for a character that belongs to none."""
    found: list[Token] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise SyntaxProblem(
                f"the character {expression[position]!r} begins nothing that FHIRPath knows",
                f"文字 {expression[position]!r} は FHIRPath のどの要素の始まりでもありません",
                position,
            )
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, _text(kind, match.group()), position))
        position = match.end()
    found.append(Token("end", "", position))
    return found


def _text(kind: str, raw: str) -> str:
    if kind in ("string", "quoted"):
        return _ESCAPE.sub(_unescaped, raw[1:-1])
    return raw.lstrip("@") if kind in ("date", "datetime") else raw[2:] if kind == "time" else raw


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    if escape not in _ESCAPED:
        raise SyntaxProblem(
            f"\\{escape} is no escape sequence; write \\\\ for a backslash",
            f"\\{escape} はエスケープとして使えません。\\ そのものは \\\\ と書きます",
            match.start(),
        )
    return _ESCAPED[escape]
