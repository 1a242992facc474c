"""Objects that pages are about, looked up through the policy.

What somebody may not see does not exist for them: every refusal is the page for that.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import abort
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.frameworks.model import Framework
from survey.rounds.errors import RoundError, UnknownFrameworkError
from survey.rounds.proposals import proposal_in
from survey.storage.models import (
    FrameworkDraft,
    FrameworkVersion,
    Mentorship,
    Person,
    PrivacyRequest,
    ProposedRater,
    RequestState,
    Round,
    RoundState,
    Side,
    Webhook,
    WebhookDelivery,
)
from survey.storage.queries import frameworks as framework_queries
from survey.storage.queries import people as people_queries
from survey.storage.queries import requests as request_queries
from survey.storage.queries import rounds as round_queries
from survey.storage.queries import webhooks as webhook_queries
from survey.web.current import current_person, may, service

_REPORTS = {
    RoundState.CLOSED: Resource.UNRELEASED_REPORT,
    RoundState.RELEASED: Resource.REPORT,
}


def require(resource: Resource, action: Action, relation: Relation = Relation.NONE) -> None:
    """Answer with what does not exist unless the current person's roles allow this.

    For what is about no object in particular.
    """
    if not may(resource, action, relation):
        abort(404)


def relation_to(mentorship: Mentorship) -> Relation:
    """How the current person stands to a mentorship and all that belongs to it."""
    person_id = current_person().id
    if mentorship.mentor_id == person_id:
        return Relation.OWN_AS_MENTOR
    if mentorship.mentee_id == person_id:
        return Relation.OWN_AS_MENTEE
    return Relation.NONE


def mentorship_for(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The mentorship, if the current person may do this with such a thing of it."""
    mentorship = people_queries.mentorship(session, mentorship_id)
    if mentorship is None or not may(resource, action, relation_to(mentorship)):
        abort(404)
    return mentorship


def as_mentor(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The same, for a page of the mentor's: the mentee has another one."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    if relation_to(mentorship) is not Relation.OWN_AS_MENTOR:
        abort(404)
    return mentorship


def as_mentee(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> Mentorship:
    """The same, for a page of the mentee's: the mentor has another one."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    if relation_to(mentorship) is not Relation.OWN_AS_MENTEE:
        abort(404)
    return mentorship


def as_either(
    session: Session, mentorship_id: uuid.UUID, resource: Resource, action: Action
) -> tuple[Mentorship, Side]:
    """The same, for a page of both, with which of the two the current person is."""
    mentorship = mentorship_for(session, mentorship_id, resource, action)
    is_mentor = relation_to(mentorship) is Relation.OWN_AS_MENTOR
    return mentorship, Side.MENTOR if is_mentor else Side.MENTEE


def erasable_mentorship_for(session: Session, mentorship_id: uuid.UUID) -> Mentorship:
    """A mentorship for an administrator to erase: of its content, they see nothing."""
    mentorship = people_queries.mentorship(session, mentorship_id)
    if mentorship is None or not may(Resource.PERSON, Action.DELETE):
        abort(404)
    return mentorship


def round_for(
    session: Session,
    round_id: uuid.UUID,
    action: Action,
    resource: Resource | None = None,
) -> Round:
    """The round, if the current person may do this with it, or with such a thing of it."""
    round_ = round_queries.with_groups(session, round_id)
    if round_ is None:
        abort(404)
    if resource is None:
        is_draft = round_.state is RoundState.DRAFT
        resource = Resource.DRAFT_ROUND if is_draft else Resource.ROUND
    if not may(resource, action, relation_to(round_.mentorship)):
        abort(404)
    return round_


def rater_list_for(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    """The round, if the current person may do this with who is asked in it."""
    return round_for(session, round_id, action, Resource.RATER_LIST)


def rounds_proposals_for(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    """The round, for the mentor's part in what the mentee proposes."""
    return round_for(session, round_id, action, Resource.PROPOSED_RATER)


def proposal_for(round_: Round, proposal_id: uuid.UUID) -> ProposedRater:
    """A proposal for a round that was looked up through the policy."""
    try:
        return proposal_in(round_, proposal_id)
    except RoundError:
        abort(404)


def round_to_propose_for(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    """The round, if the current person is the mentee and was asked to propose raters for it."""
    round_ = round_for(session, round_id, action, Resource.PROPOSED_RATER)
    if round_.proposals_asked_on is None:
        abort(404)
    return round_


def require_round(round_id: uuid.UUID, action: Action) -> None:
    """Answer with the page for what does not exist, before anything is asked or done."""
    with service().database.reading() as session:
        round_for(session, round_id, action)


def reported_round_for(session: Session, round_id: uuid.UUID, action: Action) -> Round:
    """The closed or released round, if the current person may do this with its report."""
    round_ = round_queries.with_groups(session, round_id)
    if round_ is None or round_.state not in _REPORTS:
        abort(404)
    if not may(_REPORTS[round_.state], action, relation_to(round_.mentorship)):
        abort(404)
    return round_


def framework_for(session: Session, framework_id: str) -> Framework:
    """A framework that ships with the service, or one that the current person uploaded."""
    if not may(Resource.FRAMEWORK, Action.READ):
        abort(404)
    try:
        return service().catalogue.get(session, current_person(), framework_id)
    except UnknownFrameworkError:
        abort(404)


def framework_draft_for(session: Session, draft_id: uuid.UUID) -> FrameworkDraft:
    """A framework that the current person has in the making."""
    found = framework_queries.draft(session, draft_id)
    if found is None or found.owner_id != current_person().id:
        abort(404)
    if not may(Resource.FRAMEWORK, Action.CREATE):
        abort(404)
    return found


def framework_versions_for(session: Session, framework_id: str) -> Sequence[FrameworkVersion]:
    """What the current person saved of a framework of their own, the newest first."""
    if not may(Resource.FRAMEWORK, Action.READ):
        abort(404)
    upload = framework_queries.uploaded(session, current_person().id, framework_id)
    if upload is None:
        abort(404)
    return framework_queries.versions_of(session, upload.id)


def framework_version_for(
    session: Session, framework_id: str, version_id: uuid.UUID
) -> FrameworkVersion:
    """One of them."""
    for version in framework_versions_for(session, framework_id):
        if version.id == version_id:
            return version
    abort(404)


def webhook_for(session: Session, webhook_id: uuid.UUID, action: Action) -> Webhook:
    """A webhook of the current person's own, if they may do this with it."""
    found = webhook_queries.by_id(session, webhook_id)
    if found is None or found.person_id != current_person().id:
        abort(404)
    if not may(Resource.WEBHOOK, action, Relation.OWN_ACCOUNT):
        abort(404)
    return found


def webhook_delivery_for(
    session: Session, webhook_id: uuid.UUID, delivery_id: uuid.UUID, action: Action
) -> WebhookDelivery:
    """What was told such a webhook."""
    webhook = webhook_for(session, webhook_id, action)
    found = webhook_queries.delivery(session, webhook.id, delivery_id)
    if found is None:
        abort(404)
    return found


def own_account(session: Session) -> Person:
    """The current person, to change: the one who is known all along is of another session."""
    return session.get_one(Person, current_person().id)


def request_for(session: Session, request_id: uuid.UUID, action: Action) -> PrivacyRequest:
    """A request about personal data: for who asked, or for an administrator to answer."""
    found = request_queries.by_id(session, request_id)
    if found is None:
        abort(404)
    own = found.person_id == current_person().id
    relation = Relation.OWN_ACCOUNT if own else Relation.NONE
    if not may(Resource.PRIVACY_REQUEST, action, relation):
        abort(404)
    return found


def own_request_for(session: Session, request_id: uuid.UUID) -> PrivacyRequest:
    """A request that the current person asked for and may take back."""
    found = request_for(session, request_id, Action.WRITE)
    if found.person_id != current_person().id:
        abort(404)
    return found


def open_request_for(session: Session, request_id: uuid.UUID) -> PrivacyRequest:
    """A request that waits for an answer of an administrator."""
    found = request_for(session, request_id, Action.WRITE)
    if found.state is not RequestState.OPEN or not may(Resource.PRIVACY_REQUEST, Action.WRITE):
        abort(404)
    return found


def person_for(session: Session, person_id: uuid.UUID, action: Action) -> Person:
    """Somebody's account, if the current person may do this with it."""
    person = session.get(Person, person_id)
    if person is None:
        abort(404)
    own = person.id == current_person().id
    if not may(Resource.PERSON, action, Relation.OWN_ACCOUNT if own else Relation.NONE):
        abort(404)
    return person
