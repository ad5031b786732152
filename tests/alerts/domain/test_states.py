from __future__ import annotations

import pytest

from alerts.domain.states import STATES, NotAllowed, events_in, next_state


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("open", "acknowledge", "acknowledged"),
        ("open", "answer", "answered"),
        ("acknowledged", "answer", "answered"),
        ("acknowledged", "close", "closed"),
        ("acknowledged", "lapse", "open"),
        ("answered", "answer", "answered"),
        ("answered", "verify", "verified"),
        ("answered", "return", "returned"),
        ("returned", "answer", "answered"),
        ("returned", "close", "closed"),
        ("verified", "return", "returned"),
        ("verified", "close", "closed"),
        ("closed", "reopen", "open"),
    ],
)
def test_a_case_goes_from_open_to_closed_and_back(state: str, event: str, after: str) -> None:
    assert next_state(state, event) == after


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("open", "close"),
        ("open", "reopen"),
        ("acknowledged", "acknowledge"),
        ("acknowledged", "reopen"),
        ("closed", "close"),
        ("closed", "acknowledge"),
        ("answered", "close"),
        ("open", "verify"),
        ("returned", "verify"),
        ("verified", "answer"),
        ("answered", "lapse"),
    ],
)
def test_no_other_step_exists(state: str, event: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        next_state(state, event)
    assert (refusal.value.state, refusal.value.event) == (state, event)


def test_each_state_names_what_may_be_done() -> None:
    assert {state: events_in(state) for state in STATES} == {
        "open": ("acknowledge", "answer"),
        "acknowledged": ("answer", "close", "lapse"),
        "answered": ("verify", "return", "answer"),
        "returned": ("answer", "close"),
        "verified": ("close", "return"),
        "closed": ("reopen",),
    }
