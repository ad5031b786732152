"""Why something that a worker did could not be done, for who asked for it.

What is kept is the text of an error, for the log's reader; a page never shows it.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

TOOK_TOO_LONG = ("QueryCanceled", "statement timeout", "canceling statement")


def failure_words(failure: str) -> str:
    """A sentence in the reader's language; "" where nothing failed."""
    if not failure:
        return ""
    if any(sign in failure for sign in TOOK_TOO_LONG):
        return _("It took longer than is allowed. Ask for fewer stations or a shorter time.")
    return _(
        "The computation stopped at a fault of this system. What it had changed is undone; the log"
        " says what happened. Tell the people who run the system."
    )
