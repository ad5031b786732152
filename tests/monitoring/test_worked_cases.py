"""The worked cases beside the project, through the commands that an officer would use."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.core.management import call_command

from monitoring.models import Delivery, Reading, Verdict
from monitoring.services.settle import settle_dirty, settle_due
from monitoring.services.store import slots_of
from stations.models import Channel, Edition, JudgedBy, Parameter, PermitLimit, Station
from tests.monitoring.conftest import CASES

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
AT = "2024-05-21T10:00:00+07:00"
DAY = date(2024, 5, 21)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("cases_register", "data_dir"),
]


def cases(name: str) -> list[dict[str, Any]]:
    path = CASES / name
    return yaml.safe_load(path.read_text()) if path.exists() else []


def receive(*paths: Path | str, at: str = AT) -> dict[str, Any]:
    out = StringIO()
    call_command("receive", *map(str, paths), at=datetime.fromisoformat(at), json=True, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def stored(at: datetime) -> dict[str, tuple[float | None, str]]:
    """What stands for KCNQC-NT01 at a moment, by symbol."""
    symbols = dict(Channel.objects.filter(station__code="KCNQC-NT01").values_list("slot", "symbol"))
    row = Reading.objects.filter(station__code="KCNQC-NT01", time=at).first()
    if row is None:
        return {}
    return {symbols[slot]: said for slot, said in slots_of(row.values, row.statuses).items()}


def test_each_file_gives_what_the_worked_cases_say() -> None:
    for case in cases("expected.yaml"):
        told = receive(CASES / "files" / case["file"])
        assert told["files"] == told[case["outcome"]] == 1, case["file"]
        assert told["revisions"] == case.get("revisions", 0), case["file"]
        if "readings" in case:
            assert told["readings"] == len(case["readings"]), case["file"]
            digits = case["file"].rpartition("_")[2].removesuffix(".txt")
            moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)
            standing = stored(moment)
            for symbol, (value, status) in case["readings"].items():
                assert standing[symbol] == (value, status), (case["file"], symbol)
        problems = [
            {key: problem[key] for key in ("line", "code") if problem[key] is not None}
            for problem in told["problems"]
        ]
        assert problems == case.get("problems", []), case["file"]


def rows_of(case: dict[str, Any], day: date) -> list[tuple[datetime, str, str]]:
    """Moments with their value and status; later rows of a case go over earlier ones."""
    found: dict[datetime, tuple[str, str]] = {}
    for begin, end, every, value, status in case.get("rows", []):
        first, last = minutes(begin), minutes(end)
        for minute in range(first, last, every):
            found[midnight(day) + timedelta(minutes=minute)] = (str(value), status)
    for clock, value, status in case.get("extra", []):
        found[at_clock(day, clock)] = (str(value), status)
    for clock, value, status in case.get("extra_next_day", []):
        found[at_clock(day + timedelta(days=1), clock)] = (str(value), status)
    return [(moment, *said) for moment, said in sorted(found.items())]


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=VIETNAM)


def at_clock(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=VIETNAM)


def write(folder: Path, symbol: str, rows: list[tuple[datetime, str, str]]) -> Path:
    """A file a reading, as a logger sends them."""
    folder.mkdir(parents=True, exist_ok=True)
    for moment, value, status in rows:
        stamp = f"{moment:%Y%m%d%H%M%S}"
        name = folder / f"BG_KCNQC_NT01_{stamp}.txt"
        name.write_text(f"{symbol}\t{value}\t\t{stamp}\t{status}\n")
    return folder


def settle(now: datetime) -> None:
    while settle_dirty(now=now) + settle_due(now=now):
        continue


def prepare(case: dict[str, Any]) -> str:
    """Set the channel up as the case has it; its symbol."""
    station = Station.objects.get(code="KCNQC-NT01")
    symbol = case.get("parameter", "COD")
    parameter = Parameter.objects.get(symbol=symbol)
    channel, _ = Channel.objects.get_or_create(
        station=station,
        parameter=parameter,
        defaults={"slot": 7, "symbol": symbol, "unit": parameter.units["wastewater"]},
    )
    if "interval_minutes" in case.get("channel", {}):
        channel.channelintervals.create(minutes=case["channel"]["interval_minutes"])
    if "limit" in case:
        limit = case["limit"]
        PermitLimit.objects.create(
            channel=channel,
            period="day",
            minimum=limit.get("min"),
            maximum=limit.get("max"),
            replaces=limit.get("replaces", False),
            source="GPMT số 99",
        )
    return symbol


def number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 9)))


DAYS = cases("days.yaml")


@pytest.mark.parametrize(
    "case", [c for c in DAYS if "days" not in c], ids=lambda case: case["name"]
)
def test_a_day_is_judged_as_the_worked_case_says(case: dict[str, Any], tmp_path: Path) -> None:
    symbol = prepare(case)
    rows = rows_of(case, DAY)
    assert receive(write(tmp_path / "day", symbol, rows), at="2024-05-22T02:00:00+07:00")
    settle(datetime(2024, 5, 21, 19, 0, tzinfo=UTC))
    if "then_received" in case:
        later = [(at_clock(DAY, clock), str(v), s) for clock, v, s in case["then_received"]]
        told = receive(write(tmp_path / "later", symbol, later), at="2024-05-22T03:00:00+07:00")
        assert told["revisions"] == case["revisions"]
        settle(datetime(2024, 5, 21, 20, 0, tzinfo=UTC))
    verdicts = Verdict.objects.filter(symbol=symbol, period="day", start=midnight(DAY))
    verdict = verdicts.get(superseded_at=None)
    assert verdict.result == case["verdict"]
    for name in ("n", "mean", "capture", "ratio", "distance"):
        if name in case:
            found = getattr(verdict, name)
            assert number(found) == number(case[name]), name
    superseded = verdicts.exclude(superseded_at=None).order_by("judged_at")
    assert [each.result for each in superseded] == case.get("superseded", [])


@pytest.mark.parametrize("case", [c for c in DAYS if "days" in c], ids=lambda case: case["name"])
def test_late_data_are_judged_by_the_limit_of_their_own_day(
    case: dict[str, Any], tmp_path: Path
) -> None:
    station = Station.objects.get(code="KCNQC-NT01")
    JudgedBy.objects.filter(station=station).delete()
    edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
    for rule in case["judged_by"]:
        JudgedBy.objects.create(
            station=station,
            edition=edition,
            column=rule["column"],
            valid_from=rule.get("from"),
            valid_until=rule.get("until"),
        )
    for day, value in case["days"].items():
        rows = rows_of({"rows": [["00:00", "24:00", 5, value, "00"]]}, day)
        write(tmp_path / "days", "COD", rows)
    receive(tmp_path / "days", at=f"{case['received']}T08:00:00+07:00")
    settle(midnight(case["received"]) + timedelta(hours=8))
    for day, expected in case["verdicts"].items():
        verdict = Verdict.objects.in_effect().get(symbol="COD", period="day", start=midnight(day))
        assert verdict.result == expected, day


def test_deliveries_are_kept_byte_for_byte() -> None:
    file = CASES / "files" / "BG_KCNQC_NT01_20240521091000.txt"
    receive(file)
    assert bytes(Delivery.objects.get(name=file.name).raw) == file.read_bytes()
