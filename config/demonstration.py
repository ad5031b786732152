"""Who may be tried on a demonstration: the people of the tour in the README, in its order."""

from __future__ import annotations

from functools import cache

import yaml

from config.runtime.first_start import REGISTER
from stations.models import Person

Login = dict[str, str]

TOUR = (
    "canbo.stnmt",
    "canbo.bqlkcn",
    "canbo.sct",
    "canbo.vietyen",
    "canbo.stttt",
    "chucoso.hatang",
    "moitruong.mh06",
    "theodoi.btnmt",
)


@cache
def _offered() -> dict[str, Login]:
    """The people of the tour as the demonstration's register names them, by username."""
    if not REGISTER.exists():
        return {}
    register = yaml.load(REGISTER.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    people = {person["username"]: person for person in register["people"]}
    return {
        username: {
            "username": username,
            "password": people[username]["password"],
            "who": people[username]["name"],
        }
        for username in TOUR
    }


def logins() -> list[Login]:
    """Those of them who exist here: none where the register is a real one."""
    offered = _offered()
    here = set(Person.objects.filter(username__in=offered).values_list("username", flat=True))
    return [login for username, login in offered.items() if username in here]
