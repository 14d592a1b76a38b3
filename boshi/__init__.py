"""boshi: a FHIR R4 server for Japan's maternal and child health records."""

__version__ = "0.1.0"
