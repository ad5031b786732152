"""Two neighbouring districts walk every address: nothing of the other's own may be read there."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from alerts.models import Alert, Message
from monitoring.models import Delivery, Verdict
from monitoring.services.drain import host_spool
from monitoring.services.probing import file_of
from stations.models import (
    Agency,
    Contact,
    Facility,
    FilePrefix,
    FtpAccount,
    Operator,
    Person,
    Station,
)
from stations.services.register_export.tree import register_tree
from stations.services.synthetic import CODE, probe_logger
from tests.screens.conftest import Province

EAST = {"facility": "BINHMINH", "district": "UBDONG", "person": "nguoidong"}
WEST = {"facility": "HOANGHON", "district": "UBTAY", "person": "nguoitay"}
SIDES = pytest.mark.parametrize(
    ("own", "other"), [(EAST, WEST), (WEST, EAST)], ids=["east reads", "west reads"]
)
OF_A_LIST = ("", "?q=nhà máy", "?state=unclosed", "?all=true")
OF_A_THING = ("", "?parameter=COD&step=hour&from=2020-01-01")
WRITTEN = {"UUIDConverter": "uuid", "IntConverter": "int", "StringConverter": "str"}
THE_SAME_FOR_ALL = ("/api/schema/", "/api/docs/", "/metrics")


def secrets_of(side: dict[str, str]) -> set[str]:
    """Codes and names that lie only in this district."""
    facility = Facility.objects.get(code=side["facility"])
    operator = Operator.objects.get(pk=facility.operator_id)
    stations = Station.objects.filter(facility=facility)
    people = Person.objects.filter(memberships__agency__code=side["district"]) | (
        Person.objects.filter(memberships__agency__operator=operator)
    )
    contacts = Contact.objects.filter(operator=operator)
    found = {facility.code, facility.name, operator.name}
    found |= set(stations.values_list("code", flat=True))
    found |= set(FilePrefix.objects.filter(station__in=stations).values_list("prefix", flat=True))
    found |= set(
        FtpAccount.objects.filter(stations__in=stations).values_list("username", flat=True)
    )
    found |= set(Agency.objects.get(code=side["district"]).emails)
    for row in contacts.values_list("name", "email", "phone"):
        found |= set(row)
    for row in people.values_list("username", "name", "email", "phone"):
        found |= set(row)
    return found - {""}


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the project as text with its converters."""
    for each in (resolver or get_resolver()).url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern):
            yield route, dict(each.pattern.converters)


def addresses() -> Iterator[str]:
    """Each address with each object that its parts can name, one's own and the neighbour's."""
    ids = {
        "UUIDConverter": [
            str(pk)
            for model in (Delivery, Verdict)
            for pk in model.objects.values_list("id", flat=True)
        ],
        "IntConverter": [
            str(pk)
            for pk in {
                *Alert.objects.values_list("pk", flat=True),
                *Message.objects.values_list("pk", flat=True),
            }
        ],
        "StringConverter": list(Station.objects.values_list("code", flat=True)),
    }
    for route, converters in patterns():
        if "(?P" in route or len(converters) > 1 or route.startswith("admin/"):
            continue
        if not converters:
            yield "/" + route
        for name, converter in converters.items():
            sort = type(converter).__name__
            for value in ids.get(sort, []):
                yield "/" + route.replace(f"<{WRITTEN[sort]}:{name}>", value)


def queries_of(address: str) -> tuple[str, ...]:
    """What else to ask of an address."""
    if address in THE_SAME_FOR_ALL:
        return ("",)
    return OF_A_THING if any(part[-1:].isdigit() for part in address.split("/")) else OF_A_LIST


def body_of(client: Client, address: str) -> str:
    answer = client.get(address)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return headers + "\n" + content.decode("utf-8", "replace")


@SIDES
def test_no_page_and_no_answer_names_what_is_only_the_neighbours(
    province: Province, own: dict[str, str], other: dict[str, str]
) -> None:
    client = province.client(own["person"])
    hidden = secrets_of(other)
    walked = list(addresses())
    assert len(walked) > 60
    found = [
        (address + query, secret)
        for address in walked
        for query in queries_of(address)
        for text in [body_of(client, address + query)]
        for secret in hidden
        if secret in text
    ]
    assert found == []


@SIDES
def test_asking_for_the_neighbours_by_name_finds_nothing_and_says_nothing(
    province: Province, own: dict[str, str], other: dict[str, str]
) -> None:
    client = province.client(own["person"])
    station = Station.objects.filter(facility__code=other["facility"])[0]
    names = secrets_of(other) - {station.code}
    for address in ("/alerts/", "/deliveries/", "/stations/", "/mails/"):
        for query in (f"?station={station.code}", f"?facility={other['facility']}"):
            text = body_of(client, address + query)
            assert not [name for name in names | {station.code} if name in text], address + query
    assert station.code not in body_of(client, f"/stations/{station.code}/")


@SIDES
def test_no_mail_to_a_district_names_what_is_only_the_neighbours(
    province: Province, data_dir: Path, own: dict[str, str], other: dict[str, str]
) -> None:
    hidden = secrets_of(other)
    domain = "huyendong.example" if own is EAST else "huyentay.example"
    mails = Message.objects.filter(to__endswith=domain)
    assert mails.exists()
    for mail in mails:
        for text in (mail.subject, mail.text, mail.html):
            assert not [secret for secret in hidden if secret in text], mail.subject
    laid = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (data_dir / "mails").glob("*.eml")
    ]
    to_us = [mail for mail in laid if domain in str(mail["To"])]
    assert to_us
    for mail in to_us:
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        whole = "\n".join([str(mail["Subject"]), *map(str, parts)])
        assert not [secret for secret in hidden if secret in whole]


def test_the_same_walk_as_the_department_finds_both(province: Province) -> None:
    """The walk would see a leak if there were one."""
    client = province.client("canbo")
    everything = "".join(body_of(client, address) for address in addresses())
    for side in (EAST, WEST):
        facility = Facility.objects.get(code=side["facility"])
        assert facility.name in everything
        assert Station.objects.filter(facility=facility)[0].code in everything
        assert Contact.objects.filter(operator=facility.operator).first().email in everything


def test_nobody_reads_of_the_station_that_our_own_probes_come_from(province: Province) -> None:
    """Neither the department, which sees the whole province, nor who keeps the register."""
    logger = probe_logger("may1")
    at = timezone.now().replace(microsecond=0)
    name, body = file_of(logger, at)
    host_spool().put(
        body, name=name, door="ftp", account=logger.username, peer="127.0.0.1", received_at=at
    )
    call_command("settle", now=at, stdout=StringIO())
    assert Delivery.objects.filter(station=logger.station_id, readings=1).exists()
    keeper = Person.objects.create(username="quantri", is_staff=True, is_superuser=True)
    grown = Client()
    grown.force_login(keeper)
    walked = [*addresses(), "/metrics"]
    lists = [
        f"/admin/stations/{model}/" for model in ("station", "facility", "channel", "ftpaccount")
    ]
    found = [
        (address + query)
        for client, which in ((province.client("canbo"), walked), (grown, [*walked, *lists]))
        for address in which
        for query in queries_of(address)
        if CODE in body_of(client, address + query)
    ]
    assert found == []
    assert CODE not in str(register_tree())
