"""State × event → state: what may be done with an alert, and when.

Tiếp nhận → giải trình → xác nhận, or yêu cầu bổ sung → kết thúc xử lý. What the data say
(resolved, withdrawn) stands beside the state and is no part of it.
"""

from __future__ import annotations

OPEN = "open"
ACKNOWLEDGED = "acknowledged"
ANSWERED = "answered"
VERIFIED = "verified"
RETURNED = "returned"
CLOSED = "closed"
STATES = (OPEN, ACKNOWLEDGED, ANSWERED, VERIFIED, RETURNED, CLOSED)

ACKNOWLEDGE = "acknowledge"
ANSWER = "answer"
VERIFY = "verify"
RETURN = "return"
CLOSE = "close"
LAPSE = "lapse"
REOPEN = "reopen"

BY_OPERATOR = frozenset({ANSWER})
"""What the operator does; all else, but the lapse, is the officers'."""

_TABLE = {
    (OPEN, ACKNOWLEDGE): ACKNOWLEDGED,
    (OPEN, ANSWER): ANSWERED,  # an operator need not wait until an office opens
    (ACKNOWLEDGED, ANSWER): ANSWERED,
    (ACKNOWLEDGED, CLOSE): CLOSED,  # also where nothing had to be explained
    (ACKNOWLEDGED, LAPSE): OPEN,
    (ANSWERED, VERIFY): VERIFIED,
    (ANSWERED, RETURN): RETURNED,
    (ANSWERED, ANSWER): ANSWERED,  # a further explanation before anyone looked
    (RETURNED, ANSWER): ANSWERED,
    (RETURNED, CLOSE): CLOSED,  # without what was missing, and the note says why
    (VERIFIED, CLOSE): CLOSED,
    (VERIFIED, RETURN): RETURNED,
    (CLOSED, REOPEN): OPEN,
}


class NotAllowed(Exception):
    """This cannot be done with an alert in this state."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"{event} is not allowed in state {state}")
        self.state = state
        self.event = event


def next_state(state: str, event: str) -> str:
    """The state after the event. Raises NotAllowed where the table has no such step."""
    try:
        return _TABLE[state, event]
    except KeyError:
        raise NotAllowed(state, event) from None


def events_in(state: str) -> tuple[str, ...]:
    """What may be done in this state, in the order of the table."""
    return tuple(event for (before, event) in _TABLE if before == state)
