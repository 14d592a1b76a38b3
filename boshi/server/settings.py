"""What a deployment is told from outside: options, environment variables, defaults."""

from pathlib import Path

import psutil
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One server process. Every field can be set as BOSHI_<NAME> in the environment."""

    model_config = SettingsConfigDict(env_prefix="BOSHI_", env_file=None)

    municipalities: tuple[str, ...] = ()
    """団体コード, 6 digits each. One answers at /fhir, several at /{code}/fhir."""
    host: str = "127.0.0.1"
    port: int = 8080
    data: Path = Path("boshi-data")
    """Data directory: the embedded MongoDB and its socket, jobs, exports."""
    no_auth: bool = False
    mongodb_uri: str | None = None
    mongod: str | None = None
    towns: Path | None = None
    """Directory of the towns that records move between (YAML); else towns.yaml in the data directory."""
    public_url: str | None = None
    """The address others use, when it is not http://host:port."""
    max_body_bytes: int = Field(default=12_000_000, gt=0)
    request_seconds: float = Field(default=60.0, gt=0)
    """A request that takes longer is answered with 504."""
    cache_gb: float = Field(default_factory=lambda: default_cache_gb(psutil.virtual_memory().total), gt=0)
    """Cache of the embedded MongoDB: an eighth of the machine's memory, at least 0.25 and at most 4."""
    other_number_systems: tuple[str, ...] = ()
    """Identifier systems in which 12 digits with a right check digit are not a 個人番号."""

    @field_validator("municipalities")
    @classmethod
    def _six_digits(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if not is_municipality_code(code):
                raise ValueError(
                    f"{code!r} is not a 団体コード: six digits with a right check digit, such as 401005"
                )
        return codes


def default_cache_gb(memory: int) -> float:
    """Cache in GB for a machine with this many bytes of memory: beside it live the server and the files' cache."""
    return min(4.0, max(0.25, memory / 8 / 1_000_000_000))


def is_municipality_code(code: str) -> bool:
    """Whether `code` is a 全国地方公共団体コード of 6 digits whose check digit is right."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=False))
    return (11 - weighted % 11) % 10 == int(code[5])
