"""One town: its database, collections, indexes and lock documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bson.codec_options import CodecOptions
from mongoengine import Document
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, CollectionInvalid
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from boshi.server.store import locks
from boshi.server.store.documents import (
    DOCUMENTS,
    FORMAT,
    DeskDocument,
    JournalDocument,
    LockDocument,
    ResourceDocument,
    StampDocument,
    collection_name,
    generation,
    indexes,
)
from boshi.server.store.unavailable import StoreUnavailable

Row: TypeAlias = dict[str, Any]
Collection: TypeAlias = AsyncCollection[Row]
Client: TypeAlias = AsyncMongoClient[Row]

DURABLE: Final = WriteConcern(w="majority", j=True, wtimeout=30_000)
_OPTIONS: Final[CodecOptions[Row]] = CodecOptions(
    tz_aware=True, tzinfo=UTC, unicode_decode_error_handler="replace"
)
_STAMP: Final = "town"


@dataclass(frozen=True, slots=True)
class Town:
    """The collections of one municipality; a request holds them and no other town's."""

    code: str
    database: AsyncDatabase[Row]
    resource: Collection
    journal: Collection
    lock: Collection
    desk: Collection
    stamp: Collection

    @property
    def client(self) -> Client:
        """The client that sessions are started from."""
        return self.database.client


def town(client: Client, code: str, prefix: str = "boshi_") -> Town:
    """The town with this 団体コード in the database `boshi_<code>`."""
    database = client.get_database(
        f"{prefix}{code}",
        codec_options=_OPTIONS,
        write_concern=DURABLE,
        read_concern=ReadConcern("local"),
    )

    def of(document: type[Document]) -> Collection:
        return database[collection_name(document)]

    return Town(
        code,
        database,
        of(ResourceDocument),
        of(JournalDocument),
        of(LockDocument),
        of(DeskDocument),
        of(StampDocument),
    )


async def check_format(town: Town) -> None:
    """Refuse a town whose documents a newer boshi wrote."""
    stamp = await town.stamp.find_one({"_id": _STAMP})
    if stamp and stamp["format"] > FORMAT:
        raise StoreUnavailable(
            f"The data of {town.code} has format {stamp['format']}; this version of boshi reads up to {FORMAT}. "
            "Install the version of boshi that wrote it, or a newer one.",
            f"{town.code} のデータは形式 {stamp['format']} です。この版の boshi が読めるのは {FORMAT} までです。"
            "書き込んだ版以降の boshi をインストールしてください。",
        )


async def prepare(town: Town) -> None:
    """Make the town's collections, indexes and lock documents where they are missing, then stamp it.

    Everything that a transaction touches exists afterwards: made inside one, it would conflict.
    """
    present = set(await town.database.list_collection_names())
    for document in DOCUMENTS:
        if collection_name(document) not in present:
            await _create_collection(town, collection_name(document))
        await _build_indexes(town.database[collection_name(document)], document)
    await _insert_locks(town.lock)
    await town.stamp.replace_one({"_id": _STAMP}, _stamp(), upsert=True)


def _stamp() -> Mapping[str, Any]:
    return {"_id": _STAMP, "format": FORMAT, "generation": generation(), "at": datetime.now(UTC)}


async def _create_collection(town: Town, name: str) -> None:
    try:
        await town.database.create_collection(name)
    except CollectionInvalid:
        return  # another process opened the town at the same moment


async def _build_indexes(collection: Collection, document: type[Document]) -> None:
    declared = indexes(document)
    wanted = {model.document["name"]: dict(model.document["key"]) for model in declared}
    present = await collection.index_information()
    for name, found in present.items():
        if name != "_id_" and wanted.get(name) != dict(found["key"]):
            await collection.drop_index(name)
    if declared:
        await collection.create_indexes(declared)


async def _insert_locks(collection: Collection) -> None:
    missing = locks.all_keys() - {row["_id"] async for row in collection.find({}, {"_id": 1})}
    if not missing:
        return
    try:
        await collection.insert_many([{"_id": key, "n": 0} for key in sorted(missing)], ordered=False)
    except BulkWriteError as problem:
        if any(failed["code"] != 11000 for failed in problem.details["writeErrors"]):
            raise
