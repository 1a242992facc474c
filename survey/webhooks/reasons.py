"""Why a webhook was not told something, for its owner.

A reason is stored in English, as nobody reads it at that moment; `REASONS` says it later in the
language of its reader.
"""

from __future__ import annotations

from survey.languages.marks import N_
from survey.languages.recalled import Recalled

NAME_UNKNOWN = N_("The name of the address is not known.")
NETWORK_NOT_ASKED = N_("The address leads into a network that is not asked.")
NO_ANSWER = N_("No answer within %(seconds)s seconds.")
NOT_TRUSTED = N_("The certificate is not trusted: %(reason)s.")
NOT_ENCRYPTED = N_("No encrypted connection came about.")
NO_CONNECTION = N_("No connection: %(reason)s.")
NAME_UNUSABLE = N_("The name of the address cannot be used.")
NO_HTTP = N_("What answered does not speak HTTP.")
GONE = N_("The receiver answered 410: it is gone for good.")
REDIRECTED = N_("The receiver answered %(status)s; redirects are not followed.")
REFUSED = N_("The receiver answered %(status)s.")
NOT_TO_BE_TOLD = N_("Not sent: the account of its owner may not be told anything now.")
SECRET_LOST = N_("The secret is lost. Revoke this webhook and register it anew.")

REASONS = Recalled(
    (
        NAME_UNKNOWN,
        NETWORK_NOT_ASKED,
        NO_ANSWER,
        NOT_TRUSTED,
        NOT_ENCRYPTED,
        NO_CONNECTION,
        NAME_UNUSABLE,
        NO_HTTP,
        GONE,
        REDIRECTED,
        REFUSED,
        NOT_TO_BE_TOLD,
        SECRET_LOST,
    )
)
