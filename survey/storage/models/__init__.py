"""The tables, by topic. Importing this package makes the whole schema known."""

from survey.storage.models.api import ApiAnswer, ApiToken
from survey.storage.models.audit import AuditCheckpoint, AuditEntry
from survey.storage.models.ballots import (
    Comment,
    CommentRedaction,
    Response,
    SealedBallot,
    StoredAggregate,
)
from survey.storage.models.base import Base
from survey.storage.models.erasure import ErasureDue
from survey.storage.models.frameworks import (
    FrameworkDraft,
    FrameworkVersion,
    UploadedFramework,
)
from survey.storage.models.goal_attainment import GoalEvaluation, GoalOutcome, SuccessMeasure
from survey.storage.models.mail_pace import MailPace, MailWorker
from survey.storage.models.mentoring import Goal, GoalCompetency, Mentorship
from survey.storage.models.milestones import Milestone
from survey.storage.models.outbox import Letter, LetterKind
from survey.storage.models.people import Person, SignInLink, SignInRequest
from survey.storage.models.privacy import (
    DisposalRun,
    PrivacyRequest,
    RaterRequest,
    RequestKind,
    RequestState,
)
from survey.storage.models.programme import (
    AnswerDelay,
    CompetencyOutcome,
    GroupParticipation,
    ProgrammeBatch,
    ProgrammeEntry,
    RoundOutcome,
)
from survey.storage.models.proposed_raters import ProposalState, ProposedRater
from survey.storage.models.reflections import (
    MentoringFeedback,
    ReflectionMoment,
    ReflectiveLogEntry,
    ReviewContribution,
    ReviewKind,
    SelfReflection,
    Side,
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
from survey.storage.models.session_records import AgreedAction, PlannedSession, SessionRecord
from survey.storage.models.sign_in import (
    ExternalIdentity,
    Passkey,
    PasskeyChallenge,
    SignInSession,
)
from survey.storage.models.webhooks import Webhook, WebhookDelivery, WebhookEvent, WebhookState

__all__ = [
    "AgreedAction",
    "AnswerDelay",
    "ApiAnswer",
    "ApiToken",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "Comment",
    "CommentRedaction",
    "CompetencyOutcome",
    "Delivery",
    "DisposalRun",
    "ErasureDue",
    "ExternalIdentity",
    "FrameworkDraft",
    "FrameworkVersion",
    "Goal",
    "GoalCompetency",
    "GoalEvaluation",
    "GoalOutcome",
    "GroupParticipation",
    "Invitation",
    "Letter",
    "LetterKind",
    "MailPace",
    "MailWorker",
    "MentoringFeedback",
    "Mentorship",
    "Milestone",
    "Passkey",
    "PasskeyChallenge",
    "Person",
    "PlannedSession",
    "PrivacyRequest",
    "ProgrammeBatch",
    "ProgrammeEntry",
    "ProposalState",
    "ProposedRater",
    "RaterRequest",
    "ReflectionMoment",
    "ReflectiveLogEntry",
    "ReleaseMode",
    "RequestKind",
    "RequestState",
    "Response",
    "ReviewContribution",
    "ReviewKind",
    "Round",
    "RoundGroup",
    "RoundKind",
    "RoundOutcome",
    "RoundState",
    "SealedBallot",
    "SelfReflection",
    "SessionRecord",
    "Side",
    "SignInLink",
    "SignInRequest",
    "SignInSession",
    "StoredAggregate",
    "StoredQuestionnaire",
    "SuccessMeasure",
    "UploadedFramework",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookState",
]
