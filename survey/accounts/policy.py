"""Who may do what: one table, and nothing else decides.

A person has roles, an object belongs to a resource, and the person stands in some relation to it.
Mentor and mentee of one mentorship see its content; nobody else does, whatever their role.
Administrators look after people, frameworks and retention, and read no content.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is in this service; somebody may be several of these."""

    ADMINISTRATOR = "administrator"
    MENTOR = "mentor"
    MENTEE = "mentee"
    PROGRAMME_LEAD = "programme lead"


class Relation(StrEnum):
    """How the person stands to the object itself."""

    OWN_AS_MENTOR = "own as mentor"
    OWN_AS_MENTEE = "own as mentee"
    OWN_ACCOUNT = "own account"
    NONE = "none"


class Resource(StrEnum):
    """Kinds of objects. Where an object's state decides who may see it, each state has a name."""

    MENTORSHIP = "mentorship"
    GOAL = "goal"
    DRAFT_ROUND = "draft of a round"
    ROUND = "round"
    RATER_LIST = "rater list"
    PROPOSED_RATER = "rater that the mentee proposes"
    SELF_ASSESSMENT = "self-assessment"
    UNRELEASED_REPORT = "report before release"
    REPORT = "report"
    SESSION_RECORD = "session record"
    SHARED_NOTES = "what is shared of session records"
    PLANNED_SESSION = "planned session"
    AGREED_ACTION = "agreed action"
    MENTEES_ACTION = "agreed action of the mentee"
    SELF_REFLECTION = "self-reflection"
    SHARED_REFLECTION = "self-reflection that is shared"
    REFLECTIVE_LOG = "reflective log"
    MENTEE_FEEDBACK = "mentee feedback"
    HELD_BACK_FEEDBACK = "mentee feedback that is held back"
    REVIEW = "review of the mentoring"
    COMPLETE_REVIEW = "review that both have written"
    FRAMEWORK = "framework"
    PERSON = "person"
    PROGRAMME = "programme"
    RETENTION = "retention"
    AUDIT_TRAIL = "audit trail"
    ACCOUNT = "account"
    PRIVACY_REQUEST = "request about personal data"
    WEBHOOK = "webhook"


class Action(StrEnum):
    """What is done with an object."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"
    DELETE = "delete"
    RELEASE = "release"


_R, _W, _C, _D, _REL = Action
_Rights = Mapping[tuple[Role, Relation], frozenset[Action]]

_AS_MENTOR = (Role.MENTOR, Relation.OWN_AS_MENTOR)
_AS_MENTEE = (Role.MENTEE, Relation.OWN_AS_MENTEE)


def _mentoring(
    mentor: Collection[Action] = (), mentee: Collection[Action] = ()
) -> dict[tuple[Role, Relation], frozenset[Action]]:
    return {_AS_MENTOR: frozenset(mentor), _AS_MENTEE: frozenset(mentee)}


def _everybody(*actions: Action, relation: Relation) -> _Rights:
    return {(role, relation): frozenset(actions) for role in Role}


_RIGHTS: Mapping[Resource, _Rights] = {
    # Taking on a mentee is a mentor's right before there is any mentorship.
    Resource.MENTORSHIP: {
        **_mentoring(mentor=(_R, _W, _D), mentee=(_R,)),
        (Role.MENTOR, Relation.NONE): frozenset({_C}),
    },
    Resource.GOAL: _mentoring(mentor=(_R, _W, _C, _D), mentee=(_R,)),
    Resource.DRAFT_ROUND: _mentoring(mentor=(_R, _W, _C, _D)),
    Resource.ROUND: _mentoring(mentor=(_R, _W, _REL), mentee=(_R,)),
    # Who is asked, and how delivery stands: never the mentee's business.
    Resource.RATER_LIST: _mentoring(mentor=(_R, _W, _C, _D)),
    # The mentor asks for them and decides; the mentee sees what they proposed themselves.
    Resource.PROPOSED_RATER: _mentoring(mentor=(_R, _W), mentee=(_R, _C, _D)),
    Resource.SELF_ASSESSMENT: _mentoring(mentee=(_R, _W)),
    Resource.UNRELEASED_REPORT: _mentoring(mentor=(_R, _W, _REL)),
    Resource.REPORT: _mentoring(mentor=(_R,), mentee=(_R,)),
    Resource.SESSION_RECORD: _mentoring(mentor=(_R, _W, _C, _D)),
    Resource.SHARED_NOTES: _mentoring(mentor=(_R, _W), mentee=(_R,)),
    Resource.PLANNED_SESSION: _mentoring(mentor=(_R, _W, _C, _D), mentee=(_R,)),
    # Each ticks off what they said they would do; the mentor keeps the list of both.
    Resource.AGREED_ACTION: _mentoring(mentor=(_R, _W, _C, _D), mentee=(_R,)),
    Resource.MENTEES_ACTION: _mentoring(mentor=(_R, _W, _C, _D), mentee=(_R, _W)),
    Resource.SELF_REFLECTION: _mentoring(mentee=(_R, _W, _C, _D)),
    Resource.SHARED_REFLECTION: _mentoring(mentor=(_R,), mentee=(_R, _W, _D)),
    Resource.REFLECTIVE_LOG: _mentoring(mentor=(_R, _W, _C, _D)),
    Resource.MENTEE_FEEDBACK: _mentoring(mentor=(_R,), mentee=(_R, _W, _C, _D)),
    Resource.HELD_BACK_FEEDBACK: _mentoring(mentee=(_R, _W, _C, _D)),
    Resource.REVIEW: _mentoring(mentor=(_R, _W, _C), mentee=(_R, _W, _C)),
    Resource.COMPLETE_REVIEW: _mentoring(mentor=(_R,), mentee=(_R,)),
    Resource.FRAMEWORK: {
        (Role.MENTOR, Relation.NONE): frozenset({_R, _C}),
        (Role.MENTOR, Relation.OWN_AS_MENTOR): frozenset({_R, _W, _D}),
        (Role.ADMINISTRATOR, Relation.NONE): frozenset({_R, _C}),
    },
    Resource.PERSON: {
        (Role.ADMINISTRATOR, Relation.NONE): frozenset({_R, _W, _C, _D}),
        (Role.ADMINISTRATOR, Relation.OWN_ACCOUNT): frozenset({_R, _W}),
    },
    Resource.PROGRAMME: {(Role.PROGRAMME_LEAD, Relation.NONE): frozenset({_R})},
    Resource.RETENTION: {(Role.ADMINISTRATOR, Relation.NONE): frozenset({_R, _W})},
    Resource.AUDIT_TRAIL: {(Role.ADMINISTRATOR, Relation.NONE): frozenset({_R})},
    Resource.ACCOUNT: _everybody(_R, _W, _C, _D, relation=Relation.OWN_ACCOUNT),
    # They tell of rounds, which no other role knows of.
    Resource.WEBHOOK: {(Role.MENTOR, Relation.OWN_ACCOUNT): frozenset({_R, _W, _C, _D})},
    # Asked and taken back by the person, answered by an administrator.
    Resource.PRIVACY_REQUEST: {
        **_everybody(_R, _W, _C, relation=Relation.OWN_ACCOUNT),
        (Role.ADMINISTRATOR, Relation.NONE): frozenset({_R, _W}),
    },
}


def allowed(
    roles: Collection[Role], resource: Resource, action: Action, relation: Relation
) -> bool:
    """Whether somebody with these roles, standing so to the object, may do this with it."""
    rights = _RIGHTS[resource]
    return any(action in rights.get((role, relation), ()) for role in roles)
