"""Whatever comes in: a 4xx with an OperationOutcome that says what is wrong, never a 5xx, nothing half done."""

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.blackbox.families import created, mother, places, refused

JSON = {"content-type": "application/fhir+json"}
MY_NUMBER = "123456789018"


def check_digit_of(eleven: str) -> str:
    weights = [*range(6, 1, -1), *range(7, 1, -1)]
    rest = sum(int(digit) * weight for digit, weight in zip(eleven, weights, strict=True)) % 11
    return str(0 if rest <= 1 else 11 - rest)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"12",
        b'"Patient"',
        b"{",
        b'{"resourceType":"Patient"',
        b'{"resourceType":"Patient",}',
        b"{'resourceType':'Patient'}",
        b'{"resourceType":"Patient"} trailing',
        b'{"resourceType":"Patient","active":NaN}',
        b'{"resourceType":"Patient","gender":"male","gender":"female"}',
        b'{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}',
        b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
        b'{"resourceType":"Patient","name":[{"family":"a\x00b"}]}',
        b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
        b'{"resourceType":"Patient","name":[{"family":"\xff\xfe"}]}',
        '{"resourceType":"Patient","name":[{"family":"山田"}]}'.encode("cp932"),
        '{"resourceType":"Patient"}'.encode("utf-16"),
        b'{"resourceType":"Patient","multipleBirthInteger":1e400000000}',
        b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"resourceType":"Patient","extension":' + b'[{"extension":' * 5000 + b"[]" + b"}]" * 5000 + b"}",
        b"<Patient/>",
        b"resourceType=Patient",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_resource_in_json_is_400(fhir: httpx.Client, body: bytes) -> None:
    refused(fhir.post("/Patient", content=body, headers=JSON), 400)
    refused(fhir.put("/Patient/bad-input", content=body, headers=JSON), 400)
    refused(fhir.post("/", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "花子"},
        {"name": []},
        {"name": [{}]},
        {"name": [None]},
        {"name": [[{"family": "x"}]]},
        {"name": [{"family": ""}]},
        {"name": [{"family": 5}]},
        {"active": "true"},
        {"active": 1},
        {"gender": None},
        {"birthDate": "2026-02-30"},
        {"birthDate": "R8.11.1"},
        {"deceasedBoolean": False, "deceasedDateTime": "2026"},
        {"multipleBirthInteger": 1.5},
        {"multipleBirthInteger": 99999999999},
        {"contained": [{"resourceType": "Nonsense"}]},
        {"contained": [{}]},
        {"contact": [{"name": {"familly": "x"}}]},
        {"_birthDate": {"colour": 1}},
        {"photo": [{"data": "not base64!"}]},
        {"managingOrganization": {"reference": 5}},
        {"meta": {"lastUpdated": "now"}},
        {"meta": []},
        {"id": {"value": 1}},
        {"text": {"status": "generated", "div": "<script>alert(1)</script>"}},
        {"extension": [{"valueString": "no url"}]},
        {"identifier": [{"use": "mine"}]},
    ],
    ids=lambda wrong: json.dumps(wrong, ensure_ascii=False)[:50],
)
def test_what_breaks_the_structure_is_400_with_its_place(
    fhir: httpx.Client, mark: str, wrong: dict[str, Any]
) -> None:
    issues = refused(fhir.put(f"/Patient/{mark}", json={"id": mark, **mother(), **wrong}), 400)
    name = next(iter(wrong)).removeprefix("_")
    if name not in ("id", "deceasedBoolean"):
        assert any(name.removesuffix("Integer") in place for place in places(issues)), issues
    refused(fhir.get(f"/Patient/{mark}"), 404)


@pytest.mark.parametrize(
    "type", [None, 5, "", "patient", "HumanName", "Resource", "DomainResource", ["Patient"]]
)
def test_a_resource_type_that_is_none_is_400(fhir: httpx.Client, type: object) -> None:
    refused(fhir.post("/Patient", json={**mother(), "resourceType": type}), 400)


@pytest.mark.parametrize("type", ["HumanName", "Resource", "DomainResource", "patient", "Parameters2", "𠮷"])
def test_a_type_without_an_end_point_is_404(fhir: httpx.Client, type: str) -> None:
    refused(fhir.get(f"/{type}"), 404)
    refused(fhir.post(f"/{type}", json=mother()), 404)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/fhir+xml", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/fhir+json; charset=shift_jis", "application/fhir+json; fhirVersion=5.0", "nonsense"],
)  # fmt: skip
def test_a_media_type_that_is_not_taken_is_415(fhir: httpx.Client, content_type: str) -> None:
    body = json.dumps(mother()).encode()
    refused(fhir.post("/Patient", content=body, headers={"content-type": content_type}), 415)


@pytest.mark.parametrize(
    "content_type",
    ["application/fhir+json", "application/json", "APPLICATION/FHIR+JSON; Charset=UTF-8",
     "application/fhir+json; fhirVersion=4.0"],
)  # fmt: skip
def test_the_json_media_types_are_taken(fhir: httpx.Client, content_type: str) -> None:
    body = json.dumps(mother()).encode()
    created(fhir.post("/Patient", content=body, headers={"content-type": content_type}))


@pytest.mark.parametrize(
    ("accept", "format"),
    [("application/fhir+xml", ""), ("text/turtle", ""), ("application/fhir+json;q=0", ""), ("text/csv, image/*", ""),
     ("*/*", "xml"), ("*/*", "application/fhir+xml"), ("application/fhir+json; fhirVersion=5.0", ""), ("", "html")],
)  # fmt: skip
def test_a_format_that_is_not_offered_is_406(fhir: httpx.Client, accept: str, format: str) -> None:
    params = {"_format": format} if format else {}
    issues = refused(fhir.get("/metadata", headers={"accept": accept}, params=params), 406)
    assert "application/fhir+json" in issues[0]["diagnostics"]


@pytest.mark.parametrize(
    ("accept", "format"),
    [("application/fhir+json", ""), ("application/json", ""), ("text/html, application/xhtml+xml, */*;q=0.8", ""),
     ("application/fhir+xml", "json"), ("*/*", "application/fhir+json"), ("*/*", "application/json"),
     ("*/*", "text/json"),
     ("application/fhir+json; fhirVersion=4.0", ""), ("application/*;q=0.1", "")],
)  # fmt: skip
def test_the_json_formats_are_offered(fhir: httpx.Client, accept: str, format: str) -> None:
    params = {"_format": format} if format else {}
    answer = fhir.get("/metadata", headers={"accept": accept}, params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json; fhirVersion=4.0"


def test_sixteen_megabytes_are_413(fhir: httpx.Client) -> None:
    large = json.dumps(mother(text={"status": "generated", "div": "x" * 16_000_000})).encode()
    for post in (
        fhir.post("/Patient", content=large, headers=JSON),
        fhir.post("/", content=large, headers=JSON),
    ):
        refused(post, 413)


def test_a_body_without_a_length_is_counted_while_it_streams(fhir: httpx.Client) -> None:
    def stream() -> Iterator[bytes]:
        yield b'{"resourceType":"Patient","text":{"status":"generated","div":"'
        for _ in range(16):
            yield b"x" * 1_000_000

    refused(fhir.post("/Patient", content=stream(), headers=JSON), 413)


def test_gzip_is_taken_and_bounded_by_what_it_unpacks_to(fhir: httpx.Client) -> None:
    headers = {**JSON, "content-encoding": "gzip"}
    packed = gzip.compress(json.dumps(mother()).encode())
    created(fhir.post("/Patient", content=packed, headers=headers))
    refused(fhir.post("/Patient", content=packed[:-9], headers=headers), 400)
    refused(fhir.post("/Patient", content=packed + b"more", headers=headers), 400)
    refused(fhir.post("/Patient", content=b"not gzip", headers=headers), 400)
    refused(fhir.post("/Patient", content=gzip.compress(b" " * 500_000_000, 1), headers=headers), 413)
    refused(fhir.post("/Patient", content=packed, headers={**JSON, "content-encoding": "br"}), 415)


def written_as(number: str) -> list[str]:
    wide = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    return [
        number,
        wide,
        f"{number[:4]}-{number[4:8]}-{number[8:]}",
        f"{number[:4]} {number[4:8]} {number[8:]}",
    ]


@pytest.mark.parametrize("number", written_as(MY_NUMBER))
def test_a_my_number_is_refused_with_its_place_and_never_repeated(fhir: httpx.Client, number: str) -> None:
    assert MY_NUMBER[:11] + check_digit_of(MY_NUMBER[:11]) == MY_NUMBER
    for where, patient in {
        "Patient.identifier[0].value": mother(identifier=[{"system": "http://example.jp/id", "value": number}]),
        "Patient.name[0].text": mother(name=[{"text": f"番号 {number} 花子"}]),
        "Patient.text": mother(text={
            "status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{number}</div>'
        }),
    }.items():  # fmt: skip
        answer = fhir.post("/Patient", json=patient)
        assert any(place.startswith(where) for place in places(refused(answer, 422)))
        assert MY_NUMBER not in answer.text
        assert number not in answer.text
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "POST", "url": "Patient"}, "resource": mother(number)}],
    }
    told = places(refused(fhir.post("/", json=bundle), 422))
    assert told[0].startswith("Bundle.entry[0].resource.identifier[0].value")


def test_twelve_digits_without_the_check_digit_are_taken(fhir: httpx.Client) -> None:
    created(fhir.post("/Patient", json=mother("123456789010")))


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /fhir/Patient/\xff HTTP/1.1",
        b"GET /fhir/Patient?name=\xe5\xb1\xb1 HTTP/1.1",
        b"GET /fhir/Patient/%00 HTTP/1.1",
        b"GET /fhir/Patient/%E5%B1%B1 HTTP/1.1",
        b"GET /fhir/../../etc/passwd HTTP/1.1",
        b"GET /fhir/Patient/..%2f..%2fetc HTTP/1.1",
        b"GET /fhir/Patient/" + b"a" * 20_000 + b" HTTP/1.1",
        b"NONSENSE",
        b"GET fhir HTTP/1.1",
    ],
    ids=lambda line: repr(line[:40]),
)
def test_a_wild_request_line_is_4xx(one_town: str, request_line: bytes) -> None:
    url = httpx.URL(one_town)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as wire:
        wire.sendall(request_line + f"\r\nhost: {url.netloc.decode()}\r\nconnection: close\r\n\r\n".encode())
        status = wire.makefile("rb").readline().split()[1]
    assert status.startswith(b"4") or (request_line.startswith(b"GET /fhir/Patient?") and status == b"200")


@pytest.mark.parametrize(
    "host", ["evil.example.com", "", "a b", "localhost@evil.example.com", "127.0.0.1.nip.io"]
)
def test_a_foreign_host_name_is_refused_without_authentication(one_town: str, host: str) -> None:
    url = httpx.URL(one_town)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as wire:
        wire.sendall(f"GET /fhir/Patient HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        status = wire.makefile("rb").readline().split()[1]
    assert status in (b"400", b"421")


def test_a_client_that_goes_away_in_the_middle_harms_nobody(one_town: str, fhir: httpx.Client) -> None:
    url = httpx.URL(one_town)
    for _ in range(5):
        with socket.create_connection((url.host, url.port or 80), timeout=10) as wire:
            wire.sendall(
                b"POST /fhir/Patient HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/fhir+json\r\n"
                b"content-length: 5000\r\n\r\n{"
            )
    assert fhir.get("/metadata").status_code == 200


def test_a_request_id_is_kept_when_it_is_harmless(fhir: httpx.Client) -> None:
    kept = fhir.get("/metadata", headers={"x-request-id": "clinic-7.0001"})
    assert kept.headers["x-request-id"] == "clinic-7.0001"
    assert fhir.get("/metadata", headers={"x-request-id": '"><b>'}).headers["x-request-id"] != '"><b>'
