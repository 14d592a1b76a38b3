"""Problems as values, and the OperationOutcome that tells them (R4 §2.31)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Resource: TypeAlias = dict[str, Any]
"""A decoded resource: plain JSON types, with Decimal for every number that is not an integer."""

Severity: TypeAlias = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: `code` is from IssueType, `expression` a FHIRPath location ("" = the whole).

    The texts say what was found, what was expected and what to do.
    """

    severity: Severity
    code: str
    text: str
    text_ja: str
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Problems:
    """What a pure function returns instead of its result when the input cannot be used."""

    issues: tuple[Issue, ...]


def error(code: str, text: str, text_ja: str, expression: str = "") -> Issue:
    """An issue of severity error."""
    return Issue("error", code, text, text_ja, expression)


def has_error(issues: Iterable[Issue]) -> bool:
    """Whether any issue is an error or fatal."""
    return any(issue.severity in ("error", "fatal") for issue in issues)


def operation_outcome(issues: Iterable[Issue]) -> Resource:
    """The OperationOutcome resource of the issues: Japanese in `details.text`, English in `diagnostics`."""
    return {"resourceType": "OperationOutcome", "issue": [_outcome_issue(issue) for issue in issues]}


def _outcome_issue(issue: Issue) -> Resource:
    told: Resource = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": issue.text_ja},
        "diagnostics": issue.text,
    }
    if issue.expression:
        told["expression"] = [issue.expression]
    return told
