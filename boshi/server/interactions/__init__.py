"""One module per FHIR interaction. None of them reaches the database but through the repository."""
