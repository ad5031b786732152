"""Who may be tried on a demonstration: one person of each kind of agency, and one operator."""

from __future__ import annotations

from functools import cache

import yaml

from config.runtime.first_start import REGISTER
from stations.models import Person

Login = dict[str, str]


@cache
def _offered() -> dict[str, Login]:
    """The first person of each kind in the demonstration's register, by username."""
    if not REGISTER.exists():
        return {}
    register = yaml.load(REGISTER.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    kinds = {agency["code"]: agency["kind"] for agency in register.get("agencies", [])}
    offered: dict[str, Login] = {}
    for person in register.get("people", []):
        kind = kinds.get(person.get("agency"), "operator")
        if person.get("password"):
            offered.setdefault(
                kind,
                {
                    "username": person["username"],
                    "password": str(person["password"]),
                    "who": person.get("name") or person["username"],
                },
            )
    return {login["username"]: login for login in offered.values()}


def logins() -> list[Login]:
    """Those of them who exist here: none where the register is a real one."""
    offered = _offered()
    here = set(Person.objects.filter(username__in=offered).values_list("username", flat=True))
    return [login for username, login in offered.items() if username in here]
