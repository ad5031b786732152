"""Receive, average and judge, each against what the database alone takes for the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from config.bench.figures import Figure, timed
from config.bench.province import PARAMETERS, STATIONS, files_of, write_register
from monitoring.models import Delivery, Reading, Verdict
from monitoring.services.average import average
from monitoring.services.drain import drain, host_spool
from monitoring.services.judge import judge_station
from monitoring.services.locks import lock_stations
from monitoring.services.marks import Marks, take_marks
from monitoring.services.setup import setups_of
from stations.models import Station
from stations.services.limits import RuleBook

BEGIN = datetime(2024, 5, 20, 17, tzinfo=UTC)
HOURS = 4
JUDGED_AT = BEGIN + timedelta(hours=HOURS, minutes=45)

BARE_COPIES = (
    (
        "CREATE TEMP TABLE bare_reading AS SELECT * FROM monitoring_reading WITH NO DATA",
        "COPY (SELECT * FROM monitoring_reading) TO STDOUT",
        "COPY bare_reading FROM STDIN",
    ),
    (
        "CREATE TEMP TABLE bare_delivery AS SELECT * FROM monitoring_delivery WITH NO DATA",
        "COPY monitoring_delivery TO STDOUT",
        "COPY bare_delivery FROM STDIN",
    ),
)
BARE_AVERAGE = """
    SELECT station_id, slot, date_trunc('hour', time), avg(value)
    FROM monitoring_reading, unnest(values) WITH ORDINALITY AS one(value, slot)
    GROUP BY 1, 2, 3"""
BARE_JUDGEMENT = """
    CREATE TEMP TABLE bare_verdict AS SELECT station_id, slot, start,
    numerator > 50 * denominator * n AS exceeded FROM monitoring_hourmean"""


def measure_flow() -> Iterator[Figure]:
    """The three stages after each other, on the same files."""
    _load()
    yield from _receipts()
    yield from _averages()
    yield from _judgements()


def _load() -> None:
    path = write_register(settings.DATA_DIR / "bench-register.yaml")
    call_command("load_register", str(path), verbosity=0)


def _receipts() -> Iterator[Figure]:
    """Spool → database."""
    spool = host_spool()
    came = {"door": "command", "account": None, "peer": "", "mail": False}
    received_at = BEGIN + timedelta(hours=HOURS)
    spool.put_many(
        {**came, "raw": raw, "name": name, "received_at": received_at}
        for name, raw in files_of(BEGIN, HOURS)
    )
    with timed() as receiving:
        drain(spool, clock=lambda: JUDGED_AT, stored=lambda _: None)
    files = Delivery.objects.count()
    with timed() as copying:
        _copy_the_same()
    rate = files / receiving.seconds
    yield Figure("receive", "spool to database", rate, "files/s")
    yield Figure("receive", "the same", rate * len(PARAMETERS), "readings/s")
    ratio = receiving.seconds / copying.seconds
    yield Figure("receive", "against a bare COPY of the rows", ratio, "times", at_most=40)


def _copy_the_same() -> None:
    """COPY into bare tables what receive stored: rows of readings and of deliveries."""
    with transaction.atomic(), connection.cursor() as cursor:
        for alike, out, into in BARE_COPIES:
            cursor.execute(alike)
            with cursor.copy(out) as rows:
                written = b"".join(map(bytes, rows))
            with cursor.copy(into) as copy:
                copy.write(written)


def _averages() -> Iterator[Figure]:
    """Marked hours → means."""
    ids = sorted(Station.objects.values_list("pk", flat=True))
    setups, rules = setups_of(ids), RuleBook.load(ids)
    with timed() as averaging:
        for station_id in ids:
            with transaction.atomic():
                lock_stations([station_id])
                average(setups[station_id], take_marks(station_id).hours, rules)
    with timed() as bare, connection.cursor() as cursor:
        cursor.execute(BARE_AVERAGE)
        cursor.fetchall()
    readings = Reading.objects.count() * len(PARAMETERS)
    yield Figure("average", "readings to means", readings / averaging.seconds, "readings/s")
    ratio = averaging.seconds / bare.seconds
    yield Figure("average", "against SQL's avg of the same", ratio, "times", at_most=40)


def _judgements() -> Iterator[Figure]:
    """Means → verdicts and alerts."""
    ids = sorted(Station.objects.values_list("pk", flat=True))
    setups, rules = setups_of(ids), RuleBook.load(ids)
    with timed() as judging:
        for station_id in ids:
            with transaction.atomic():
                lock_stations([station_id])
                judge_station(setups[station_id], Marks(), rules, now=JUDGED_AT)
    with timed() as bare, connection.cursor() as cursor:
        cursor.execute(BARE_JUDGEMENT)
    verdicts = Verdict.objects.count()
    yield Figure("judge", "means to verdicts", verdicts / judging.seconds, "verdicts/s")
    yield Figure("judge", "a station's due hours", 1000 * judging.seconds / STATIONS, "ms")
    ratio = judging.seconds / bare.seconds
    yield Figure("judge", "against one statement of SQL", ratio, "times")
