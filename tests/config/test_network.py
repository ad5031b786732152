"""No test reaches another machine, and this is how we know."""

from __future__ import annotations

import socket

import pytest

from tests.network import LeavesTheMachine, stays_here


def test_another_machine_cannot_be_reached_from_a_test():
    with socket.socket() as line, pytest.raises(LeavesTheMachine):
        line.connect(("192.0.2.1", 80))


def test_not_even_when_errors_are_asked_for_as_numbers():
    with socket.socket() as line, pytest.raises(LeavesTheMachine):
        line.connect_ex(("192.0.2.1", 80))


@pytest.mark.parametrize("address", [("127.0.0.1", 1), ("localhost", 1), ("::1", 1, 0, 0), "/a"])
def test_this_machine_can(address: object):
    assert stays_here(address)


@pytest.mark.parametrize("address", [("10.0.0.1", 1), ("example.org", 1), ("2001:db8::1", 1, 0, 0)])
def test_others_cannot(address: object):
    assert not stays_here(address)
