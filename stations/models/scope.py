"""Whose is it? The one condition behind every `for_user`."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from guardian.shortcuts import get_objects_for_user

from stations.models.agency import Jurisdiction
from stations.models.dated import in_force

What = Jurisdiction.What
NOTHING = Q(pk__in=[])


def scope_of(
    user: AbstractBaseUser | AnonymousUser, permission: str, *, on: date | None = None
) -> Q:
    """The facilities that `user` may reach with `permission`, as a condition on Facility.

    Rights lie on jurisdictions (guardian, no global permissions); a superuser has them all.
    """
    if not user.is_authenticated or not user.is_active:
        return NOTHING
    if getattr(user, "is_superuser", False):
        return Q()
    today = on or timezone.localdate()
    granted = get_objects_for_user(
        user, f"stations.{permission}", Jurisdiction, accept_global_perms=False, use_groups=False
    ).filter(in_force(today))
    return covered_by(list(granted), on=today)


def covered_by(jurisdictions: list[Jurisdiction], *, on: date) -> Q:
    """The facilities that these jurisdictions cover on a day, as a condition on Facility."""
    if any(j.what in (What.PROVINCE, What.LINKS) for j in jurisdictions):
        return Q()
    condition = NOTHING
    if units := {j.unit_id for j in jurisdictions if j.what == What.UNIT and j.unit_id}:
        condition |= lying_in(units, on=on)
    if zones := {j.zone_id for j in jurisdictions if j.what == What.ZONE}:
        condition |= Q(zone__in=zones)
    if operators := {j.operator_id for j in jurisdictions if j.what == What.OPERATOR}:
        condition |= Q(operator__in=operators)
    kinds = {What.ALL_ZONES.value: "zone", What.ALL_CLUSTERS.value: "cluster"}
    if wanted := {kinds[j.what] for j in jurisdictions if j.what in kinds}:
        condition |= Q(zone__kind__in=wanted)
    return condition


def lying_in(units: set[int], *, on: date) -> Q:
    """Facilities in these units or in units that are part of them; own unit first, else zone's."""
    from stations.models.facility import FacilityUnit
    from stations.models.unit import Unit, Zone

    within = set(units)
    while below := set(
        Unit.objects.filter(parent__in=within).exclude(pk__in=within).values_list("pk", flat=True)
    ):
        within |= below
    placed = FacilityUnit.objects.filter(facility=OuterRef("pk")).in_force(on)
    in_zone = Zone.objects.filter(pk=OuterRef("zone"), units__in=within)
    return Q(Exists(placed.filter(unit__in=within))) | (~Q(Exists(placed)) & Q(Exists(in_zone)))


def sees_province(user: AbstractBaseUser | AnonymousUser, permission: str) -> bool:
    """Whether the person's right covers the whole province, so also what belongs to nobody."""
    if not user.is_authenticated or not user.is_active:
        return False
    return _reaches(user, permission, (What.PROVINCE,))


def sees_lines(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the person answers for the links of the whole province, or sees all of it."""
    if not user.is_authenticated or not user.is_active:
        return False
    return _reaches(user, "view_links", (What.PROVINCE, What.LINKS))


def _reaches(user: AbstractBaseUser, permission: str, whats: tuple[What, ...]) -> bool:
    if getattr(user, "is_superuser", False):
        return True
    return (
        get_objects_for_user(
            user,
            f"stations.{permission}",
            Jurisdiction,
            accept_global_perms=False,
            use_groups=False,
        )
        .filter(in_force(timezone.localdate()), what__in=whats)
        .exists()
    )
