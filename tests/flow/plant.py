"""A running `up` with some stations, the clients that send to it, and what it came to."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ftplib import FTP, all_errors
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg
import yaml

from config.runtime.databases import embedded
from config.runtime.places import Places
from config.runtime.postgres import Postgres
from tests import database
from tests.config.running import Installation

INTERVAL = timedelta(minutes=5)
SECRET = "only for tests"
VIETNAM_AHEAD = timedelta(hours=7)


@dataclass(frozen=True)
class Plant:
    """A station as its logger knows it. `hourly`: judged by the hour, else by the day.

    `grace_minutes`: what comes later than this after the end of its period is late.
    """

    number: int
    hourly: bool
    by_http: bool = False
    grace_minutes: int | None = None

    @property
    def code(self) -> str:
        return f"CS{self.number:02}-NT01"

    @property
    def prefix(self) -> str:
        return f"BG_CS{self.number:02}_NT01"

    @property
    def account(self) -> str:
        return f"cs{self.number:02}"


@dataclass(frozen=True)
class Sent:
    """A file: whose, under which name, its bytes."""

    plant: Plant
    name: str
    raw: bytes

    @property
    def key(self) -> tuple[str, str, str]:
        return self.plant.code, self.name, hashlib.sha256(self.raw).hexdigest()


def plants(first: int, count: int, *, grace_minutes: int | None = None) -> list[Plant]:
    """Every second one judged by the hour, every third one sending by HTTP."""
    return [
        Plant(n, hourly=n % 2 == 0, by_http=n % 3 == 2, grace_minutes=grace_minutes)
        for n in range(first, first + count)
    ]


def register(of: list[Plant]) -> str:
    """The register file of these plants and of the department that watches them."""
    department = {"code": "STNMT", "kind": "environment_department", "name": "Sở TNMT"}
    return yaml.safe_dump(
        {
            "agencies": [{**department, "emails": ["canhbao@stnmt.example"]}],
            "units": [{"code": "VY", "kind": "district", "name": "Thị xã Việt Yên"}],
            "facilities": [_facility(plant) for plant in of],
        },
        allow_unicode=True,
    )


def _facility(plant: Plant) -> dict[str, Any]:
    limit: dict[str, Any] = {"max": 60, "period": "hour" if plant.hourly else "day"}
    limit["from"] = date(2024, 1, 1)
    if plant.grace_minutes is not None:
        limit["grace_minutes"] = plant.grace_minutes
    paper = {"source": "GPMT số 1", "confirmed": "GPMT số 1"}
    return {
        "code": plant.code.partition("-")[0],
        "name": f"Nhà máy Minh họa {plant.number:02}",
        "unit": "VY",
        "kind": "plant",
        "operator": {"name": f"Công ty {plant.number}", "emails": [f"{plant.account}@mau.example"]},
        "stations": [
            {
                "code": plant.code,
                "medium": "wastewater",
                "file_prefix": plant.prefix,
                "interval_minutes": 5,
                "ftp": {"username": plant.account, "password": SECRET},
                "channels": [{"parameter": "COD", "limit": {**limit, **paper}}],
            }
        ],
    }


def files_until(end: datetime, slots: int, plant: Plant) -> list[Sent]:
    """A file for each of the last slots before `end`; what they say depends on the hour alone."""
    last = end.replace(minute=end.minute // 5 * 5, second=0, microsecond=0)
    return [one_file(plant, last - INTERVAL * back) for back in reversed(range(slots))]


def one_file(plant: Plant, *moments: datetime) -> Sent:
    """A file with a row for each moment, named after the last."""
    rows = []
    for at in moments:
        rows.append(f"COD\t{_value(plant, at)}\tmg/L\t{stamp(at)}\t{_status(plant, at)}\n")
    return Sent(plant, f"{plant.prefix}_{stamp(moments[-1])}.txt", "".join(rows).encode())


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC) + VIETNAM_AHEAD:%Y%m%d%H%M%S}"


def _value(plant: Plant, at: datetime) -> str:
    """Constant within an hour, so that a part of it says what the whole says; days constant.

    Of four stations judged by the hour two exceed in any hour.
    """
    turn = plant.number // 2 + (at.hour if plant.hourly else 0)
    return ("41.5", "90.25", "12", "77.7")[turn % 4]


def _status(plant: Plant, at: datetime) -> str:
    """The analyser of every eighth plant is out of order every other hour."""
    return "02" if plant.number % 8 == 7 and at.hour % 2 else "00"


class NotAcknowledged(Exception):
    """The door did not say that it keeps the file; a logger sends it again."""


class Client:
    """A logger: a new connection for each file, and again until it is acknowledged."""

    def __init__(self, up: Installation, tokens: dict[str, str]) -> None:
        self.up = up
        self.tokens = tokens
        self.failures = 0

    def send(self, file: Sent, *, within: float = 120.0) -> None:
        """Returns once the file is acknowledged."""
        end = time.monotonic() + within
        while True:
            try:
                (self._post if file.plant.by_http else self._store)(file)
                return
            except (*all_errors, NotAcknowledged):
                self.failures += 1
                assert time.monotonic() < end, f"{file.name} was never acknowledged"
                time.sleep(0.2)

    def _store(self, file: Sent) -> None:
        with FTP(timeout=10) as ftp:
            ftp.connect("127.0.0.1", self.up.ftp_port)
            ftp.login(file.plant.account, SECRET)
            answer = ftp.storbinary(f"STOR {file.name}", io.BytesIO(file.raw))
        if not answer.startswith("226"):
            raise NotAcknowledged(answer)

    def _post(self, file: Sent) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.up.port}/api/v1/deliveries/?name={file.name}",
            data=file.raw,
            headers={
                "Authorization": f"Token {self.tokens[file.plant.code]}",
                "Content-Type": "text/plain",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                told = json.loads(answer.read())
        except (ValueError, HTTPException) as error:  # the answer was cut off by a kill
            raise NotAcknowledged(str(error)) from error
        if told["sha256"] != file.key[2]:
            raise NotAcknowledged("another file was acknowledged")


def tokens_of(up: Installation, of: list[Plant]) -> dict[str, str]:
    """A token for each plant that sends by HTTP."""
    codes = [plant.code for plant in of if plant.by_http]
    code = (
        "from stations.models import Station; import json;"
        "from stations.services.accounts import new_station_token as new;"
        f"print(json.dumps({{s.code: new(station=s)"
        f" for s in Station.objects.filter(code__in={codes})}}))"
    )
    ran = up.manage("shell", "-v", "0", "-c", code)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def asked(up: Installation, query: str, of: Iterable[Plant] = ()) -> list[tuple[Any, ...]]:
    """Rows of its database, asked past the program, about some of its plants."""
    with closing(connected(up)) as connection:
        return connection.execute(query, {"codes": codes_of(of)}).fetchall()


def codes_of(of: Iterable[Plant]) -> list[str]:
    return [plant.code for plant in of]


def with_tables(up: Installation) -> None:
    """Gives it the migrated database of the tests, which takes far less than migrating again."""
    places = Places(up.data)
    up.data.mkdir(mode=0o711)
    postgres = Postgres(places)
    database.copy(database.KEPT / f"qttd-testdb-{os.geteuid()}-{database.state()}", postgres.data)
    with (postgres.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("\nfsync = on\nfull_page_writes = on\n")
    with embedded(places, ("postgres",)), closing(connected(up, database="postgres")) as connection:
        connection.execute("DROP DATABASE qttd")
        connection.execute("ALTER DATABASE test_qttd RENAME TO qttd")


def connected(
    up: Installation, *, database: str = "qttd", within: float = 30.0
) -> psycopg.Connection[Any]:
    """A connection, also when the server has just been killed."""
    end = time.monotonic() + within
    while True:
        try:
            sockets = Places(up.data).sockets
            return psycopg.connect(host=str(sockets), dbname=database, user="qttd", autocommit=True)
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the database did not come back"
            time.sleep(0.2)


WAITING = """SELECT (SELECT count(*) FROM monitoring_dirtyhour)
    + (SELECT count(*) FROM monitoring_frontier WHERE next_due <= now())"""


def wait_drained(up: Installation, within: float = 60.0) -> None:
    """Returns when nothing is left in the spool, to average or to judge."""
    end = time.monotonic() + within
    calm = 0
    while calm < 3:
        left = len(list((up.data / "spool").glob("*.spool")))
        try:
            left += int(asked(up, WAITING)[0][0])
        except psycopg.OperationalError:
            left = 1
        calm = 0 if left else calm + 1
        assert time.monotonic() < end, f"{left} things are still to be done; {up.said()}"
        time.sleep(0.2)


VERDICTS = """
    SELECT s.code, v.symbol, v.period, v.start, v."end", v.result, v.n, v.expected,
           v.numerator / v.denominator, v.minimum, v.maximum, v.source
    FROM monitoring_verdict v JOIN stations_station s ON s.id = v.station_id
    WHERE v.superseded_at IS NULL AND s.code = ANY(%(codes)s) ORDER BY 1, 2, 3, 4"""
ALERTS = """
    SELECT a.kind, s.code, a.parameter, a.period, a.source, a.resolved_at IS NULL,
           (SELECT array_agg((p.start, p."end")::text ORDER BY p.start)
            FROM alerts_alertspan p WHERE p.alert_id = a.id AND p.withdrawn_at IS NULL)
    FROM alerts_alert a JOIN stations_station s ON s.id = a.station_id
    WHERE NOT a.withdrawn AND a.kind IN ('exceedance', 'device_fault')
    AND s.code = ANY(%(codes)s) ORDER BY 1, 2, 3, 4, 5"""
WARNINGS = """
    SELECT s.code, a.parameter, a.period FROM alerts_alert a
    JOIN stations_station s ON s.id = a.station_id
    WHERE a.kind = 'early_warning' AND a.resolved_at IS NULL AND s.code = ANY(%(codes)s)
    ORDER BY 1, 2, 3"""
STORED = """
    SELECT s.code, d.name, d.sha256, encode(sha256(d.raw), 'hex'), d.outcome
    FROM monitoring_delivery d JOIN stations_station s ON s.id = d.station_id
    WHERE s.code = ANY(%(codes)s)"""
READINGS = """
    SELECT s.code, r.time, r.values, r.statuses FROM monitoring_reading r
    JOIN stations_station s ON s.id = r.station_id
    WHERE s.code = ANY(%(codes)s) ORDER BY 1, 2"""
COMPARED = {"verdicts": VERDICTS, "alerts": ALERTS, "readings": READINGS, "warnings": WARNINGS}


def write_files(folder: Path, files: Iterator[Sent] | list[Sent]) -> None:
    """The same files for a command: a folder a station."""
    for file in files:
        place = folder / file.plant.code / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.raw)
