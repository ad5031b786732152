"""Every due step to its end, as if the clock stood at one moment; and when the next one is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Min

from alerts.domain.grouping import GATHERING as MAIL_GATHERING
from alerts.mail import send_due
from alerts.mail.digests import send_digests
from alerts.mail.doors import Door
from alerts.models import Alert, Message, Notification, WorkNews
from alerts.services.escalating import keep_deadlines
from monitoring.models import Frontier
from monitoring.services.corrections import correct_one
from monitoring.services.drain import drain
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.spool import Spool
from monitoring.services.watch import next_silence, watch

AT_THE_LATEST = timedelta(hours=1)
"""What no row says when it is due is asked for this often."""


def settle_all(
    now: datetime,
    *,
    spool: Spool,
    listening: bool = True,
    door_back_at: datetime | None = None,
    mail_door: Door | None = None,
    digests: bool = False,
) -> dict[str, int]:
    """Run every due step to its end at `now`; how much each did.

    `listening`: whether our own door is open; while it is not, nobody is silent. `digests`:
    whether digests are written too, which are due by the clock on the wall alone.
    """
    steps: dict[str, Callable[[], int]] = {
        "received": lambda: drain(spool, clock=lambda: now, stored=lambda _batch: None, wait=True),
        "settled": lambda: settle_dirty(now=now) + settle_due(now=now),
        "corrected": lambda: sum(1 for _ in iter(partial(correct_one, now=now), False)),
        "silent": lambda: watch(spool, now=now, door_back_at=door_back_at) if listening else 0,
        "escalated": lambda: keep_deadlines(now=now),
        "mailed": lambda: (
            (send_digests(now=now) if digests else 0) + send_due(now=now, door=mail_door)
        ),
    }
    done = dict.fromkeys(steps, 0)
    writes = _Writes()
    with connection.execute_wrapper(writes):
        looked_at: dict[str, int] = {}
        while True:
            before = sum(done.values())
            for name, step in steps.items():
                if looked_at.get(name) == writes.count:
                    continue  # it found nothing, and nothing is different since
                looked_at[name] = writes.count
                count = step()
                done[name] += count
                if count:
                    del looked_at[name]
            if sum(done.values()) == before:
                return done


class _Writes:
    """Counts what was written through this connection: where nothing was, a second look at the
    same moment finds what the first one found."""

    READING = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT")

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        result = execute(sql, params, many, context)
        reads = isinstance(sql, str) and sql.lstrip().startswith(self.READING)
        if not reads and context["cursor"].rowcount != 0:
            self.count += 1
        return result


def next_due(after: datetime) -> datetime:
    """When something falls due next, after a moment; an hour later where nothing does."""
    moments = [
        Frontier.objects.filter(next_due__gt=after).aggregate(at=Min("next_due"))["at"],
        next_silence(after),
        Notification.objects.filter(state="waiting", due_at__gt=after).aggregate(at=Min("due_at"))[
            "at"
        ],
        WorkNews.objects.filter(state="waiting", due_at__gt=after).aggregate(at=Min("due_at"))[
            "at"
        ],
        _next_gathered_mail(after),
        Message.objects.filter(state="waiting", next_attempt_at__gt=after).aggregate(
            at=Min("next_attempt_at")
        )["at"],
        Alert.objects.filter(next_step_at__gt=after).aggregate(at=Min("next_step_at"))["at"],
    ]
    coming = [moment for moment in moments if moment is not None and moment > after]
    return min([*coming, after + AT_THE_LATEST])


def _next_gathered_mail(after: datetime) -> datetime | None:
    """When notes that wait for the mail before them may leave."""
    if not Notification.objects.filter(state="waiting", due_at__lte=after).exists():
        return None
    newest = Message.objects.filter(created_at__gt=after - MAIL_GATHERING, created_at__lte=after)
    oldest: datetime | None = newest.aggregate(at=Min("created_at"))["at"]
    return _plus(oldest, MAIL_GATHERING)


def _plus(moment: datetime | None, length: timedelta) -> datetime | None:
    return None if moment is None else moment + length
