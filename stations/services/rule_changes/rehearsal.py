"""What the register would say after a change, without the change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from stations.services.rule_changes.placing import CannotStand

Seen = TypeVar("Seen")
PATIENCE = "2s"
"""How long a rehearsal waits for whoever is changing the same rows just now."""


class _TakenBack(Exception):
    pass


def rehearse(change: Callable[[], object], look: Callable[[], Seen]) -> Seen:
    """Makes the change, looks, and takes all of it back: the same verb, the same constraints.

    Only rows of the register are touched, for as long as `look` takes; look at the register alone,
    at readings and verdicts afterwards. Raises CannotStand as the change itself does.
    """
    seen: list[Seen] = []
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            change()
            seen.append(look())
            raise _TakenBack
    except _TakenBack:
        return seen[0]
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        message = _("Somebody else is changing the same entry just now: try again in a moment.")
        raise CannotStand(message) from error
