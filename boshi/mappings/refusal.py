"""A file that is refused whole, before anything of it is taken."""

from boshi.fhir.outcome import Issue


class FileRefused(Exception):
    """The file cannot be read with this layout; `issues` say what was found, where and what to do."""

    def __init__(self, *issues: Issue) -> None:
        self.issues = issues
        super().__init__("; ".join(issue.text for issue in issues))
