"""The process that counts (`survey.own_process.server` says how it is run)."""

from __future__ import annotations

from survey.anonymity.released_change import with_change
from survey.own_process.messages import DONE
from survey.own_process.server import serve
from survey.rounds.counting.messages import CHANGE, Change, Comparison


def _change(content: bytes) -> tuple[bytes, bytes]:
    order = Comparison.model_validate_json(content)
    earlier = None if order.earlier is None else order.earlier.counted()
    found = with_change(order.current.counted(), earlier, order.goal_competencies, order.left_out)
    counted = Change(change=found.change, looking_back=found.looking_back)
    return DONE, counted.model_dump_json().encode()


if __name__ == "__main__":
    serve({CHANGE: _change})
