"""One file, one transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pghistory
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from stations.services.accounts import accounts_changed
from stations.services.grants import rebuild_grants
from stations.services.register_load.agencies import AGENCY, keep_agencies
from stations.services.register_load.assemble import read_workbook
from stations.services.register_load.facilities import FACILITY, keep_facilities
from stations.services.register_load.people import PERSON, keep_people
from stations.services.register_load.places import UNIT, ZONE, keep_units, keep_zones
from stations.services.register_load.register import Loaded, Register
from stations.services.register_load.tree import Node, Place, Problem, RegisterRefused, read_yaml
from stations.services.register_load.values import Entry, Wrong, entry, list_of, optional

FILE = entry(
    {
        "agencies": optional(list_of(AGENCY)),
        "people": optional(list_of(PERSON)),
        "units": optional(list_of(UNIT)),
        "zones": optional(list_of(ZONE)),
        "facilities": optional(list_of(FACILITY)),
    }
)
LOCK = "register"


def load_file(path: Path) -> Loaded:
    """Loads a YAML or XLSX register file. Raises RegisterRefused with every problem in it."""
    problems: list[Problem] = []
    try:
        if path.suffix.lower() == ".xlsx":
            root = read_workbook(path, problems)
        else:
            root = read_yaml(path.read_text(encoding="utf-8-sig"), problems)
    except OSError as error:
        raise RegisterRefused(str(path), [Problem(Place(), str(error.strerror))]) from error
    except UnicodeDecodeError as error:
        message = _("the file is no UTF-8 text")
        raise RegisterRefused(str(path), [Problem(Place(), message)]) from error
    return load_tree(root, name=str(path), problems=problems)


def load_tree(root: Node, *, name: str, problems: list[Problem]) -> Loaded:
    """Loads a register in one transaction, or nothing of it."""
    found = _read(root, problems)
    try:
        with pghistory.context(file=Path(name).name), transaction.atomic():
            _wait_for_others()
            register = Register()
            register.problems = problems
            _compare(register, found)
            if problems:
                raise RegisterRefused(name, sorted(problems, key=_in_reading_order))
            _hash_passwords(register)
            loaded = register.flush()
            rebuild_grants()
    except IntegrityError as error:
        raise RegisterRefused(name, [Problem(Place(), _told_by_database(error))]) from error
    accounts_changed.send(sender=Register)
    return loaded


def _read(root: Node, problems: list[Problem]) -> Entry:
    try:
        found: Entry = FILE(root, problems)
    except Wrong as wrong:
        problems.append(wrong.problem)
        return Entry(root.place)
    return found


def _compare(register: Register, found: Entry) -> None:
    """Whatever is named by others comes first, so that the order in the file cannot matter."""
    keep_units(register, found.get("units", []))
    keep_zones(register, found.get("zones", []))
    keep_facilities(register, found.get("facilities", []))
    keep_agencies(register, found.get("agencies", []))
    keep_people(register, found.get("people", []))


def _wait_for_others() -> None:
    """Two files that are loaded at the same time are loaded one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def _hash_passwords(register: Register) -> None:
    """Sets the passwords that differ from the stored ones.

    A password in a file is for demonstrations and tests, where many people have the same: each is
    hashed once a file, since argon2 takes a tenth of a second and more.
    """
    fitting = cache(check_password)
    hashed = cache(make_password)
    for person, password in register.passwords:
        if not person.password or not fitting(password, person.password):
            register.people.change(person, password=hashed(password))


def _in_reading_order(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return place.sheet or "", place.line or place.row or 0, len(place.column or "")


def _told_by_database(error: IntegrityError) -> str:
    detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None)
    return _("the register does not allow it: %s") % (detail or error)
