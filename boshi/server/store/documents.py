"""The documents of a town and its index catalogue, declared once, through mongoengine.

mongoengine declares; it never reads or writes: its `switch_db` and `using` change the class for every thread. The
town's own pymongo collections do the work, with the field names and indexes that stand here (ADR 0001).
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    Decimal128Field,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    LongField,
    MapField,
    StringField,
)
from pymongo import IndexModel

FORMAT: Final = 1
"""Of the documents themselves. A town written with a higher one is refused."""


class DateRange(EmbeddedDocument):  # type: ignore[misc]
    """One value of a date parameter that is not the type's clinical date: [low, high), UTC."""

    name = StringField(db_field="k", required=True)
    low = DateTimeField(db_field="l")
    high = DateTimeField(db_field="h")


class Amount(EmbeddedDocument):  # type: ignore[misc]
    """One value of a number or quantity parameter, under its name and unit."""

    name = StringField(db_field="k", required=True)
    value = Decimal128Field(db_field="v", required=True)


class ResourceDocument(Document):  # type: ignore[misc]
    """The current version of a resource. One that was deleted keeps `_id`, version, time and `x` only."""

    key = StringField(primary_key=True, db_field="_id")
    type = StringField(db_field="t")
    version = IntField(db_field="v", required=True)
    updated = DateTimeField(db_field="u", required=True)
    method = StringField(db_field="m", required=True)
    tie_breaker = LongField(db_field="r", required=True)
    body = BinaryField(db_field="b")
    digest = BinaryField(db_field="g")
    deleted = BooleanField(db_field="x")
    strings = ListField(StringField(), db_field="s")
    patient = StringField(db_field="p")
    categories = ListField(StringField(), db_field="c")
    clinical_low = DateTimeField(db_field="k")
    clinical_high = DateTimeField(db_field="h")
    dates = EmbeddedDocumentListField(DateRange, db_field="d")
    amounts = EmbeddedDocumentListField(Amount, db_field="q")
    names = ListField(StringField(), db_field="n")
    orders = MapField(StringField(), db_field="o")

    meta: ClassVar[dict[str, Any]] = {
        "collection": "resource",
        "auto_create_index": False,
        "wildcards": ("o",),
        "indexes": [
            {
                "name": "strings",
                "fields": ["strings", "clinical_low", "clinical_high", "tie_breaker"],
            },
            {
                "name": "patient",
                "fields": ["patient", "categories", "clinical_low", "clinical_high", "tie_breaker"],
            },
            {"name": "updated", "fields": ["type", "updated", "tie_breaker"]},
            {"name": "clinical", "fields": ["type", "clinical_low", "clinical_high", "tie_breaker"]},
            {
                "name": "names",
                "fields": ["names", "clinical_low", "tie_breaker"],
                "partialFilterExpression": {"n": {"$exists": True}},
            },
            {
                "name": "amounts",
                "fields": ["amounts.name", "amounts.value", "tie_breaker"],
                "partialFilterExpression": {"q": {"$exists": True}},
            },
            {
                "name": "dates",
                "fields": ["dates.name", "dates.low", "dates.high", "tie_breaker"],
                "partialFilterExpression": {"d": {"$exists": True}},
            },
        ],
    }


class JournalDocument(Document):  # type: ignore[misc]
    """One version of a resource: its body, who wrote it and why, and the event. History, audit and outbox are
    views of it. `_id` is `Patient/abc/0000000003`, so an instance's history is a range of `_id`.
    """

    key = StringField(primary_key=True, db_field="_id")
    type = StringField(db_field="t", required=True)
    version = IntField(db_field="v", required=True)
    updated = DateTimeField(db_field="u", required=True)
    method = StringField(db_field="m", required=True)
    event = StringField(db_field="e", required=True, choices=("created", "updated", "deleted"))
    writer = StringField(db_field="w", required=True)
    role = StringField(db_field="l", required=True)
    reason = StringField(db_field="y")
    body = BinaryField(db_field="b")

    meta: ClassVar[dict[str, Any]] = {"collection": "journal", "auto_create_index": False, "indexes": []}


class LockDocument(Document):  # type: ignore[misc]
    """A document that transactions touch so that they meet: stripes of a type, and lanes of writers."""

    key = StringField(primary_key=True, db_field="_id")
    touched = LongField(db_field="n", required=True)

    meta: ClassVar[dict[str, Any]] = {"collection": "lock", "auto_create_index": False, "indexes": []}


class DeskDocument(Document):  # type: ignore[misc]
    """State of transfers and jobs that must never be in a FHIR resource. `_id` is `desk/key`."""

    key = StringField(primary_key=True, db_field="_id")
    desk = StringField(db_field="d", required=True)
    version = IntField(db_field="v", required=True)
    updated = DateTimeField(db_field="u", required=True)
    value = DictField(db_field="o")

    meta: ClassVar[dict[str, Any]] = {"collection": "desk", "auto_create_index": False, "indexes": []}


class StampDocument(Document):  # type: ignore[misc]
    """What a town was last opened with: the format, and the generation of its indexes."""

    key = StringField(primary_key=True, db_field="_id")
    format = IntField(db_field="format", required=True)
    generation = StringField(db_field="generation", required=True)
    at = DateTimeField(db_field="at", required=True)

    meta: ClassVar[dict[str, Any]] = {"collection": "stamp", "auto_create_index": False, "indexes": []}


DOCUMENTS: Final = (ResourceDocument, JournalDocument, LockDocument, DeskDocument, StampDocument)


def collection_name(document: type[Document]) -> str:
    """The collection that a declared document lives in."""
    return str(document._meta["collection"])


def indexes(document: type[Document]) -> list[IndexModel]:
    """The indexes declared for a document, as pymongo creates them."""
    return [IndexModel(keys, **options) for keys, options in _declared(document)]


def generation() -> str:
    """Changes whenever the catalogue of documents and indexes does."""
    told = {collection_name(document): list(_declared(document)) for document in DOCUMENTS}
    return hashlib.sha256(json.dumps([FORMAT, told], sort_keys=True).encode()).hexdigest()[:16]


def _declared(document: type[Document]) -> Iterator[tuple[list[tuple[str, Any]], dict[str, Any]]]:
    for declared in document._meta["index_specs"]:
        options = {name: value for name, value in declared.items() if name not in ("fields", "cls")}
        yield declared["fields"], options
    # mongoengine cannot look a wildcard up, so it is named beside the indexes.
    for field in document._meta.get("wildcards", ()):
        yield [(f"{field}.$**", 1)], {"name": f"{field}_wildcard"}
