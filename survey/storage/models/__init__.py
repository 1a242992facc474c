"""The tables, by topic. Importing this package makes the whole schema known."""

from survey.storage.models.audit import AuditEntry
from survey.storage.models.ballots import (
    Comment,
    CommentRedaction,
    Response,
    SealedBallot,
    StoredAggregate,
)
from survey.storage.models.base import Base
from survey.storage.models.erasure import ErasureDue
from survey.storage.models.frameworks import UploadedFramework
from survey.storage.models.goal_attainment import GoalEvaluation, GoalOutcome, SuccessMeasure
from survey.storage.models.mentoring import Goal, GoalCompetency, Mentorship
from survey.storage.models.outbox import Letter, LetterKind
from survey.storage.models.people import Person, SignInLink, SignInRequest
from survey.storage.models.programme import (
    AnswerDelay,
    CompetencyOutcome,
    GroupParticipation,
    ProgrammeBatch,
    ProgrammeEntry,
    RoundOutcome,
)
from survey.storage.models.rounds import (
    Delivery,
    Invitation,
    ReleaseMode,
    Round,
    RoundGroup,
    RoundKind,
    RoundState,
    StoredQuestionnaire,
)

__all__ = [
    "AnswerDelay",
    "AuditEntry",
    "Base",
    "Comment",
    "CommentRedaction",
    "CompetencyOutcome",
    "Delivery",
    "ErasureDue",
    "Goal",
    "GoalCompetency",
    "GoalEvaluation",
    "GoalOutcome",
    "GroupParticipation",
    "Invitation",
    "Letter",
    "LetterKind",
    "Mentorship",
    "Person",
    "ProgrammeBatch",
    "ProgrammeEntry",
    "ReleaseMode",
    "Response",
    "Round",
    "RoundGroup",
    "RoundKind",
    "RoundOutcome",
    "RoundState",
    "SealedBallot",
    "SignInLink",
    "SignInRequest",
    "StoredAggregate",
    "StoredQuestionnaire",
    "SuccessMeasure",
    "UploadedFramework",
]
