"""What a digest tells, of the cases that its reader may see; and that each is made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from alerts.domain.digests import MONTH, MORNING, Due
from alerts.domain.routing import address_key
from alerts.models import Alert, Digest, Kind, Message, QuietLetters, RefusedAddress, State
from alerts.models.alert import AlertQuerySet
from alerts.services.asking import MonthCapture, captures_of_month
from alerts.services.posting import Composed, lay_out
from stations.domain.wording import in_vietnam
from stations.models import Agency, Contact, Membership, Operator, Person
from stations.models.dated import in_force

WAITING = (State.OPEN, State.ACKNOWLEDGED, State.RETURNED)
HANDLING_KINDS = frozenset(
    {
        Agency.Kind.ENVIRONMENT,
        Agency.Kind.SUB_DEPARTMENT,
        Agency.Kind.ZONES_BOARD,
        Agency.Kind.INDUSTRY_TRADE,
        Agency.Kind.DISTRICT,
    }
)
MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class DigestReader:
    """To whom a digest goes: a person of an agency, or a contact of an operator."""

    address: str
    name: str
    language: str
    person: Person | None = None
    operator: Operator | None = None

    def cases(self) -> AlertQuerySet:
        """The cases that this reader may see."""
        if self.person is not None:
            return Alert.objects.for_user(self.person)
        of_own = Alert.objects.filter(station__facility__operator=self.operator)
        return of_own.exclude(kind=Kind.OWN_FAULT).filter(limit_confirmed=True)


@dataclass(frozen=True, slots=True)
class Told:
    """What a digest tells. Lists are of cases, the most pressing first, and cut; counts are not.

    `overdue` and `today` at the end of its time; `fresh` began or came again within it.
    """

    fresh: list[Alert]
    fresh_count: int
    by_kind: list[tuple[str, int]]
    before_count: int
    overdue: list[Alert]
    overdue_count: int
    today: list[Alert]
    open_count: int
    closed_count: int
    explained_count: int
    late_explained_count: int
    worst: list[Alert]
    silences: list[Alert]
    often: list[tuple[str, int]]
    captures: list[MonthCapture] = field(default_factory=list)

    @property
    def is_worth_a_mail(self) -> bool:
        """Whether there is anything that its reader should know or do."""
        return bool(self.fresh_count or self.overdue_count or self.today)


def readers_of(due: Due) -> Iterator[DigestReader]:
    """Who gets a digest of this sort, who has none of this time yet; each address once. Whoever
    signs in with an address may have said that this sort is not wanted."""
    on = due.at.date()
    refused = RefusedAddress.objects.filter(cleared_at=None).values_list("address", flat=True)
    made = Digest.objects.filter(sort=due.sort, start=due.start).values_list("address", flat=True)
    declined = QuietLetters.objects.filter(without__contains=[due.sort], person__is_active=True)
    unwanted = declined.values_list("person__email", flat=True)
    skip = {address_key(one) for one in [*refused, *made, *unwanted]}
    for reader in _everyone(due.sort, on):
        key = address_key(reader.address)
        if key and key not in skip:
            skip.add(key)
            yield reader


def sorts_for(person: Person, *, on: date) -> list[str]:
    """The digests that go to a person's address, wanted or not."""
    key = address_key(person.email)
    return [
        sort
        for sort in Digest.Sort.values
        if key and any(address_key(reader.address) == key for reader in _everyone(sort, on))
    ]


def _everyone(sort: str, on: date) -> Iterator[DigestReader]:
    return _owners(on) if sort == MONTH else _members(sort, on)


def _members(sort: str, on: date) -> Iterator[DigestReader]:
    role = Membership.Role.OFFICER if sort == MORNING else Membership.Role.HEAD
    rows = Membership.objects.filter(in_force(on), role=role, person__is_active=True)
    kinds = HANDLING_KINDS if sort == MORNING else HANDLING_KINDS | {Agency.Kind.LEADERSHIP}
    rows = rows.filter(agency__kind__in=kinds).exclude(person__email="")
    for row in rows.select_related("person").order_by("pk"):
        person = row.person
        yield DigestReader(person.email, str(person), person.language, person=person)


def _owners(on: date) -> Iterator[DigestReader]:
    """The owner of each operator; whoever there is where no owner is named."""
    rows = Contact.objects.in_force(on).exclude(email="").select_related("operator")
    by_operator: dict[int, list[Contact]] = {}
    for row in rows.order_by("operator", "pk"):
        by_operator.setdefault(row.operator_id, []).append(row)
    for contacts in by_operator.values():
        owners = [row for row in contacts if row.role == Contact.Role.OWNER]
        for row in owners or contacts[:1]:
            name = row.name or row.operator.name
            yield DigestReader(row.email, name, row.language, operator=row.operator)


def tell_of(reader: DigestReader, due: Due) -> Told:
    """What the reader's cases were in this time."""
    mine = reader.cases().filter(withdrawn=False)
    shown = mine.select_related("station__facility", "zone")
    fresh = shown.filter(raised_at__gte=due.start, raised_at__lt=due.end)
    pressing = ("-severity", "-raised_at", "-pk")
    length = due.end - due.start
    waiting = shown.filter(state__in=WAITING)
    late = waiting.filter(_overdue(due.end))
    coming = waiting.filter(_due_between(due.end, due.end + timedelta(hours=17)))
    answered = mine.filter(answered_at__gte=due.start, answered_at__lt=due.end)
    ids = list(fresh.values_list("pk", "kind", "station__facility__name"))
    return Told(
        fresh=list(fresh.order_by(*pressing)[:MOST_LISTED]),
        fresh_count=len(ids),
        by_kind=Counter(kind for _pk, kind, _where in ids).most_common(),
        before_count=mine.filter(
            raised_at__gte=due.start - length, raised_at__lt=due.start
        ).count(),
        overdue=list(late.order_by("answer_due_at", "pk")[:MOST_LISTED]),
        overdue_count=late.count(),
        today=list(coming.order_by("answer_due_at", "pk")[:MOST_LISTED]),
        open_count=mine.exclude(state=State.CLOSED).count(),
        closed_count=mine.filter(closed_at__gte=due.start, closed_at__lt=due.end).count(),
        explained_count=answered.count(),
        late_explained_count=sum(
            1
            for at, by in answered.values_list("answered_at", "answer_due_at")
            if by is not None and at is not None and at > by
        ),
        worst=list(
            fresh.filter(kind=Kind.EXCEEDANCE, ratio__isnull=False).order_by("-ratio", "pk")[:5]
        ),
        silences=_longest(fresh.filter(kind__in=(Kind.SILENT_STATION, Kind.SILENT_12H)), due.end),
        often=_often(where for _pk, _kind, where in ids),
        captures=_captures(reader, due),
    )


def _captures(reader: DigestReader, due: Due) -> list[MonthCapture]:
    if due.sort != MONTH or reader.operator is None:
        return []
    return captures_of_month(reader.operator.pk, in_vietnam(due.start).date())


def _overdue(at: datetime) -> Q:
    """Cases in which somebody is late, as far as the case still asks for it."""
    lasting = Q(resolved_at=None) | Q(kind=Kind.EXCEEDANCE)
    unanswered = Q(answer_due_at__lt=at)
    unacknowledged = Q(state=State.OPEN, acknowledge_due_at__lt=at)
    return lasting & (unanswered | unacknowledged) & Q(taken_over_by=None)


def _due_between(start: datetime, end: datetime) -> Q:
    lasting = Q(resolved_at=None) | Q(kind=Kind.EXCEEDANCE)
    return lasting & Q(answer_due_at__gte=start, answer_due_at__lt=end, taken_over_by=None)


def _longest(rows: AlertQuerySet, end: datetime) -> list[Alert]:
    found = sorted(rows, key=lambda one: one.starts_at - (one.resolved_at or end))
    return found[:3]


def _often(names: Iterable[str | None]) -> list[tuple[str, int]]:
    counted = Counter(name for name in names if name)
    return [(name, count) for name, count in counted.most_common(3) if count > 2]


@transaction.atomic
def keep_digest(
    composed: Composed, *, reader: DigestReader, due: Due, now: datetime
) -> Message | None:
    """Lay a digest into the outbox; None where another worker made it."""
    try:
        with transaction.atomic():
            message = lay_out(
                composed,
                to=reader.address,
                language=reader.language,
                purpose=Message.Purpose.DIGEST,
                now=now,
            )
            Digest.objects.create(
                sort=due.sort,
                address=reader.address.strip(),
                start=due.start,
                end=due.end,
                message=message,
            )
            return message
    except IntegrityError:
        return None
