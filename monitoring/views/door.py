"""Our own door: whether it is open, how long files take from it to the page, when it was closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitoring.domain.probing import SPEAKS_FOR, Word
from monitoring.models import DoorProbe, Outage
from monitoring.services.probing import FTP, word_of_probes
from monitoring.views.probe_chart import chart_of
from stations.domain import wording
from stations.models.scope import sees_lines
from stations.views.limits import language
from stations.views.person import person_of

DRAWN = timedelta(hours=24)
OUTAGES = timedelta(days=31)
MOST_PROBES = 10
MOST_FAILURES = 20
STAGES = ("acknowledged", "stored", "judged", "visible")


@login_required
@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """For who keeps the links of the province, or sees all of it; 404 for everybody else."""
    if not sees_lines(person_of(request)):
        raise Http404
    now = timezone.now()
    probes = list(DoorProbe.objects.filter(door=FTP, sent_at__gt=now - DRAWN).order_by("sent_at"))
    failed = [probe for probe in probes if probe.failure]
    shown = {
        "state": _state(now),
        "address": probes[-1].address if probes else "",
        "probes": [_row(probe) for probe in reversed(probes[-MOST_PROBES:])],
        "failed": _runs(probes)[:MOST_FAILURES],
        "failed_count": len(failed),
        "count": len(probes),
        "stages": [_stage(name, probes) for name in STAGES] if probes else [],
        "chart": chart_of(probes, start=now - DRAWN, end=now),
        "outages": _outages(now),
    }
    return render(request, "pages/door.html", shown)


def _state(now: datetime) -> dict[str, Any]:
    """A state of the stations' words, a headline, and what it rests on."""
    going = Outage.objects.filter(what=Outage.What.DOOR, end=None).first()
    word = word_of_probes(now)
    if going is not None:
        return {
            "state": "exceeded",
            "said": _("The door is closed: files of stations do not come in"),
            "then": _("Until it is open again nobody is called silent."),
            "since": going.start,
        }
    match word.door:
        case "open":
            return {
                "state": "within",
                "said": _("The door is open: a file sent as a logger sends it comes through"),
                "then": "",
                "since": word.since,
            }
        case "doubtful":
            return {
                "state": "early_warning",
                "said": _("The probe does not come through, though files of stations do"),
                "then": _("Look at the probe's address and at what the door answers it."),
                "since": None,
            }
    return {"state": "not_enough_data", "since": None, **_unknown(word, now)}


def _unknown(word: Word, now: datetime) -> dict[str, str]:
    if word.asked_at is None:
        return {
            "said": _("No probe has been sent yet"),
            "then": _("One is sent each minute while the FTP server's processes run."),
        }
    if now - word.asked_at > SPEAKS_FOR:
        return {
            "said": _("No probe was sent in the last minutes"),
            "then": _(
                "The process that sends them does not run; the door's own sign of life counts."
            ),
        }
    return {
        "said": _("The probe has never come through at this address"),
        "then": _("Set FTP_PROBE_ADDRESS to where loggers reach the door."),
    }


def _stage(name: str, probes: Sequence[DoorProbe]) -> dict[str, Any]:
    """How long it took to come so far, of the probes that did: half, nearly all, the longest."""
    took = sorted(
        (at - probe.sent_at).total_seconds()
        for probe in probes
        if (at := getattr(probe, f"{name}_at")) is not None
    )
    return {
        "name": _words()[name],
        "key": name,
        "half": _seconds(took[len(took) // 2]) if took else "",
        "most": _seconds(took[len(took) * 95 // 100]) if took else "",
        "longest": _seconds(took[-1]) if took else "",
        "missing": len(probes) - len(took),
    }


def _words() -> dict[str, str]:
    return {
        "acknowledged": _("acknowledged by the door"),
        "stored": _("kept in the database"),
        "judged": _("averaged and judged"),
        "visible": _("shown on the pages"),
    }


def _row(probe: DoorProbe) -> dict[str, Any]:
    times = [_taken(probe, name) for name in STAGES]
    return {"at": probe.sent_at, "times": times, "failure": _failure(probe)}


def _runs(probes: Sequence[DoorProbe]) -> list[dict[str, Any]]:
    """The probes that failed, those in a row for the same reason as one; the newest first."""
    runs: list[dict[str, Any]] = []
    before = ""
    for probe in probes:
        if probe.failure and probe.failure == before:
            runs[-1] |= {"until": probe.sent_at, "count": runs[-1]["count"] + 1}
        elif probe.failure:
            at = probe.sent_at
            runs.append({"at": at, "until": at, "count": 1, "failure": _failure(probe)})
        before = probe.failure
    return runs[::-1]


def _taken(probe: DoorProbe, name: str) -> dict[str, str]:
    at: datetime | None = getattr(probe, f"{name}_at")
    taken = "" if at is None else _seconds((at - probe.sent_at).total_seconds())
    return {"name": _words()[name], "taken": taken}


def _failure(probe: DoorProbe) -> dict[str, str] | None:
    if not probe.failure:
        return None
    step, _colon, said = probe.failure.partition(": ")
    words = {
        "connect": _("the door does not answer"),
        "login": _("the door refuses the probe's login"),
        "store": _("the door does not take the file"),
    }
    return {"what": words.get(step, step), "said": said}


def _seconds(taken: float) -> str:
    """Seconds, the fewer the more exactly; many of them in minutes."""
    if taken >= 600:
        return wording.duration(timedelta(seconds=taken), language=language())
    decimals = 2 if taken < 1 else 1 if taken < 100 else 0
    return f"{wording.number(max(taken, 0.0), language=language(), decimals=decimals)}\u00a0s"


def _outages(now: datetime) -> list[dict[str, Any]]:
    """All outages of the last month, of lines as well: the newest first."""
    rows: Iterable[Outage] = Outage.objects.filter(start__gt=now - OUTAGES).select_related("zone")
    return [
        {
            "what": row.get_what_display(),
            "where": row.zone or (_("the whole province") if row.what == "line" else ""),
            "start": row.start,
            "end": row.end,
            "lasted": (row.end or now) - row.start,
            "stations": len(row.stations),
        }
        for row in rows
    ]
