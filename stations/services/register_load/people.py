"""People, and where each belongs."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from stations.models import Agency, Membership, Person
from stations.services.register_load.agencies import LANGUAGES, agency_of, operator_of
from stations.services.register_load.dated import DAYS, dated, keep_dated, stated_of
from stations.services.register_load.places import once
from stations.services.register_load.register import Register
from stations.services.register_load.shelf import points_to, ref
from stations.services.register_load.tree import Node
from stations.services.register_load.values import (
    Code,
    Entry,
    Problems,
    Stated,
    Wrong,
    choice,
    code,
    column,
    entry,
    flag,
    list_of,
    optional,
    text,
)

_ROLE = column(Membership, "role")
_MEMBERSHIP = entry({"agency": code, "role": _ROLE, **DAYS}, required=("agency",))
_SERVICE = entry({"value": code, **DAYS}, required=("value",))


def facilities(node: Node, problems: Problems) -> list[Stated]:
    """Codes of facilities, or [{value, from, until}] of them."""

    def one(item: Node, problems: Problems) -> Stated:
        if isinstance(item.value, dict):
            return stated_of(_SERVICE(item, problems))
        return Stated(code(item, problems), None, None, item.place)

    stated: list[Stated] = list_of(one)(node, problems)
    for each in stated:
        if each.since and each.until and each.until < each.since:
            problems.append(Wrong(each.place, _("the last day lies before the first")).problem)
    return [each for each in stated if each.value is not None]


PERSON = entry(
    {
        "username": column(Person, "username"),
        "name": column(Person, "name"),
        "email": column(Person, "email"),
        "phone": column(Person, "phone"),
        "language": choice(LANGUAGES),
        "agency": dated(code),
        "role": _ROLE,
        "memberships": list_of(_MEMBERSHIP),
        "operator_of": facilities,
        "active": flag,
        "password": optional(text),
    },
    required=("username",),
)


def keep_people(register: Register, entries: list[Entry]) -> None:
    """People with their memberships. A password that is not told stays as it is."""
    for each in once(register, entries, "username"):
        columns = each.given(name="name", email="email", phone="phone", language="language")
        columns |= each.given(is_active="active")
        name = each.get("username")
        person = register.people.keep(name, columns, username=name)
        if each.get("password"):
            register.passwords.append((person, each.get("password")))
        _keep_agency(register, person, each)
        for told in each.get("memberships", []):
            agency = register.find(register.agencies, told.get("agency"))
            if agency is not None:
                _keep(register, person, agency, stated_of(told, told), told.get("role"))
        for stated in each.get("operator_of", []):
            _keep_service(register, person, stated)


def _keep_agency(register: Register, person: Person, each: Entry) -> None:
    """`agency` is where a person belongs: one agency at a time, so a new one follows the old."""
    if each.get("role") and not each.get("agency"):
        register.refuse(each.at("role"), _("“role” needs an “agency”"))
    rows = [row for row in register.memberships.of(ref(person)) if not _is_service(register, row)]
    stated = []
    for one in each.get("agency", []):
        agency = register.find(register.agencies, one.value)
        if agency is not None and _is_operators(agency):
            register.refuse(one.value.place, _("people of an operator are told by “operator_of”"))
        elif agency is not None:
            role = each.get("role") or _role_before(rows, agency) or Membership.Role.VIEWER
            stated.append((one, {"agency": agency, "role": role}))
    if len(rows) > len({row.valid_from for row in rows}):
        named = [columns["agency"] for _one, columns in stated]
        rows = [row for row in rows if any(points_to(row, "agency", one) for one in named)]
    keep_dated(register.memberships, rows, stated, person=person)


def _role_before(rows: Sequence[Membership], agency: Agency) -> str | None:
    return next((row.role for row in rows if points_to(row, "agency", agency)), None)


def _keep_service(register: Register, person: Person, stated: Stated) -> None:
    facility: Code = stated.value
    operator = operator_of(register, facility)
    if operator is not None:
        agency = agency_of(register, operator, facility)
        _keep(register, person, agency, stated, None, of_new=Membership.Role.OFFICER)


def _keep(
    register: Register,
    person: Person,
    agency: Agency,
    stated: Stated,
    role: str | None,
    of_new: str = Membership.Role.VIEWER,
) -> None:
    rows = [row for row in register.memberships.of(ref(person)) if points_to(row, "agency", agency)]
    role = role or _role_before(rows, agency) or of_new
    keep_dated(
        register.memberships, rows, [(stated, {"agency": agency, "role": role})], person=person
    )


def _is_service(register: Register, row: Membership) -> bool:
    return any(
        points_to(row, "agency", agency)
        for agency in register.agencies.all()
        if _is_operators(agency)
    )


def _is_operators(agency: Agency) -> bool:
    return agency.kind == Agency.Kind.OPERATOR
