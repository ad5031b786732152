"""State × event → state: what may be done with an alert, and when.

What the data say (resolved, withdrawn) stands beside the state and is no part of it.
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
CLOSE = "close"
REOPEN = "reopen"

_TABLE = {
    (OPEN, ACKNOWLEDGE): ACKNOWLEDGED,
    (ACKNOWLEDGED, CLOSE): CLOSED,
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
