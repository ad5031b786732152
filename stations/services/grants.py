"""Who may do what: made from membership × jurisdiction in force, never edited by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from guardian.models import UserObjectPermission

from stations.models import Agency, Jurisdiction, Membership, Person
from stations.models.dated import in_force

Kind, Role, What = Agency.Kind, Membership.Role, Jurisdiction.What

VIEW_LINKS, VIEW_READINGS = "view_links", "view_readings"
HANDLE_ALERTS, ANSWER_ALERTS = "handle_alerts", "answer_alerts"
EDIT_RULES, DECIDE_DATA, CHANGE_CLOSED = "edit_rules", "decide_data", "change_closed"
READING = (VIEW_LINKS, VIEW_READINGS)
RIGHTS = (*READING, HANDLE_ALERTS, ANSWER_ALERTS, EDIT_RULES, DECIDE_DATA, CHANGE_CLOSED)
READ_ONLY = (Kind.SUB_DEPARTMENT, Kind.LEADERSHIP, Kind.MINISTRY)
Grant = tuple[int, str, int]
"""Person, right, jurisdiction."""


def rights_of(*, kind: str, role: str, what: str) -> tuple[str, ...]:
    """The rights of a member on what the agency answers for."""
    if kind == Kind.INFORMATION or what == What.LINKS:
        return (VIEW_LINKS,)
    if kind == Kind.OPERATOR:
        return (*READING, ANSWER_ALERTS)
    if kind in READ_ONLY or role == Role.VIEWER:
        return READING
    if kind != Kind.ENVIRONMENT:
        return (*READING, HANDLE_ALERTS)
    keeping = (*READING, HANDLE_ALERTS, EDIT_RULES, DECIDE_DATA)
    return (*keeping, CHANGE_CLOSED) if role == Role.HEAD else keeping


@transaction.atomic
def rebuild_grants(*, people: Iterable[Person] | None = None, on: date | None = None) -> int:
    """Makes the grants what memberships and jurisdictions say on a day; the number changed.

    Of all people, or of these. Whoever else does the same waits until this is committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('grants'))")
    persons = None if people is None else [person.pk for person in people]
    wanted = _wanted(persons, on or timezone.localdate())
    stored = _stored(persons)
    missing, idle = wanted - stored.keys(), stored.keys() - wanted
    _add(missing)
    UserObjectPermission.objects.filter(pk__in=[stored[grant] for grant in idle]).delete()
    _open_the_register(persons, on or timezone.localdate())
    return len(missing) + len(idle)


def _open_the_register(persons: list[int] | None, on: date) -> None:
    """Lets the officers and heads of the environment department into the register's pages.

    Whoever was let into its pages by hand and never belonged to the department stays as he is.
    """
    known = Person.objects.filter(is_superuser=False)
    if persons is not None:
        known = known.filter(pk__in=persons)
    department = Membership.objects.filter(agency__kind=Kind.ENVIRONMENT)
    keepers = department.in_force(on).filter(role__in=(Role.OFFICER, Role.HEAD)).values("person")
    known.filter(pk__in=keepers, is_staff=False).update(is_staff=True)
    former = known.filter(pk__in=department.values("person")).exclude(pk__in=keepers)
    former.filter(is_staff=True).update(is_staff=False)


def _wanted(persons: list[int] | None, on: date) -> set[Grant]:
    memberships = Membership.objects.in_force(on).filter(
        in_force(on, "agency__jurisdictions__"), agency__jurisdictions__isnull=False
    )
    if persons is not None:
        memberships = memberships.filter(person__in=persons)
    rows = memberships.values_list(
        "person", "agency__kind", "role", "agency__jurisdictions", "agency__jurisdictions__what"
    )
    return {
        (person, right, jurisdiction)
        for person, kind, role, jurisdiction, what in rows
        for right in rights_of(kind=kind, role=role, what=what)
    }


def _stored(persons: list[int] | None) -> dict[Grant, int]:
    rows = UserObjectPermission.objects.filter(
        content_type=ContentType.objects.get_for_model(Jurisdiction)
    )
    if persons is not None:
        rows = rows.filter(user__in=persons)
    return {
        (person, right, int(jurisdiction)): pk
        for pk, person, right, jurisdiction in rows.values_list(
            "pk", "user", "permission__codename", "object_pk"
        )
    }


def _add(grants: set[Grant]) -> None:
    content_type = ContentType.objects.get_for_model(Jurisdiction)
    permissions = dict(
        Permission.objects.filter(content_type=content_type, codename__in=RIGHTS).values_list(
            "codename", "pk"
        )
    )
    UserObjectPermission.objects.bulk_create(
        (
            UserObjectPermission(
                user_id=person,
                permission_id=permissions[right],
                content_type=content_type,
                object_pk=str(jurisdiction),
            )
            for person, right, jurisdiction in sorted(grants)
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )
