"""How the server itself fares, for those who keep the lines: nothing of what was measured."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from alerts.models import Message
from monitoring.models import DirtyHour, Outage
from monitoring.services.probing import word_of_probes
from monitoring.services.spool import Spool
from stations.domain import wording
from stations.views.limits import language


def health_facts(now: datetime) -> list[tuple[str, Any]]:
    """Name and value: what waits, since when, and how much room is left."""
    spool = Spool(settings.SPOOL_DIR)
    oldest = spool.oldest_received_at()
    hours = DirtyHour.objects.aggregate(many=Count("id"), oldest=Min("received_at"))
    waiting = Message.objects.filter(state__in=("waiting", "sending")).aggregate(
        many=Count("pk"), oldest=Min("created_at")
    )
    room = shutil.disk_usage(settings.DATA_DIR)
    free = wording.percent(room.free / room.total, language=language(), decimals=0)
    return [
        (_("Receiving door"), _door(now)),
        (_("Database"), _("answers")),
        (_("Files waiting to be stored"), _waiting(spool.count(), oldest, now)),
        (_("Hours waiting to be averaged"), _waiting(hours["many"], hours["oldest"], now)),
        (_("Mails waiting to be sent"), _waiting(waiting["many"], waiting["oldest"], now)),
        (
            _("Free disk space"),
            f"{wording.number(room.free / 1e9, language=language(), decimals=1)} GB ({free})",
        ),
    ]


def _door(now: datetime) -> SafeString:
    """Whether it is open, with the way to its page."""
    going = Outage.objects.filter(what=Outage.What.DOOR, end=None).exists()
    words = {"open": _("the door is open"), "doubtful": _("open; the probe does not come through")}
    said = _("the door is closed") if going else words.get(word_of_probes(now).door, _("not known"))
    return format_html('<a href="{}">{}</a>', reverse("door"), said)


def _waiting(many: int, oldest: datetime | None, now: datetime) -> str:
    count = wording.number(many, language=language(), decimals=0)
    if not many or oldest is None:
        return count
    age = wording.duration(now - oldest, language=language())
    return _("%(count)s, the oldest for %(age)s") % {"count": count, "age": age}
