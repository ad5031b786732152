"""The register while it stands still: who knows that nobody changes it asks it once.

A play of many days asks the same rows thousands of times, and nobody but the play can change them.
Outside such a block every question goes to the database, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("standing", default=None)


@contextmanager
def register_stands_still() -> Iterator[Callable[[], None]]:
    """Within it what was read of the register is kept; what it yields forgets it, to be called
    after each change. For who is alone in the database, as a play in its transaction is."""
    known: dict[Hashable, Any] = {}
    token = _known.set(known)
    try:
        yield known.clear
    finally:
        _known.reset(token)


def asked_once(key: Hashable, ask: Callable[[], T]) -> T:
    """The answer of before where the register stands still, else a new one.

    What is given back is shared: nobody may change it.
    """
    known = _known.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    answer: T = known[key]
    return answer
