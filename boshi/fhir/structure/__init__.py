"""The base structure of FHIR R4: elements, JSON types, cardinality, formats, required codes.

Not here: invariants, slicing, profiles, terminology beyond required codes.
"""

from boshi.fhir.outcome import Issue, Resource
from boshi.fhir.structure.found import MOST, issues_at
from boshi.fhir.structure.objects import resource_check


def check_structure(resource: Resource) -> list[Issue]:
    """All that is wrong with a decoded resource, each with its FHIRPath location; [] if nothing is.

    The resource may be of any type, also Bundle and Parameters; resources inside are checked too. Numbers
    must be int or Decimal, as `codec.decode` gives them: a float has already lost its precision.
    """
    found = resource_check(resource)
    if found is None:
        return []
    name = resource.get("resourceType")
    issues = issues_at(name if isinstance(name, str) else "", found)
    return [*issues, _more()] if len(issues) >= MOST else issues


def _more() -> Issue:
    return Issue(
        "information",
        "incomplete",
        f"There may be more problems: only the first {MOST:,} are told.",
        f"問題は最初の{MOST:,}件だけを示しています。ほかにもあるかもしれません。",
    )
