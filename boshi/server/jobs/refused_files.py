"""A file that is refused as a whole: nothing of it was taken."""

from dataclasses import replace
from pathlib import Path

from boshi.fhir.outcome import Issue
from boshi.server.refusal import Refused


class FileRefused(Refused):
    """Why nothing of the file at `path` was taken, what was expected, and what to do."""

    def __init__(self, path: Path, *issues: Issue) -> None:
        self.path = path
        super().__init__(422, [replace(issue, expression=_place(path, issue)) for issue in issues])


def _place(path: Path, issue: Issue) -> str:
    return f"{path.name} {issue.expression}".strip()
