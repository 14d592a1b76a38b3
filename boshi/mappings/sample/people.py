"""Who lives in a made-up family, and what happened to them: values, before any file's notation."""

from dataclasses import dataclass, field
from datetime import date, datetime

from boshi.mappings.sample.names import Name

MAN, WOMAN = "1", "2"
HEAD, WIFE, CHILD = "02", "12", "20"


@dataclass(slots=True)
class Person:
    """One 宛名. Codes are those of 住基 (性別 1/2, 続柄 02/12/20)."""

    number: int
    surname: Name
    given: Name
    sex: str
    born: date
    relation: str
    birth_order: int | None = None
    """1, 2 … among twins; None when born alone."""
    maiden: Name | None = None
    latin: str | None = None
    common_name: str | None = None
    entry_reason: str = "03"
    entered: date | None = None
    former_address: str = ""
    former_municipality: str = ""
    removal_reason: str = ""
    removed: date | None = None

    @property
    def written(self) -> str:
        """The name on the 住民票."""
        return self.latin or f"{self.surname.kanji}　{self.given.kanji}"

    @property
    def read(self) -> str:
        """The name in kana; empty for a name in Latin letters."""
        return "" if self.latin else f"{self.surname.kana} {self.given.kana}"


@dataclass(frozen=True, slots=True)
class Visit:
    """One 妊婦健診."""

    count: int
    on: date
    weeks: int
    days: int
    weight: float
    fundus: float | None
    girth: float | None
    systolic: int
    diastolic: int
    protein: str
    sugar: str
    oedema: str
    elsewhere: bool
    clinic: str


@dataclass(frozen=True, slots=True)
class Birth:
    """One fetus of a delivery; `child` is None after a stillbirth."""

    sequence: int
    child: Person | None
    at: datetime
    sex: str
    weight: int
    length: float
    chest: float
    head: float


@dataclass(slots=True)
class Pregnancy:
    """One 登録番号 of a mother."""

    number: int
    notified: date
    weeks_notified: int
    last_period: date
    due: date
    height: float
    weight_before: float
    first: bool
    transferred: bool
    visits: list[Visit] = field(default_factory=list)
    births: list[Birth] = field(default_factory=list)
    weeks_born: int = 0
    days_born: int = 0
    course: str = "1"
    method: str = "1"
    blood_loss: int = 0
    hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """One 3～4か月児健診."""

    child: Person
    on: date
    months: int
    height: float
    weight: int
    chest: float
    head: float
    feeding: str
    judgement: str


@dataclass(frozen=True, slots=True)
class Dose:
    """One 接種 (or 予診のみ when not `given`)."""

    child: Person
    vaccine: str
    """Our own word for the kind, such as `hepatitis-b`."""
    dose: int
    on: date
    given: bool
    lot: str
    clinic: str
    doctor: str
    elsewhere: bool


@dataclass(slots=True)
class Family:
    """One household and its records."""

    index: int
    household: int
    address: str
    postal_code: str
    ward: str
    mother: Person | None
    father: Person | None
    children: list[Person] = field(default_factory=list)
    pregnancies: list[Pregnancy] = field(default_factory=list)
    checkups: list[Checkup] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    support: str = ""
    """支援措置区分 1, 2, 3, or empty."""
    custody: Person | None = None
    """The child under 一時保護."""

    def people(self) -> list[Person]:
        """Everybody of the household, parents first."""
        return [person for person in (self.mother, self.father, *self.children) if person is not None]
