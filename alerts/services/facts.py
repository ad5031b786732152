"""Brings the defaults of `alerts/facts` into an empty desk: working time, kinds, escalation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps as current_apps

FACTS = Path(__file__).resolve().parent.parent / "facts"
SOURCE = "Mặc định của hệ thống; chưa đối chiếu quy chế của tỉnh"
BANDS = "NĐ 45/2022/NĐ-CP; chưa đối chiếu văn bản"
DAYS = "Thông báo nghỉ lễ, Tết hằng năm"


def load_calendar(apps: Any = current_apps) -> None:
    """Working hours, and the special days that nobody entered yet."""
    written = _read("calendar.yaml")
    hours = apps.get_model("alerts", "WorkingHours").objects
    if not hours.exists():
        for row in written["hours"]:
            hours.create(
                weekdays=row["weekdays"],
                morning_from=time.fromisoformat(row["morning"][0]),
                morning_until=time.fromisoformat(row["morning"][1]),
                afternoon_from=time.fromisoformat(row["afternoon"][0]),
                afternoon_until=time.fromisoformat(row["afternoon"][1]),
                source=row["source"],
            )
    days = apps.get_model("alerts", "SpecialDay").objects
    for row in written["days"]:
        about = {name: row[name] for name in ("kind", "name", "provenance")}
        days.get_or_create(day=row["day"], defaults={**about, "source": DAYS})


def keep_policy(written: Mapping[str, Any], apps: Any = current_apps) -> None:
    """Put these kinds and steps (as in policy.yaml) in the place of those that stand."""
    if "kinds" in written:
        rules = apps.get_model("alerts", "KindRule").objects
        rules.filter(kind__in=[row["kind"] for row in written["kinds"]]).delete()
        for row in written["kinds"]:
            _make_rule(rules, row)
    if "steps" in written:
        steps = apps.get_model("alerts", "EscalationStep").objects
        steps.all().delete()
        for row in written["steps"]:
            _make_step(steps, row)


def load_policy(apps: Any = current_apps) -> None:
    """The rules of the kinds and the steps of escalation, into empty tables alone."""
    written = _read("policy.yaml")
    rules = apps.get_model("alerts", "KindRule").objects
    if not rules.exists():
        for row in written["kinds"]:
            _make_rule(rules, row)
    steps = apps.get_model("alerts", "EscalationStep").objects
    if not steps.exists():
        for row in written["steps"]:
            _make_step(steps, row)


def load_bands(apps: Any = current_apps) -> None:
    """The bands of exceedance, into an empty table alone."""
    rows = apps.get_model("alerts", "RatioBand").objects
    if rows.exists():
        return
    for row in _read("policy.yaml")["bands"]:
        rows.create(
            measure=row["measure"],
            number=row["number"],
            at_least=Decimal(row["at_least"]),
            severity=row.get("severity"),
            source=BANDS,
        )


def load_holds(apps: Any = current_apps) -> None:
    """What each sort of announced work holds back, into an empty table alone."""
    rows = apps.get_model("alerts", "WorkHolds").objects
    if rows.exists():
        return
    for row in _read("policy.yaml")["holds"]:
        rows.create(what=row["what"], kinds=sorted(row["kinds"]), source=SOURCE)


def _make_rule(rules: Any, row: Mapping[str, Any]) -> None:
    rules.create(kind=row["kind"], severity=row["severity"], source=SOURCE, **_asked(row))


def _make_step(steps: Any, row: Mapping[str, Any]) -> None:
    after, clock = row["after"]
    steps.create(
        kind=row.get("kind", ""),
        missing=row["missing"],
        number=row["number"],
        what=row["what"],
        after=timedelta(hours=after),
        clock=clock,
        audience=row["audience"],
        contact_role=row.get("contact", ""),
        agency_kind=row.get("agency", ""),
        member_role=row.get("role", ""),
    )


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name in ("acknowledge", "answer"):
        if name in row:
            hours, clock = row[name]
            asked |= {f"{name}_within": timedelta(hours=hours), f"{name}_clock": clock}
    if "lapses" in row:
        asked["lapses_after"] = timedelta(hours=row["lapses"])
    return asked


def _read(name: str) -> Any:
    return yaml.safe_load((FACTS / name).read_text(encoding="utf-8"))
