"""Days on which things plausibly happen."""

from calendar import monthrange
from datetime import date, timedelta
from random import Random


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the last day of the month where that day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def reaches(born: date, months: int) -> date:
    """「生後 n 月に達した日」: the day before the corresponding day (事務連絡 2014-03-11)."""
    there = add_months(born, months)
    return there if there.day != born.day else there - timedelta(days=1)


def open_day(day: date) -> date:
    """`day`, or the Monday after it when it is a Sunday."""
    return day + timedelta(days=1) if day.weekday() == 6 else day


def between(chance: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included."""
    return first + timedelta(days=chance.randint(0, max((last - first).days, 0)))


def full_months(born: date, day: date) -> int:
    """Age in full months."""
    months = (day.year - born.year) * 12 + day.month - born.month
    return months - (1 if day.day < born.day else 0)
