"""Writing to the data plane in bulk: COPY for what is new, pipelined updates for what is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from monitoring.services.arrivals import Arrival, storable
from monitoring.services.merge import Change, Row

Key = tuple[int, datetime]

MEASURED = "00"
MOST_PROBLEMS = 1000
"""How many problems of one file are kept; the codes of all of them are."""


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table; nothing is asked of the server when there are none."""
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(first)
        for row in waiting:
            copy.write_row(row)


LINES_A_WRITE = 500


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY rows that are written already, as `copied` writes each column: for very many of them."""
    waiting = iter(lines)
    if not (batch := list(islice(waiting, LINES_A_WRITE))):
        return
    names = ", ".join(f'"{column}"' for column in columns)
    statement = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while batch:
            copy.write("".join(batch))
            batch = list(islice(waiting, LINES_A_WRITE))


def copied(value: Any) -> str:
    r"""A value as a column of a line of COPY: \N for nothing, text with its marks escaped."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    return value.isoformat() if isinstance(value, datetime) else str(value)


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def store_deliveries(arrivals: Iterable[Arrival], *, now: datetime) -> None:
    """Each arrival becomes a delivery: its bytes and what became of them."""
    copy_rows(
        "monitoring_delivery",
        (
            *("station_id", "id", "received_at", "stored_at", "door", "account", "peer", "name"),
            *("sha256", "raw", "outcome", "readings", "revisions", "problems", "codes"),
            *("first_time", "last_time", "read_with", "quiet"),
        ),
        (_delivery(arrival, now) for arrival in arrivals),
    )


def _delivery(arrival: Arrival, now: datetime) -> tuple[Any, ...]:
    entry = arrival.entry
    return (
        *(arrival.station_id, arrival.id, entry.received_at, arrival.stored_at or now, entry.door),
        *(entry.account or "", entry.peer, arrival.name, arrival.sha256, entry.raw),
        *(arrival.outcome, arrival.readings, arrival.revisions),
        *what_it_gave(arrival),
        *(arrival.read_with, not entry.mail),
    )


def what_it_gave(arrival: Arrival) -> tuple[Any, ...]:
    """Problems, codes, first and last time of a delivery, as they are kept."""
    kept, problems = arrival.kept, arrival.problems
    told = problems[:MOST_PROBLEMS]
    return (
        Jsonb([{"line": p.line, "code": p.code, "text": storable(p.text)} for p in told]),
        sorted({p.code for p in problems}),
        *((kept[0].time, kept[-1].time) if kept else (None, None)),
    )


def stored_rows(keys: Sequence[Key]) -> dict[Key, Row]:
    """The rows of readings that stand under these keys."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.station_id, r.time, r.values, r.statuses, r.received_at, r.deliveries"
            " FROM monitoring_reading r JOIN unnest(%s::bigint[], %s::timestamptz[])"
            " AS k(station_id, time) USING (station_id, time) WHERE r.time >= %s AND r.time <= %s",
            [
                [station for station, _ in keys],
                [time for _, time in keys],
                min(time for _, time in keys),
                max(time for _, time in keys),
            ],
        )
        return {
            (station, time): Row(
                time, slots_of(values, statuses), {}, list(deliveries), received_at
            )
            for station, time, values, statuses, received_at, deliveries in cursor.fetchall()
        }


def keys_of_deliveries(deliveries: Mapping[UUID, int]) -> list[Key]:
    """The rows that hold something of these deliveries (given with their station)."""
    if not deliveries:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.station_id, r.time FROM monitoring_delivery d JOIN monitoring_reading r"
            " ON r.station_id = d.station_id AND r.time BETWEEN d.first_time AND d.last_time"
            " AND d.id = ANY(r.deliveries) WHERE d.station_id = ANY(%s) AND d.id = ANY(%s)",
            [sorted(set(deliveries.values())), list(deliveries)],
        )
        return cursor.fetchall()


def slots_of(
    values: Sequence[float | None], statuses: Sequence[str | None] | None
) -> dict[int, tuple[float | None, str]]:
    """What an array row holds, by slot; absent readings are not there."""
    if statuses is None:
        return {i: (v, MEASURED) for i, v in enumerate(values, 1) if v is not None}
    return {
        i: (v, status)
        for i, (v, status) in enumerate(zip(values, statuses, strict=True), 1)
        if status is not None
    }


def store_rows(
    new: Mapping[Key, Row], changed: Mapping[Key, Row], sizes: Mapping[int, int]
) -> None:
    """Insert new rows of readings and replace changed ones; `sizes`: array length a station."""
    copy_rows(
        "monitoring_reading",
        ("station_id", "time", "values", "statuses", "received_at", "deliveries"),
        (
            (station, time, *arrays_of(row, sizes[station]), row.received_at, row.deliveries)
            for (station, time), row in new.items()
        ),
    )
    emptied = [key for key, row in changed.items() if not row.deliveries]
    with connection.cursor() as cursor:
        if emptied:
            cursor.executemany(
                "DELETE FROM monitoring_reading WHERE station_id = %s AND time = %s", emptied
            )
        if changed:
            cursor.executemany(
                "UPDATE monitoring_reading SET values = %s, statuses = %s, received_at = %s,"
                " deliveries = %s WHERE station_id = %s AND time = %s",
                [
                    (
                        *arrays_of(row, sizes[station]),
                        row.received_at,
                        row.deliveries,
                        station,
                        time,
                    )
                    for (station, time), row in changed.items()
                    if row.deliveries
                ],
            )


def arrays_of(row: Row, size: int) -> tuple[list[float | None], list[str | None] | None]:
    """A row's values and statuses as they are stored."""
    length = max(size, max(row.slots, default=0))
    values: list[float | None] = [None] * length
    statuses: list[str | None] = [None] * length
    plain = True
    for slot, (value, status) in row.slots.items():
        values[slot - 1] = value
        statuses[slot - 1] = status
        plain = plain and status == MEASURED
    return values, None if plain else statuses


def store_changes(changes: Iterable[tuple[int, Change]]) -> None:
    """Write revisions down, by station."""
    copy_rows(
        "monitoring_revision",
        (
            *("station_id", "time", "slot", "old_value", "old_status", "old_delivery"),
            *("value", "status", "delivery", "received_at"),
        ),
        (
            (
                *(station, change.time, change.slot, *change.old, change.old_delivery),
                *(*change.new, change.delivery, change.received_at),
            )
            for station, change in changes
        ),
    )


def forget_changes(keys: Sequence[Key]) -> None:
    """Drop the revisions of rows that are built anew from their deliveries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM monitoring_revision r USING unnest(%s::bigint[], %s::timestamptz[])"
            " AS k(station_id, time) WHERE r.station_id = k.station_id AND r.time = k.time",
            [[station for station, _ in keys], [time for _, time in keys]],
        )


def recount_revisions(station_ids: Sequence[int], deliveries: Sequence[UUID]) -> None:
    """Set the number of revisions of deliveries whose rows were built anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_delivery d SET revisions = (SELECT count(*) FROM monitoring_revision"
            " r WHERE r.station_id = d.station_id AND r.delivery = d.id"
            " AND d.outcome <> 'duplicate') WHERE d.station_id = ANY(%s) AND d.id = ANY(%s)",
            [list(station_ids), list(deliveries)],
        )


def mark_dirty(marks: Iterable[tuple[int, datetime, datetime, bool]]) -> None:
    """Append dirty marks: station, hour, received_at, quiet."""
    copy_rows("monitoring_dirtyhour", ("station_id", "hour", "received_at", "quiet"), marks)
