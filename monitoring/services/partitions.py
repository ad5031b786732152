"""Monthly partitions of the readings, made before the transaction that needs them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import ProgrammingError, connection, transaction

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_known: set[tuple[str, date]] = set()  # months whose partition is committed, by database


def ensure_partitions(times: Iterable[datetime]) -> None:
    """Make the partitions of the Vietnamese months in which these moments lie."""
    database = connection.settings_dict["NAME"]
    for month in {_month(at) for at in times}:
        if (database, month) not in _known:
            if not _exists(month):  # the table of all readings is locked by making, not by asking
                _make(month)
            transaction.on_commit(partial(_known.add, (database, month)))


def _month(at: datetime) -> date:
    return at.astimezone(VIETNAM).date().replace(day=1)


def _exists(month: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"monitoring_reading_{month:%Y_%m}"])
        return bool(cursor.fetchone()[0])


def _make(month: date) -> None:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS monitoring_reading_{month:%Y_%m}"
                " PARTITION OF monitoring_reading FOR VALUES FROM (%s) TO (%s)",
                [_begin(month), _begin(following)],
            )
    except ProgrammingError as error:
        if "already exists" not in str(error):  # two workers made it at once
            raise


def _begin(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=VIETNAM).astimezone(UTC)
