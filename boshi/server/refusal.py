"""The one exception of the edge: a request that is refused, with its status and its reasons."""

from collections.abc import Iterable, Mapping

from boshi.fhir.outcome import Issue


class Refused(Exception):
    """Becomes an OperationOutcome with `status`; `headers` go out with it (Retry-After, Allow …)."""

    def __init__(
        self, status: int, issues: Iterable[Issue], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.issues = tuple(issues)
        self.headers = dict(headers or {})
        super().__init__("; ".join(issue.text for issue in self.issues))
