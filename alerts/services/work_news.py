"""Who hears that work was announced or decided: quietly, together, only who has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog
from django.db import connection, transaction
from django.db.models.functions import Lower

from alerts.domain.routing import address_key
from alerts.domain.wishes import quiet_leaving
from alerts.models import Maintenance, Message, QuietLetters, RefusedAddress, WorkNews
from alerts.services.listening import wishes_of
from alerts.services.posting import GATHERER, MOST_REFERENCES, Composed, lay_out
from stations.domain.wording import in_vietnam
from stations.models import Agency, Membership, Person, Station
from stations.services.recipients import Recipient, recipients_for

log = structlog.get_logger(__name__)

Step, State = WorkNews.Step, WorkNews.State
Compose = Callable[[Sequence[WorkNews], datetime], Composed]
OF_DECISION = (Step.APPROVED, Step.REFUSED)


@dataclass(frozen=True, slots=True)
class Reader:
    """One mailbox, and whether its owner is the one who may decide."""

    address: str
    name: str
    language: str
    person_id: int | None = None
    decides: bool = False


def tell_of_work(work: Maintenance, step: WorkNews.Step, *, by: Person, now: datetime) -> int:
    """Write down for each who has to know that this step was taken; how many will be mailed.

    Runs in the transaction of the step. What was not mailed yet and is overtaken by this step is
    dropped; who heard of nothing hears of no withdrawal either.
    """
    waiting = list(work.news.filter(state=State.WAITING).select_for_update())
    heard = _addresses(work.news.filter(state=State.GROUPED))
    WorkNews.objects.filter(pk__in=[row.pk for row in waiting]).update(
        state=State.DROPPED, why=f"overtaken: {Step(step).value}"
    )
    missed = _addresses(waiting) - heard
    if step == Step.ANNOUNCED:
        readers = _who_decide(work.station, now=now)
    else:
        readers = _who_asked(work, now=now)
        if step not in OF_DECISION:
            readers += _who_decide(work.station, now=now)
    unheard = missed if step == Step.WITHDRAWN else frozenset()
    notes = [
        _note(work, step, reader, by=by, now=now)
        for reader in _each_once(readers)
        if address_key(reader.address) not in {address_key(by.email), *unheard}
    ]
    WorkNews.objects.bulk_create(notes)
    return sum(1 for note in notes if note.state == State.WAITING)


def _addresses(rows: Iterable[WorkNews]) -> frozenset[str]:
    return frozenset(address_key(row.address) for row in rows)


def _each_once(readers: Iterable[Reader]) -> list[Reader]:
    once: dict[str, Reader] = {}
    for reader in readers:
        if key := address_key(reader.address):
            once.setdefault(key, reader)
    return list(once.values())


def _who_decide(station: Station, *, now: datetime) -> list[Reader]:
    """The officers who may decide, heads where there is no officer; where neither has an address,
    the mailbox of the department."""
    on = in_vietnam(now).date()
    for role in (Membership.Role.OFFICER, Membership.Role.HEAD):
        rows = Membership.objects.in_force(on).filter(role=role, person__is_active=True)
        people = {row.person for row in rows.exclude(person__email="").select_related("person")}
        deciding = [
            _person(person, decides=True)
            for person in sorted(people, key=lambda one: one.pk)
            if Station.objects.for_user(person, "decide_data").filter(pk=station.pk).exists()
        ]
        if deciding:
            return deciding
    return [
        _box(box, decides=True)
        for box in recipients_for(station, on=on)
        if box.agency_kind == Agency.Kind.ENVIRONMENT
    ]


def _who_asked(work: Maintenance, *, now: datetime) -> list[Reader]:
    """Who announced it, and the contacts of the operator."""
    boxes = recipients_for(work.station, on=in_vietnam(now).date())
    contacts = [_box(box) for box in boxes if box.audience == "operator"]
    announcer = work.declared_by
    return [_person(announcer), *contacts] if announcer.is_active else contacts


def _person(person: Person, *, decides: bool = False) -> Reader:
    return Reader(person.email, str(person), person.language, person.pk, decides)


def _box(box: Recipient, *, decides: bool = False) -> Reader:
    return Reader(box.address, box.name, box.language or "vi", box.person_id, decides)


def _note(
    work: Maintenance, step: WorkNews.Step, reader: Reader, *, by: Person, now: datetime
) -> WorkNews:
    person = reader.person_id or _person_at(reader.address)
    pace = _pace_of(person)
    note = WorkNews(
        work=work,
        step=step,
        by=by,
        at=now,
        decides=reader.decides,
        address=reader.address.strip(),
        name=reader.name,
        language=reader.language or "vi",
        person_id=person,
        due_at=now,
    )
    refused = RefusedAddress.objects.filter(address__iexact=note.address, cleared_at=None).first()
    if refused is not None:
        note.state = State.DROPPED
        note.why = f"the address refuses mail since {refused.since.isoformat()}"
    elif pace == QuietLetters.Pace.NEVER:
        note.state, note.why = State.DROPPED, "the reader asked for none"
    else:
        note.due_at = quiet_leaving(now, wishes_of(person), pace=pace)
    return note


def _person_at(address: str) -> int | None:
    """Who signs in with this address; their wish counts for a contact of the same address too."""
    people = Person.objects.filter(email__iexact=address.strip(), is_active=True)
    return people.order_by("pk").values_list("pk", flat=True).first()


def _pace_of(person: int | None) -> str:
    found = QuietLetters.objects.filter(person=person).values_list("works", flat=True).first()
    return found or QuietLetters.Pace.SOON


@transaction.atomic
def gather_work_news(*, now: datetime, compose: Compose) -> int:
    """Make mails of the news that is due, all of one reader in one; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATHERER])
    due = (
        WorkNews.objects.filter(state=State.WAITING, due_at__lte=now)
        .select_related(
            "work__station__facility__operator", "work__declared_by", "work__decided_by", "by"
        )
        .order_by(Lower("address"), "at", "pk")
        .select_for_update(of=("self",))
    )
    made = 0
    for _address, rows in groupby(due, key=lambda row: address_key(row.address)):
        made += _post(list(rows), now=now, compose=compose)
    return made


def _post(news: list[WorkNews], *, now: datetime, compose: Compose) -> int:
    """One mail. News that cannot be put into words stops no other, and says so."""
    numbers = [row.pk for row in news]
    try:
        with transaction.atomic():
            stations = {row.work.station_id for row in news}
            message = lay_out(
                compose(news, now),
                to=news[0].address,
                language=news[0].language,
                purpose=Message.Purpose.WORK,
                station_id=stations.pop() if len(stations) == 1 else None,
                references=" ".join(_thread(news)),
                now=now,
            )
            WorkNews.objects.filter(pk__in=numbers).update(state=State.GROUPED, message=message)
            return 1
    except Exception as failure:
        log.exception("work_news_not_composed", news=numbers)
        WorkNews.objects.filter(pk__in=numbers).update(
            state=State.DROPPED, why=f"could not be written: {failure!r}"[:300]
        )
        return 0


def _thread(news: list[WorkNews]) -> list[str]:
    """The earlier mails to this reader about the same works, oldest first."""
    earlier = Message.objects.filter(
        work_news__work__in={row.work_id for row in news}, to__iexact=news[0].address
    )
    newest = earlier.order_by("-created_at", "-pk").values_list("pk", "message_id").distinct()
    return list(dict(sorted(dict(newest[:MOST_REFERENCES]).items())).values())
