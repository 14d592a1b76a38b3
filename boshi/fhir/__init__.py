"""The standard, FHIR R4 (4.0.1): pure functions over plain dicts. No Japan, no HTTP, no database."""
