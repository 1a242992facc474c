"""The near side of the process that counts the change."""

from __future__ import annotations

import logging
from collections.abc import Collection

from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.languages.message import Message
from survey.own_process.client import OwnProcess, OwnProcessError
from survey.rounds.counting.messages import CHANGE, Change, Comparison
from survey.rounds.errors import CountingError

_log = logging.getLogger(__name__)

_SERVER = "survey.rounds.counting.server"
# Rounds that end on the same day are closed one after the other, by one process.
IDLE_SECONDS = 60
# The close holds its round meanwhile, and with SQLite the whole database, where others wait for
# half a minute. Loading the libraries takes about a second, 2,800 raters take eight.
SECONDS_AT_MOST = 20


class Counting(OwnProcess):
    """One process that counts, for this process."""

    def __init__(
        self, *, idle_seconds: int = IDLE_SECONDS, seconds_at_most: int = SECONDS_AT_MOST
    ) -> None:
        super().__init__(
            _SERVER, "counting", idle_seconds=idle_seconds, seconds_at_most=seconds_at_most
        )

    def with_change(
        self,
        current: CountedRound,
        earlier: CountedRound | None,
        goal_competencies: Collection[str],
        left_out: Collection[str] = (),
    ) -> ReleasedAggregate:
        """The current round's aggregate with its statistics of change.

        The same as `released_change.with_change`, counted elsewhere. Raises CountingError.
        """
        if earlier is None and current.aggregate.competencies_then is None:
            return current.aggregate
        order = Comparison.of(current, earlier, goal_competencies, left_out)
        try:
            _, found = self.ask(CHANGE, order.model_dump_json().encode())
        except OwnProcessError as error:
            _log.error("A round stays open, as its change was not counted: %s", error)
            raise CountingError(
                Message(
                    "The round stays open as it was: its change could not be counted. Close it "
                    "again in a few minutes; if that does not help, tell whoever runs the service, "
                    "whose log says why."
                )
            ) from error
        counted = Change.model_validate_json(found)
        return current.aggregate.model_copy(
            update={"change": counted.change, "looking_back": counted.looking_back}
        )


COUNTING = Counting()
