"""What can go wrong with a round. Each message is written for the person who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.languages.message import lines


class RoundError(Exception):
    """Something about a round does not allow what was asked; the text says what to do."""


class WrongStateError(RoundError):
    """The round is not in the state that this step needs."""


class LostKeyError(RoundError):
    """The key database has lost the key that opens the round's ballots."""


class CountingError(RoundError):
    """The process that counts the change between two rounds ended, hung or failed."""


class ReportDisposedError(WrongStateError):
    """The round's report is no longer kept."""


class NoResultError(ReportDisposedError):
    """The round came back with a restored backup and was closed without a report."""


class InvalidRoundError(RoundError):
    """A round's details cannot be used; `problems` lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(lines(problems))
        self.problems = problems


class UnknownFrameworkError(RoundError):
    """No framework has that id."""


class FrameworkNameTakenError(RoundError):
    """An uploaded framework carries the id of one that ships with the service."""


class FrameworkInUseError(RoundError):
    """A round or a goal of a running mentoring names the framework."""


class TooManyLettersError(RoundError):
    """A mentor has invited as many people today as one mentor may."""


class TooManyFrameworksError(RoundError):
    """A mentor has uploaded as many frameworks as are kept for one."""


class LinkError(Exception):
    """A rater's link does not open a form. `problem` names why, for the page that explains it."""

    problem = "unknown"


class UnknownLinkError(LinkError):
    """Tampered, truncated, replaced by a newer one, or never issued."""


class RevokedLinkError(LinkError):
    """The mentor withdrew the invitation."""

    problem = "revoked"


class ExpiredLinkError(LinkError):
    """The link is older than links may get."""

    problem = "expired"


class UsedLinkError(LinkError):
    """The link has already been used to answer or to decline."""

    problem = "used"


class RoundClosedError(LinkError):
    """The round takes no more answers."""

    problem = "closed"


class AnswerFault(StrEnum):
    """What can be wrong with a submitted form."""

    NOT_OFFERED = "an answer that was not offered"
    COMMENT_TOO_LONG = "a comment that is too long"
    NOTHING_SAID = "neither a rating nor a comment"


@dataclass(frozen=True)
class AnswerProblem:
    """One thing to mend; pages say it in the rater's language.

    `asked` is the statement or question, and `length` that of a comment, in characters. `field`
    is the name of the form's field, empty where it is about the form as a whole.
    """

    kind: AnswerFault
    asked: str = ""
    length: int = 0
    field: str = ""


class InvalidAnswersError(Exception):
    """A submitted form cannot be accepted as it is; `problems` lists what to mend."""

    def __init__(self, problems: Sequence[AnswerProblem]) -> None:
        super().__init__(", ".join(problem.kind.value for problem in problems))
        self.problems = problems
