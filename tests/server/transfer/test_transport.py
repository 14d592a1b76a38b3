"""A town at the other end that is broken or means ill: no address but its door is ever asked."""

import httpx
import pytest

from boshi.server.transfer import HttpTransport, Town, directory_of
from boshi.server.transfer.transport import Declined, Interrupted

DOOR = "https://a.example.jp/transfer"
DIRECTORY = directory_of([Town("401005", "北九州市", DOOR)])
TASK = {"resourceType": "Task", "status": "requested"}


def transport(answer: httpx.Response, asked: list[str]) -> HttpTransport:
    def answering(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer

    return HttpTransport(httpx.AsyncClient(transport=httpx.MockTransport(answering)), DIRECTORY)


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/secret",
        "//evil.example.jp/requests/1",
        "/admin",
        "/transfer/requests",
        "",
        "/transfer/requestsx/1",
    ],
)
async def test_a_location_outside_of_the_door_is_refused(location: str) -> None:
    asked: list[str] = []
    answer = httpx.Response(202, json=TASK, headers={"content-location": location})
    with pytest.raises(Declined):
        await transport(answer, asked).send("401005", b"{}")
    assert asked == [f"{DOOR}/requests"]


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []
    answer = httpx.Response(307, headers={"location": "http://10.0.0.1/"})
    with pytest.raises(Declined):
        await transport(answer, asked).fetch("401005", "/requests/1")
    assert asked == [f"{DOOR}/requests/1/document"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
async def test_a_town_in_trouble_is_asked_again_later(status: int) -> None:
    with pytest.raises(Interrupted):
        await transport(httpx.Response(status), []).status("401005", "/requests/1")


async def test_an_answer_that_is_no_task_is_asked_for_again() -> None:
    with pytest.raises(Interrupted):
        await transport(httpx.Response(200, text="<html>login</html>"), []).status("401005", "/requests/1")


async def test_a_town_that_is_not_listed_is_not_asked() -> None:
    asked: list[str] = []
    with pytest.raises(Declined):
        await transport(httpx.Response(202, json=TASK), asked).send("131016", b"{}")
    assert asked == []
