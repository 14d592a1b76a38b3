"""A file that is refused as a whole: nothing of it was taken."""

from pathlib import Path

from boshi.fhir.outcome import error
from boshi.server.refusal import Refused


class FileRefused(Refused):
    """Why nothing of a file was taken, what was expected, and what to do. `path` is the file."""

    def __init__(self, path: Path, text: str, text_ja: str, code: str = "invalid") -> None:
        self.path = path
        super().__init__(422, [error(code, text, text_ja, path.name)])
