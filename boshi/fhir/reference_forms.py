"""References that can lead nowhere, whatever is stored (R4 §2.3.0.1; invariant ref-1)."""

from collections.abc import Iterable, Sequence

from boshi.fhir.outcome import Issue, Resource, error
from boshi.fhir.references import parse_reference


def misformed(resource: Resource, found: Sequence[tuple[str, Resource]]) -> Iterable[Issue]:
    """An issue for each reference, as `references` finds them, that has no form of R4 or no contained target."""
    contained = {"", *(inner.get("id") for inner in resource.get("contained", ()))}
    for place, holder in found:
        parsed = parse_reference(holder["reference"])
        if parsed.kind == "contained" and parsed.text[1:] not in contained:
            yield _not_contained(parsed.text, place)
        elif parsed.kind == "other" and ":" not in parsed.text:
            yield _no_reference(parsed.text, place)


def _not_contained(text: str, place: str) -> Issue:
    return error(
        "not-found",
        f"{text[:80]} refers to a contained resource that is not there. "
        "Contain it with this id, or refer to Type/id.",
        f"{text[:80]} が指す contained のリソースがありません。"
        "この ID で contained に入れるか、Type/id で参照してください。",
        place,
    )


def _no_reference(text: str, place: str) -> Issue:
    return error(
        "value",
        f"{text[:80]!r} is no reference: write Type/id with a resource type of R4 (Patient/123), "
        "an absolute URL, urn:uuid:… or #id.",
        f"{text[:80]!r} は参照になりません。R4 のリソース型による Type/id(Patient/123)、"
        "絶対 URL、urn:uuid:…、#id のどれかで書いてください。",
        place,
    )
