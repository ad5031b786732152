"""Thử một quy tắc: an officer picks a timeline, changes it, has it played, and reads what came."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from monitoring.bell import ring
from monitoring.models import Trial
from monitoring.services.timeline import Timeline, TimelineRefused, read_to_try
from monitoring.services.timeline.limits import MOST_BYTES
from monitoring.services.timeline.shipped import Shipped, one_shipped, shipped
from monitoring.services.timeline.stage import template_is_there
from monitoring.services.trials import KEPT, LONGEST, OneAtATime, ask_trial
from monitoring.tasks import TRIAL
from monitoring.views import trial_words
from stations.models.scope import sees_province
from stations.views.person import person_of


def _keeper(request: HttpRequest) -> None:
    """Trials are for who keeps the rules of the whole province; nobody else finds them."""
    if not sees_province(person_of(request), "edit_rules"):
        raise Http404


@login_required
@require_safe
def trial_list(request: HttpRequest) -> HttpResponse:
    """What can be tried, by chapters, and what the reader tried."""
    _keeper(request)
    words = request.GET.get("q", "").strip()
    chapters = _chapters(words)
    own = Trial.objects.for_user(request.user).defer("text", "policy")[:KEPT]
    context = {
        "chapters": chapters,
        "found": sum(len(each["timelines"]) for each in chapters),
        "words": words,
        "own": [_in_list(trial) for trial in own],
    }
    return render(request, "pages/trial/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def trial_new(request: HttpRequest) -> HttpResponse:
    """A timeline in words and as it is written, to be changed and played."""
    _keeper(request)
    if request.method == "POST":
        return _posted(request)
    text, origin, title = _chosen(request)
    return _form(request, text=text, origin=origin, title=title)


def _posted(request: HttpRequest) -> HttpResponse:
    text, mistake = _text(request)
    origin = request.POST.get("origin", "")[:120]
    with_policy = request.POST.get("with_policy") == "1"
    given: dict[str, Any] = {"text": text, "origin": origin, "with_policy": with_policy}
    if mistake:
        return _form(request, mistake=mistake, **given)
    if "look" in request.POST:
        return _form(request, **given)
    try:
        trial = ask_trial(by=person_of(request), now=timezone.now(), **given)
    except TimelineRefused as refusal:
        return _form(request, mistake=str(refusal).lstrip(": "), **given)
    except OneAtATime:
        words = _("Your last trial is still being played: wait for it.")
        return _form(request, mistake=words, **given)
    ring(TRIAL)
    return redirect("trial", pk=trial.pk)


def _text(request: HttpRequest) -> tuple[str, str]:
    """The timeline that was sent, from a file where there is one; and what is wrong with it."""
    typed = request.POST.get("text", "").replace("\r\n", "\n")
    file = request.FILES.get("file")
    if file is None:
        return typed, ""
    if (file.size or 0) > MOST_BYTES:
        told = {"most": MOST_BYTES // 1024}
        return typed, _("The file is too large; at most %(most)s KB can be tried.") % told
    try:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return typed, _("The file is no text in UTF-8.")


def _form(
    request: HttpRequest,
    *,
    text: str,
    origin: str = "",
    title: str = "",
    with_policy: bool = False,
    mistake: str = "",
) -> HttpResponse:
    timelines: list[dict[str, Any]] = []
    if text.strip() and not mistake:
        try:
            timelines = [_in_words(each) for each in read_to_try(text)]
        except TimelineRefused as refusal:
            mistake = str(refusal).lstrip(": ")
    chosen = one_shipped(origin)
    context = {
        "text": text,
        "origin": origin,
        "title": title or (title_of(chosen.name) if chosen else ""),
        "rule": chosen.rule if chosen else "",
        "chosen": chosen,
        "timelines": timelines,
        "mistake": mistake,
        "wrong_line": _line_in(mistake),
        "with_policy": with_policy,
        "longest": int(LONGEST),
        "lines": min(max(text.count("\n") + 2, 16), 40),
    }
    return render(request, "pages/trial/new.html", context, status=422 if mistake else 200)


def _chosen(request: HttpRequest) -> tuple[str, str, str]:
    """The text to begin with: a shipped timeline, an earlier trial, or none."""
    if again := request.GET.get("again"):
        own = Trial.objects.for_user(request.user)
        trial = get_object_or_404(own, pk=int(again) if again.isdecimal() else 0)
        return trial.text, trial.origin, ""
    if key := request.GET.get("from"):
        found = one_shipped(key)
        if found is None:
            raise Http404
        return found.text, found.key, title_of(found.name)
    return "", "", ""


@login_required
@require_safe
def trial_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a trial; the page renews itself until it is there."""
    _keeper(request)
    trial = get_object_or_404(Trial.objects.for_user(request.user), pk=pk)
    before = Trial.objects.under_way().filter(asked_at__lt=trial.asked_at).count()
    context = {
        "trial": trial,
        "title": title_of(trial.name),
        "before": before if trial.is_under_way else 0,
        "first": trial.is_under_way and not template_is_there(),
        "timelines": _results(trial),
        "said": trial.said.lstrip(": "),
        "wrong_line": _line_in(trial.said),
    }
    return render(request, "pages/trial/trial.html", context)


@login_required
@require_safe
def trial_yaml(request: HttpRequest, pk: int) -> HttpResponse:
    """The timeline of a trial, to keep."""
    _keeper(request)
    trial = get_object_or_404(Trial.objects.for_user(request.user), pk=pk)
    return _download(trial.text, trial.origin or "trial")


@login_required
@require_safe
def shipped_yaml(request: HttpRequest, key: str) -> HttpResponse:
    """A shipped timeline, to keep."""
    _keeper(request)
    found = one_shipped(key)
    if found is None:
        raise Http404
    return _download(found.text, found.key)


def _download(text: str, name: str) -> HttpResponse:
    name = re.sub(r"[^\w-]+", "_", name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def title_of(name: str) -> str:
    """The name of a timeline in the reader's language, where it is a shipped one."""
    title = _(name) if name else "–"
    return title[:1].upper() + title[1:]


def _line_in(mistake: str) -> int | None:
    found = re.search(r"(?:dòng|line) (\d+)", mistake)
    return int(found[1]) if found else None


def _chapters(words: str) -> list[dict[str, Any]]:
    """Chapters in their order, each with the timelines that the words are found in."""
    found: dict[int, list[dict[str, Any]]] = {}
    wanted = words.casefold()
    for each in shipped():
        title = title_of(each.name)
        if wanted in f"{title} {each.name} {each.rule}".casefold():
            row = {
                "title": title,
                "rule": _reference(each.rule),
                "url": f"{reverse('trial-new')}?from={each.key}",
            }
            found.setdefault(chapter_of(each), []).append(row)
    names = chapter_names()
    return [
        {"name": names[number], "number": number, "timelines": rows}
        for number, rows in sorted(found.items())
    ]


def _reference(rule: str) -> str:
    """The paragraphs without what is said of them: judging.md §§1, 4."""
    found = re.match(r"[^,;]*(?:, \d+)*", rule)
    return found[0] if found else ""


CHAPTERS_BY_RULE = (
    (r"judging\.md §+1", 1),
    (r"judging\.md §+2", 2),
    (r"judging\.md §+3", 3),
    (r"judging\.md §+4", 4),
    (r"judging\.md §+5", 5),
    (r"judging\.md §+6|decisions/00(15|37|44)", 6),
    (r"contract\.md", 7),
    (r"issue 4 §1|decisions/0039", 8),
    (r"issue 4 §2|decisions/0035", 9),
    (r"issue 4 §3|decisions/00(06|08|40|41)", 10),
    (r"decisions/0038", 11),
    (r"decisions/0001", 1),
)
CHAPTERS_BY_FILE = (
    (r"announced", 11),
    (r"silen|line|door|our_own|slow_channel", 6),
    (r"stuck|stand_still|range|clock|unreadable|calm", 5),
    (r"unanswered|explained|deadline|lapse", 9),
    (r"wishes|digest|quiet|address|mail", 10),
)


def chapter_of(one: Shipped) -> int:
    """To which chapter a timeline belongs: by the rule that it proves, else by its file."""
    for table, said in ((CHAPTERS_BY_RULE, one.rule), (CHAPTERS_BY_FILE, one.stem)):
        for pattern, number in table:
            if said and re.search(pattern, said):
                return number
    return 12


def chapter_names() -> dict[int, str]:
    """What each chapter is about."""
    return {
        1: _("Means and the share of valid data"),
        2: _("Comparing with the limit"),
        3: _("Which limit holds"),
        4: _("Verdicts and signs of exceedance"),
        5: _("When a case opens, ends, and opens again"),
        6: _("Silence, lines, and our own time"),
        7: _("Reading station files"),
        8: _("Handling a case"),
        9: _("Deadlines and the next level"),
        10: _("Mails"),
        11: _("Announced work"),
        12: _("Others"),
    }


def _in_list(trial: Trial) -> dict[str, Any]:
    return {
        "trial": trial,
        "title": title_of(trial.name),
        "url": reverse("trial", args=[trial.pk]),
        "outcome": outcome_of(trial),
    }


def outcome_of(trial: Trial) -> str:
    """How a trial stands, in a few words."""
    if trial.state == Trial.State.FAILED:
        return str(trial.get_failure_display())
    if trial.state != Trial.State.DONE:
        return str(trial.get_state_display())
    differing = sum(bool(each["differences"]) for each in (trial.result or {})["timelines"])
    return _("differs from what was expected") if differing else _("all as expected")


def _in_words(timeline: Timeline) -> dict[str, Any]:
    return {
        "title": title_of(timeline.name),
        "first": timeline.day,
        "until": trial_words.shown(timeline.until),
        "steps": trial_words.read_steps(timeline),
        "expected": trial_words.read_expected(timeline),
        "silence": trial_words.expects_silence(timeline),
    }


def _results(trial: Trial) -> list[dict[str, Any]]:
    if trial.result is None:
        return []
    read = read_to_try(trial.text)
    return [
        {
            **_in_words(timeline),
            "seconds": played["seconds"],
            "expected": trial_words.read_expected(timeline, played["differences"]),
            "unexpected": trial_words.unexpected(played["differences"]),
            "as_expected": not played["differences"],
            "story": trial_words.whole_story(timeline, played["story"]),
            "left_out": played["story"].get("left_out", 0),
            "refused": played["story"].get("refused", []),
        }
        for timeline, played in zip(read, trial.result["timelines"], strict=True)
    ]
