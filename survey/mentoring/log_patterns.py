"""Patterns in a reflective log: how often tags and development areas come up, month by month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from survey.mentoring.reflective_log import LogEntry

# A year, so that the same month of last year is not taken for this one.
MONTHS = 12


@dataclass(frozen=True)
class Pattern:
    """How often one word comes up, per month from the oldest to the newest."""

    word: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """In all these months."""
        return sum(self.counts)


@dataclass(frozen=True)
class LogPatterns:
    """Patterns over the same months, each month by its first day; the most frequent word first."""

    months: tuple[dt.date, ...]
    tags: list[Pattern]
    development_areas: list[Pattern]

    @property
    def most(self) -> int:
        """The highest count of any word in any month."""
        return max((max(p.counts) for p in [*self.tags, *self.development_areas]), default=0)


def log_patterns(entries: Sequence[LogEntry], today: dt.date) -> LogPatterns:
    """The patterns of the last twelve months, or of fewer where the log is younger."""
    newest = _month(today)
    months = [_months_before(newest, back) for back in reversed(range(MONTHS))]
    first = min((_month(entry.on) for entry in entries), default=newest)
    shown = tuple(month for month in months if month >= first)
    return LogPatterns(
        shown,
        _patterns(entries, shown, lambda entry: entry.tags),
        _patterns(entries, shown, lambda entry: entry.development_areas),
    )


def _patterns(
    entries: Sequence[LogEntry],
    months: Sequence[dt.date],
    words_of: Callable[[LogEntry], list[str]],
) -> list[Pattern]:
    counts: Counter[tuple[str, dt.date]] = Counter()
    spelling: dict[str, str] = {}
    for entry in entries:
        for word in words_of(entry):
            # The newest spelling is shown: entries come with the newest first.
            spelling.setdefault(word.casefold(), word)
            counts[word.casefold(), _month(entry.on)] += 1
    patterns = [
        Pattern(word, tuple(counts[folded, month] for month in months))
        for folded, word in spelling.items()
    ]
    return sorted((p for p in patterns if p.total), key=lambda p: (-p.total, p.word.casefold()))


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _months_before(month: dt.date, back: int) -> dt.date:
    years, index = divmod(month.month - 1 - back, 12)
    return dt.date(month.year + years, index + 1, 1)
