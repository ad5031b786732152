"""Plays a timeline through the real pipeline: files into a spool, people's verbs, a moved clock."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from django.db import DatabaseError
from django.utils.translation import gettext as _

from alerts.mail.doors import NotNow, Refused
from alerts.models import Alert, Maintenance
from alerts.services.facts import keep_policy
from alerts.services.handling import (
    CannotBeDone,
    Explanation,
    acknowledge,
    add_note,
    answer,
    close,
    send_back,
    verify,
)
from alerts.services.policy_changes import put_day
from alerts.services.refusing import check_reach
from alerts.services.subscribing import Wanted, subscribe
from monitoring.models import Outage
from monitoring.services.announcing import (
    Announced,
    CannotAnnounce,
    announce,
    approve,
    end_early,
    refuse,
    withdraw,
)
from monitoring.services.everything import next_due, settle_all
from monitoring.services.outages import note_back, note_lost
from monitoring.services.spool import Spool
from monitoring.services.timeline.reading import VIETNAM, Step, Timeline, TimelineRefused, duration
from stations.models import Facility, FilePrefix, FtpAccount, Person, RuleSetting, Station
from stations.services.register_load.load import load_tree
from stations.services.register_load.tree import Problem, RegisterRefused, read_yaml
from stations.services.standing import register_stands_still

LEAVES_THE_REGISTER = {"file", "rows", "mail_server", "settle"}
"""Acts that change no row of the register, nor of what people announced."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the server took."""

    at: datetime
    to: str
    subject: str
    text: str
    message_id: str


@dataclass(slots=True)
class Played:
    """What playing came to beside the database: mails by time, and acts that were refused."""

    mails: list[Mail] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    settled: int = 0


class ScriptedDoor:
    """A mail server that answers as the timeline says: takes all, refuses some, or is down."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.down = False
        self.answers: dict[str, str] = {}
        self.taken: list[Mail] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The next round finds the same server."""

    def hand_over(self, mail: EmailMessage) -> str:
        """As a server does: 2yz takes, 4yz is not now, 5yz is never."""
        if self.down:
            raise NotNow("connection refused", whole_server=True)
        to = str(mail["To"])
        for pattern, words in self.answers.items():
            if fnmatch.fnmatch(to, pattern):
                raise (Refused if words.startswith("5") else NotNow)(words)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        self.taken.append(Mail(self.now, to, str(mail["Subject"]), text, str(mail["Message-ID"])))
        return "250 taken"


def play(timeline: Timeline, *, folder: Path, in_its_world: bool = False) -> Played:
    """Play a timeline into the present database; the spool lies in `folder`.

    `in_its_world`: the register that it shares with others is loaded already. Raises
    TimelineRefused for a register or a step that cannot be carried out.
    """
    player = _Player(timeline, Spool(folder))
    if not in_its_world:
        load_world(timeline)
    player.play()
    return Played(player.door.taken, player.refused, player.settled)


def load_world(timeline: Timeline) -> None:
    """Load the register that a timeline shares with the others of its file."""
    _load(timeline.world, "world: register", timeline.name)


def _load(register: Mapping[str, Any], where: str, name: str) -> None:
    if not register:
        return
    problems: list[Problem] = []
    text = yaml.safe_dump(dict(register), allow_unicode=True)
    try:
        load_tree(read_yaml(text, problems), name=where, problems=problems)
    except RegisterRefused as refusal:
        raise TimelineRefused(f"{name}: {refusal}") from refusal


class _Player:
    def __init__(self, timeline: Timeline, spool: Spool) -> None:
        self.timeline = timeline
        self.spool = spool
        self.door = ScriptedDoor()
        self.refused: list[str] = []
        self.settled = 0
        self.outages = Outages()
        self.look_every = duration(timeline.settings.get("look_every", "15 min"), timeline.name)
        self.look_at = datetime.min.replace(tzinfo=UTC)

    def play(self) -> None:
        """Steps in the order of time; between them everything that falls due, when it does."""
        self._load(self.timeline.register, "register")
        keep_policy(self.timeline.settings)
        _keep_numbers(self.timeline.settings.get("numbers") or {})
        with register_stands_still() as changed:
            self._steps(changed)

    def _steps(self, changed: Callable[[], None]) -> None:
        events = sorted(self._events(), key=lambda event: (event[0], event[1]))
        now = events[0][0] if events else self.timeline.until
        for at, _order, step, given in events:
            now = self._pass(now, at)
            with _named(self._where(step)):
                self._happens(step.act)(at, given, self._where(step))
            if step.act not in LEAVES_THE_REGISTER:
                changed()
            if step.act != "file" or at >= self.look_at:
                self._settle(at)
        self._settle(self._pass(now, self.timeline.until))

    def _events(self) -> Iterator[tuple[datetime, int, Step, Mapping[str, Any]]]:
        for step in self.timeline.steps:
            if step.act != "files":
                yield step.at, step.number, step, step.given
                continue
            with _named(self._where(step)):
                files = list(self._files(step))
            for at, given in files:
                yield at, step.number, Step(at, "file", given, step.number, step.line), given

    def _files(self, step: Step) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
        """One file a slot and station, each received a moment after its stamp, or all at
        `received`."""
        given, where, clock = step.given, self._where(step), self.timeline.clock
        at = clock.moment(_needed(given, "from", where), where)
        until = clock.moment(_needed(given, "until", where), where)
        every = duration(given.get("every", "5 min"), where)
        delay = duration(given.get("delay", "1 min"), where)
        gaps = [
            (clock.moment(begin, where), clock.moment(end, where))
            for begin, end in given.get("without", [])
        ]
        received = clock.moment(given["received"], where) if "received" in given else None
        stations = given.get("stations") or [_needed(given, "station", where)]
        while at < until:
            if not any(begin <= at < end for begin, end in gaps):
                for station in stations:
                    yield received or at + delay, {**given, "station": station, "measured": at}
            at += every

    def _pass(self, now: datetime, until: datetime) -> datetime:
        """Let time go by; at each moment at which something falls due it is done."""
        while (coming := next_due(now)) < until:
            self._settle(coming)
            now = coming
        return until

    def _settle(self, now: datetime) -> None:
        if self.outages.we_stand_still:
            return
        self.door.now = now
        self.settled += 1
        self.look_at = now + self.look_every
        settle_all(
            now,
            spool=self.spool,
            mail_door=self.door,
            digests=bool(self.timeline.settings.get("digests")),
        )

    def _where(self, step: Step) -> str:
        return self.timeline.where(step)

    def _load(self, register: Mapping[str, Any], where: str) -> None:
        _load(register, where, self.timeline.name)

    def _happens(self, act: str) -> Callable[[datetime, Mapping[str, Any], str], None]:
        return {
            "file": self._file,
            "rows": self._rows,
            "person": self._person,
            "mail_server": self._mail_server,
            "door": self._door,
            "ours": self._ours,
            "line": self._line,
            "announce": self._announce,
            "decide": self._decide,
            "change": self._change,
            "wishes": self._wishes,
            "calendar": self._calendar,
            "reach": self._reach,
            "settle": self._only_look,
        }[act]

    def _file(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        station = _station(given, where)
        if self.outages.keeps(station):
            self.outages.kept.append((station, given, where))
            return
        measured = given.get("measured", at)
        if not isinstance(measured, datetime):
            measured = self.timeline.clock.moment(measured, where)
        account = FtpAccount.objects.filter(stations=station).first()
        self.spool.put_many(
            [
                {
                    "raw": _raw(given, measured, where),
                    "door": given.get("door", "ftp" if account else "command"),
                    "account": account.username if account else None,
                    "peer": "192.0.2.1" if account else "",
                    "name": given.get("name") or f"{_prefix(station)}_{_stamp(measured)}.txt",
                    "received_at": at,
                    "too_large": False,
                    "mail": given.get("mail", True),
                }
            ]
        )

    def _rows(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """One file with a row a slot of some time: what a logger sends that kept its readings."""
        files = Step(at, "files", {**given, "station": _needed(given, "what", where)}, 0)
        stamps = [one["measured"] for _at, one in self._files(files)]
        raw = b"".join(_raw(given, stamp, where) for stamp in stamps)
        file = {**given, "station": given["what"], "text": raw.decode(), "measured": at}
        self._file(at, file, where)

    def _person(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        person = _person_named(_needed(given, "what", where), where)
        alert = _alert(given.get("alert") or {}, where)
        try:
            self._act(person, alert, at, given, where)
        except CannotBeDone as refusal:
            self.refused.append(f"{where}: {refusal}")

    def _act(
        self, by: Person, alert: Alert, at: datetime, given: Mapping[str, Any], where: str
    ) -> None:
        note = str(given.get("note", ""))
        match _needed(given, "does", where):
            case "acknowledge":
                acknowledge(alert=alert, by=by, note=note, now=at)
            case "answer":
                said = Explanation(str(given.get("cause", "other")), note)
                answer(alert=alert, by=by, said=said, now=at)
            case "verify":
                verify(alert=alert, by=by, note=note, now=at)
            case "return":
                send_back(alert=alert, by=by, reason=note, now=at)
            case "close":
                close(alert=alert, by=by, note=note, now=at)
            case "note":
                add_note(alert=alert, by=by, note=note, now=at)
            case other:
                raise TimelineRefused(_("%(where)s: nobody can “%(act)s”") % {
                    "where": where, "act": other,
                })  # fmt: skip

    def _mail_server(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        said = str(given.get("what", ""))
        if said in ("up", "down"):
            self.door.down = said == "down"
            return
        to, words = str(_needed(given, "to", where)), str(_needed(given, "answers", where))
        if words.startswith("2"):
            self.door.answers.pop(to, None)
        else:
            self.door.answers[to] = words

    def _door(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """Our door for loggers: while it is down they keep their files, and nobody is silent."""
        if _is_down(given, where):
            self.outages.door_is_down = True
            note_lost(what=Outage.What.DOOR, start=at, now=at)
        else:
            self.outages.door_is_down = False
            note_back(what=Outage.What.DOOR, at=at, now=at)
            self._send_kept(at, given)

    def _ours(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """Our whole program: while it stands still nothing is received, judged or mailed. It finds
        that out when it runs again."""
        if _is_down(given, where):
            self.outages.stopped_at = at
            return
        stopped_at, self.outages.stopped_at = self.outages.stopped_at, None
        if stopped_at is None:
            raise TimelineRefused(_("%(where)s: nothing was down") % {"where": where})
        note_lost(what=Outage.What.OWN, start=stopped_at, end=at, now=at)
        self._send_kept(at, given)

    def _line(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """The line of some stations, or of a zone: its loggers keep their files meanwhile."""
        if _is_down(given, where):
            self.outages.silent = frozenset(_stations_of_line(given, where))
        else:
            self.outages.silent = frozenset()
            self._send_kept(at, given)

    def _send_kept(self, at: datetime, given: Mapping[str, Any]) -> None:
        """What loggers kept comes in the order of its stamps, unless it is `lost`."""
        kept, self.outages.kept = self.outages.kept, []
        for station, file, where in kept:
            if not given.get("lost"):
                self._file(at, {**file, "station": station.code}, where)

    def _announce(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        clock = self.timeline.clock
        wanted = Announced(
            _station(given, where),
            _needed(given, "what", where),
            clock.moment(_needed(given, "from", where), where),
            clock.moment(_needed(given, "until", where), where),
            str(given.get("reason", "–")),
            tuple(given.get("parameters", [])),
        )
        try:
            made = announce(
                wanted=wanted, by=_person_named(_needed(given, "by", where), where), now=at
            )
            self._decide_on(made, at, given, where)
        except CannotAnnounce as refusal:
            self.refused.append(f"{where}: {refusal}")

    def _decide_on(
        self, made: Maintenance, at: datetime, given: Mapping[str, Any], where: str
    ) -> None:
        if "approved_by" in given:
            approve(work=made, by=_person_named(given["approved_by"], where), now=at)
        if "refused_by" in given:
            by = _person_named(given["refused_by"], where)
            refuse(work=made, by=by, note=str(given.get("note", "–")), now=at)

    def _decide(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """Somebody decides on the newest announcement of a station, or takes it back."""
        by = _person_named(_needed(given, "what", where), where)
        station = _station(given, where)
        work = Maintenance.objects.filter(station=station).order_by("-pk").first()
        if work is None:
            raise TimelineRefused(_("%(where)s: nothing was announced") % {"where": where})
        note = str(given.get("note", "–"))
        try:
            match _needed(given, "does", where):
                case "approve":
                    approve(work=work, by=by, now=at)
                case "refuse":
                    refuse(work=work, by=by, note=note, now=at)
                case "withdraw":
                    withdraw(work=work, by=by, reason=note, now=at)
                case "end":
                    end_early(work=work, by=by, now=at)
                case other:
                    raise TimelineRefused(_("%(where)s: nobody can “%(act)s”") % {
                        "where": where, "act": other,
                    })  # fmt: skip
        except CannotAnnounce as refusal:
            self.refused.append(f"{where}: {refusal}")

    def _change(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        self._load({key: value for key, value in given.items() if key != "what"}, where)

    def _wishes(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """A person says how they want to hear: `{wishes: canbo, pace: hourly, kinds: […]}`."""
        quiet = [time.fromisoformat(str(one)) for one in given.get("quiet", [])]
        subscribe(
            person=_person_named(_needed(given, "what", where), where),
            wanted=Wanted(
                kinds=given.get("kinds", []),
                facilities=Facility.objects.filter(code__in=given.get("facilities", [])),
                least_severity=int(given.get("from_severity", 1)),
                pace=str(given.get("pace", "at_once")),
                quiet_from=quiet[0] if quiet else None,
                quiet_until=quiet[1] if quiet else None,
            ),
        )

    def _calendar(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """An officer says of a day that it is off, or that it is worked for another."""
        day = _needed(given, "day", where)
        put_day(
            day=self.timeline.clock.moment(day, where).astimezone(VIETNAM).date(),
            kind=str(_needed(given, "kind", where)),
            name=str(given.get("called", "–")),
            source="–",
            by=_person_named(_needed(given, "what", where), where),
            now=at,
        )

    def _reach(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """What is looked at once a day: whether each facility can be written to."""
        check_reach(now=at)

    def _only_look(self, at: datetime, given: Mapping[str, Any], where: str) -> None:
        """Nothing happens but that the clock is looked at."""


@contextmanager
def _named(where: str) -> Iterator[None]:
    """What a step says in a shape that nobody expects is named by its place."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, KeyError, DatabaseError) as error:
        raise TimelineRefused(
            _("%(where)s: cannot be carried out as it is written (%(error)s)")
            % {"where": where, "error": error}
        ) from error


@dataclass(slots=True)
class Outages:
    """What is down at a moment of a timeline, and the files that loggers keep meanwhile."""

    door_is_down: bool = False
    stopped_at: datetime | None = None
    silent: frozenset[int] = frozenset()
    kept: list[tuple[Station, Mapping[str, Any], str]] = field(default_factory=list)

    @property
    def we_stand_still(self) -> bool:
        """Whether our program does not run."""
        return self.stopped_at is not None

    def keeps(self, station: Station) -> bool:
        """Whether a logger cannot send now."""
        return self.door_is_down or self.we_stand_still or station.pk in self.silent


def _is_down(given: Mapping[str, Any], where: str) -> bool:
    said = _needed(given, "what", where)
    if said not in ("up", "down"):
        raise TimelineRefused(
            _("%(where)s: says up or down, not %(said)s") % {"where": where, "said": said}
        )
    return bool(said == "down")


def _stations_of_line(given: Mapping[str, Any], where: str) -> list[int]:
    if "zone" in given:
        rows = Station.objects.filter(facility__zone__code=given["zone"])
        return list(rows.values_list("pk", flat=True))
    return [_station({"station": code}, where).pk for code in _needed(given, "stations", where)]


def _keep_numbers(numbers: Mapping[str, Any]) -> None:
    """Numbers of the rules in the place of those that stand. How long a value may stay the same is
    said only where a timeline says it: calm hours are written with one value."""
    said = {"stuck_slots": None, **numbers}
    for key, value in said.items():
        RuleSetting.objects.filter(key=key).delete()
        if value is not None:
            RuleSetting.objects.create(key=key, value=Decimal(str(value)), source="–")


def _needed(given: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in given:
        raise TimelineRefused(_("%(where)s: `%(key)s` is missing") % {"where": where, "key": key})
    return given[key]


def _station(given: Mapping[str, Any], where: str) -> Station:
    code = _needed(given, "station", where)
    found = Station.objects.filter(code=code).first()
    if found is None:
        raise TimelineRefused(
            _("%(where)s: there is no station %(code)s") % {"where": where, "code": code}
        )
    return found


def _person_named(username: Any, where: str) -> Person:
    found = Person.objects.filter(username=username).first()
    if found is None:
        raise TimelineRefused(
            _("%(where)s: there is nobody called %(name)s") % {"where": where, "name": username}
        )
    return found


def _alert(asked: Mapping[str, Any], where: str) -> Alert:
    """The newest alert that fits."""
    rows = Alert.objects.order_by("-opened_at", "-pk")
    names = {"station": "station__code"}
    found = rows.filter(**{names.get(key, key): value for key, value in asked.items()}).first()
    if found is None:
        raise TimelineRefused(
            _("%(where)s: no alert fits %(asked)s") % {"where": where, "asked": dict(asked)}
        )
    return found


def _prefix(station: Station) -> str:
    return str(FilePrefix.objects.filter(station=station).values_list("prefix", flat=True)[0])


def _stamp(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")


def _raw(given: Mapping[str, Any], measured: datetime, where: str) -> bytes:
    if "text" in given:
        return str(given["text"]).encode()
    values: Mapping[str, Any] = _needed(given, "values", where)
    status = given.get("status", "00")
    rows = []
    for symbol, value in values.items():
        said, own = value if isinstance(value, list) else (value, status)
        written = "" if said is None else _number(said, where)
        rows.append(f"{symbol}\t{written}\t\t{_stamp(measured)}\t{own}\r\n")
    return "".join(rows).encode()


def _number(said: Any, where: str) -> str:
    try:
        return format(Decimal(str(said)), "f")
    except InvalidOperation:
        raise TimelineRefused(
            _("%(where)s: %(text)s is no number") % {"where": where, "text": repr(said)}
        ) from None
