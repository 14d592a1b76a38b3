"""How a request travels. The protocol knows only `Transport`: the network today, a sealed file another day."""

from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from boshi.fhir.codec import decode, encode
from boshi.fhir.outcome import Problems, Resource
from boshi.server.transfer.towns import Directory

FHIR_JSON: Final = "application/fhir+json"
_TEMPORARY: Final = frozenset({408, 425, 429})


class Interrupted(Exception):
    """The other town was not reached, or did not answer to the end. Nothing is lost: go on later."""


class Declined(Exception):
    """The other town refused with this status; `text` is its own reason."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(f"{status} {text}")


@dataclass(frozen=True, slots=True)
class Told:
    """A Task that the other town told, and where it tells it."""

    location: str
    task: Resource


class Transport(Protocol):
    """Carries one request through its four steps. Each raises Interrupted or Declined, and may be repeated."""

    async def send(self, town: str, parameters: bytes) -> Told:
        """Hand the request over; resending the same gives the same Task."""
        ...

    async def status(self, town: str, location: str) -> Told:
        """The Task as it is now."""
        ...

    async def fetch(self, town: str, location: str) -> bytes:
        """The document, the same bytes at every fetch."""
        ...

    async def confirm(self, town: str, location: str, digest: str) -> Told:
        """Say that the document with this digest was stored."""
        ...


class HttpTransport:
    """The network: the doors of the towns in the directory, and no other address, whatever an answer says."""

    def __init__(self, client: httpx.AsyncClient, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    async def send(self, town: str, parameters: bytes) -> Told:
        """POST {door}/requests."""
        door = self._door(town)
        answer = await self._ask("POST", f"{door}/requests", parameters)
        location = urljoin(f"{door}/requests", answer.headers.get("content-location", ""))
        if not location.startswith(f"{door}/requests/"):
            raise Declined(502, f"the answer points outside of {door}")
        return Told(location.removeprefix(door), _task(answer))

    async def status(self, town: str, location: str) -> Told:
        """GET {door}{location}."""
        return Told(location, _task(await self._ask("GET", self._door(town) + location)))

    async def fetch(self, town: str, location: str) -> bytes:
        """GET {door}{location}/document, whole."""
        answer = await self._ask("GET", f"{self._door(town)}{location}/document")
        return answer.content

    async def confirm(self, town: str, location: str, digest: str) -> Told:
        """POST {door}{location}/receipt."""
        receipt: Resource = {
            "resourceType": "Parameters",
            "parameter": [{"name": "sha256", "valueString": digest}],
        }
        answer = await self._ask("POST", f"{self._door(town)}{location}/receipt", encode(receipt))
        return Told(location, _task(answer))

    def _door(self, town: str) -> str:
        known = self._directory.get(town)
        if known is None or not urlsplit(known.base_url).netloc:
            raise Declined(404, f"{town} is not in the directory of towns / 自治体の一覧にありません")
        return known.base_url

    async def _ask(self, method: str, url: str, body: bytes | None = None) -> httpx.Response:
        headers = {"accept": FHIR_JSON}
        if body is not None:
            headers["content-type"] = FHIR_JSON
        try:
            answer = await self._client.request(
                method, url, content=body, headers=headers, follow_redirects=False
            )
        except httpx.HTTPError as problem:
            raise Interrupted(
                f"the town was not reached ({type(problem).__name__}: {problem}); run it again later / "
                "相手の自治体に接続できません。後でもう一度実行してください"
            ) from problem
        if answer.status_code >= 500 or answer.status_code in _TEMPORARY:
            raise Interrupted(
                f"the town is in trouble (HTTP {answer.status_code}); run it again later / "
                "相手の自治体のサーバーが応答できません。後でもう一度実行してください"
            )
        if answer.status_code >= 300:
            raise Declined(answer.status_code, _reason(answer))
        return answer


def _task(answer: httpx.Response) -> Resource:
    task = decode(answer.content)
    if isinstance(task, Problems) or task.get("resourceType") != "Task":
        raise Interrupted("the answer is not a Task / 回答が Task ではありません")
    return task


def _reason(answer: httpx.Response) -> str:
    told = decode(answer.content)
    issues = [] if isinstance(told, Problems) else told.get("issue", [])
    texts = [str(issue.get("diagnostics", "")) for issue in issues if isinstance(issue, dict)]
    return "; ".join(texts)[:500] or f"HTTP {answer.status_code}"
