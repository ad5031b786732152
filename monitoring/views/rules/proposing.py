"""A change is shown before it is saved, and saved as it was shown: one course for every form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.bell import ring
from monitoring.services.foreseeing import RegisterMoved, carry_out, foresee
from monitoring.services.months import NeedsLeave
from monitoring.tasks import CORRECT
from monitoring.views.rules.foreseen import panel
from monitoring.views.rules.forms import ChangeForm
from stations.models import Station
from stations.services.rule_changes import CannotStand
from stations.views.person import person_of

SAVE = "save"


def propose(
    request: HttpRequest,
    form: ChangeForm,
    *,
    change: Callable[[], Any],
    stations: Sequence[Station],
    template: str,
    context: dict[str, Any],
    done: Callable[[Any], str],
    ready: bool,
) -> HttpResponse:
    """The page of a change: its form, what it would do, and once that was seen, its saving.

    `change` is called in a transaction, first to be taken back; `done` gives the address to go on
    to; `ready` says whether every form of the page is valid.
    """
    shown = {**context, "form": form, "known_documents": form.known_documents()}
    if not ready:
        return render(request, template, shown)
    form.keep_file()
    try:
        if request.POST.get("step") == SAVE:
            made, batch = _save(request, form, change, stations)
            if batch is not None:
                ring(CORRECT)
            _say(request, corrected=batch is not None)
            return redirect(done(made))
        foreseen = foresee(change, stations, now=timezone.now())
    except CannotStand as refusal:
        form.refuse(refusal)
        return render(request, template, shown)
    except (RegisterMoved, NeedsLeave) as refusal:
        if isinstance(refusal, NeedsLeave):
            form.add_error("head_reason", str(refusal))
        else:
            form.add_error(None, _("This is not what was shown before: look at it once more."))
        foreseen = foresee(change, stations, now=timezone.now())
    person = person_of(request)
    return render(request, template, {**shown, "foreseen": panel(foreseen, person)})


def _save(
    request: HttpRequest,
    form: ChangeForm,
    change: Callable[[], Any],
    stations: Sequence[Station],
) -> tuple[Any, Any]:
    told = form.cleaned_data
    return carry_out(
        change,
        stations,
        foreseen=request.POST.get("foreseen", ""),
        correct=form.corrects,
        reason=told.get("reason", ""),
        document=lambda: form.paper().document,
        head_reason=told.get("head_reason", ""),
        by=person_of(request),
        now=timezone.now(),
    )


def _say(request: HttpRequest, *, corrected: bool) -> None:
    if corrected:
        messages.success(request, _("Saved. The past is being judged anew."))
    else:
        messages.success(request, _("Saved. Verdicts that were made stay as they are."))
