"""What is posted comes back with every value and precision kept."""

import json
import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.blackbox.families import created, mother

JSON = {"content-type": "application/fhir+json"}


@pytest.mark.parametrize(
    "number",
    [
        "72.50",
        "1E+2",
        "1e2",
        "0.00",
        "-0.0",
        "100",
        "12345678901234567890",
        "0.12345678901234567890",
        "1.0E-10",
        "3.10",
    ],
)
def test_a_decimal_keeps_its_digits(fhir: httpx.Client, number: str) -> None:
    body = (
        '{"resourceType":"Observation","status":"final","code":{"text":"体重"},'
        f'"valueQuantity":{{"value":{number},"unit":"kg"}}}}'
    )
    written = fhir.post("/Observation", content=body.encode(), headers=JSON)
    id = created(written)["id"]
    found = fhir.get("/Observation", params={"_id": id})
    for answer in (written, fhir.get(f"/Observation/{id}"), found):
        told = re.search(r'"value":([^,}]+)', answer.text)
        assert told is not None
        assert Decimal(told.group(1)).as_tuple() == Decimal(number).as_tuple()


@pytest.mark.parametrize(
    "more",
    [
        {"birthDate": "2024-04"},
        {"birthDate": "2024"},
        {"birthDate": "1996-04-02", "_birthDate": {"extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
             "valueDateTime": "1996-04-02T03:04:05+09:00"}
        ]}},
        {"_birthDate": {"extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
        ]}},
        {"deceasedDateTime": "2026-11-01T00:30:00.120+09:00"},
        {"deceasedDateTime": "2026-11-01T00:30:00-00:00"},
        {"name": [{"family": "𠮷田", "given": ["花子", "髙﨑", "葛󠄀", "👶"]}]},
        {"name": [{"given": ["一", None], "_given": [None, {"extension": [
            {"url": "http://example.jp/kana", "valueString": "ｲﾁ ゛ ﾊﾟ"}
        ]}]}]},
        {"name": [{"text": "tab\t quote\" slash/ back\\ line\nend   \u200d"}]},
        {"contained": [{"resourceType": "Organization", "id": "o", "name": "○○クリニック"}],
         "managingOrganization": {"reference": "#o"}},
    ],
    ids=lambda more: json.dumps(more, ensure_ascii=False)[:50],
)  # fmt: skip
def test_a_resource_comes_back_as_it_was_sent(fhir: httpx.Client, more: dict[str, Any]) -> None:
    sent = {
        key: value for key, value in mother().items() if key != "birthDate" or "_birthDate" not in more
    } | more
    answer = fhir.post("/Patient", content=json.dumps(sent, ensure_ascii=False).encode(), headers=JSON)
    id = created(answer)["id"]
    read = fhir.get(f"/Patient/{id}")
    assert read.content == answer.content
    received = read.json()
    for own in ("id", "meta"):
        received.pop(own)
    assert received == sent


def test_what_was_read_can_be_put_back_without_a_change(fhir: httpx.Client) -> None:
    answer = fhir.post("/Patient", json=mother(meta={"tag": [{"code": "a"}], "versionId": "99"}))
    id = created(answer)["id"]
    again = fhir.put(f"/Patient/{id}", content=fhir.get(f"/Patient/{id}").content, headers=JSON)
    assert again.content == answer.content
