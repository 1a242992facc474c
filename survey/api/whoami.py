"""Whose token it is, and what it is for."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Role
from survey.api.bearer import current_use
from survey.api.operations import operation
from survey.api.shapes import Shown
from survey.web.current import current_person, current_roles


class TokenShown(Shown):
    """The token that was sent."""

    label: str
    scopes: list[Scope]
    expires_on: dt.date


class Whoami(Shown):
    """Who asks."""

    id: uuid.UUID
    name: str
    email: str
    roles: list[Role]
    token: TokenShown


@operation("GET", "/whoami", tag="You", scope=None, shows=Whoami)
def whoami(_session: Session) -> Whoami:
    """Tell whose token this is, and what it is for.

    Every token may ask this.
    """
    person, use = current_person(), current_use()
    return Whoami(
        id=person.id,
        name=person.name,
        email=person.email,
        roles=sorted(current_roles()),
        token=TokenShown(
            label=use.token.label, scopes=sorted(use.scopes), expires_on=use.token.expires_on
        ),
    )
