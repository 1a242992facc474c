"""The retention schedule: how long each kind of record is kept, and why."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from survey.frameworks.problems import FrameworkError
from survey.frameworks.yaml_source import read_yaml
from survey.languages.marks import plural
from survey.languages.message import Message, counted_message
from survey.privacy.errors import RetentionError

_PERIOD = re.compile(r"(\d{1,4}) (day|week|month|year)s?")
_FOR_EVER = "until erased"
_MONTHS = {"month": 1, "year": 12}
_UNITS = {
    "day": plural("%(num)s day", "%(num)s days"),
    "week": plural("%(num)s week", "%(num)s weeks"),
    "month": plural("%(num)s month", "%(num)s months"),
    "year": plural("%(num)s year", "%(num)s years"),
}


@dataclass(frozen=True)
class Period:
    """A time to keep something; None months and days: until it is erased."""

    words: Message
    months: int = 0
    days: int = 0
    ends: bool = True

    def cutoff(self, today: dt.date) -> dt.date | None:
        """The latest day of an event from which the period is over; None when it never is."""
        if not self.ends:
            return None
        year, month = divmod(today.year * 12 + today.month - 1 - self.months, 12)
        if year < dt.MINYEAR:
            return None
        day = min(today.day, calendar.monthrange(year, month + 1)[1])
        return dt.date(year, month + 1, day) - dt.timedelta(days=self.days)


def read_period(words: str) -> Period:
    """A period in words such as "18 months". Raises ValueError saying what is possible."""
    if words == _FOR_EVER:
        return Period(Message("until erased"), ends=False)
    found = _PERIOD.fullmatch(words)
    if found is None:
        raise ValueError(
            f"{words!r} is no period; write for example 30 days, 6 weeks, 18 months, 2 years, "
            f"or {_FOR_EVER}"
        )
    number, unit = int(found[1]), found[2]
    spoken = counted_message(*_UNITS[unit], number)
    if unit in _MONTHS:
        return Period(spoken, months=number * _MONTHS[unit])
    return Period(spoken, days=number * (7 if unit == "week" else 1))


@dataclass(frozen=True)
class Rule:
    """How long one kind of record is kept, and why."""

    keep: Period
    reason: str
    basis: str


Schedule = Mapping[str, Rule]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: str
    reason: str = Field(min_length=1)
    basis: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kinds: dict[str, _Entry]


def load_schedule(file: Path, default: Path) -> Schedule:
    """The schedule of a file; what it leaves out is as in `default`.

    Raises RetentionError naming file and entry.
    """
    shipped = _read(default)
    if file == default:
        return shipped
    own = _read(file)
    if unknown := sorted(set(own) - set(shipped)):
        raise RetentionError(
            f"{file}: there is no kind {', '.join(unknown)}; there are {', '.join(shipped)}."
        )
    return {**shipped, **own}


def _read(file: Path) -> dict[str, Rule]:
    try:
        document = read_yaml(file.read_bytes(), file.name)
        if document.problems:
            raise FrameworkError(document.problems)
        content = _File.model_validate(document.data)
    except OSError as error:
        raise RetentionError(
            f"RETENTION_FILE: {file} cannot be read ({error.strerror}). Set it to a schedule like "
            "the retention.yaml that ships with the service."
        ) from error
    except FrameworkError as error:
        raise RetentionError(f"{file}: this is not YAML as it has to be here:\n{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = " > ".join(str(part) for part in first["loc"])
        raise RetentionError(f"{file}: {place}: {first['msg']}.") from error
    rules = {}
    for name, entry in content.kinds.items():
        try:
            keep = read_period(entry.keep)
        except ValueError as error:
            raise RetentionError(f"{file}: {name} > keep: {error}.") from error
        rules[name] = Rule(keep, _flat(entry.reason), _flat(entry.basis))
    return rules


def _flat(text: str) -> str:
    return " ".join(text.split())
