"""Whom the kinds that the clock and the files open are mailed to (judging.md §§5, 6)."""

from datetime import timedelta

from django.db import migrations

OPERATOR = ("operator", "")
DEPARTMENT = ("agency", "environment_department")
KEEPER = ("agency", "information_department")
AGENCIES = (
    DEPARTMENT,
    ("agency", "zones_board"),
    ("agency", "industry_trade_department"),
    ("agency", "district_committee"),
)

# kind, readers, settings
RULES = (
    ("silent_parameter", (OPERATOR, DEPARTMENT), {"delay": timedelta(minutes=60)}),
    ("silent_12h", (OPERATOR, *AGENCIES), {}),
    ("wrong_clock", (OPERATOR, DEPARTMENT), {}),
    ("stuck_value", (OPERATOR, DEPARTMENT), {}),
    ("out_of_range", (OPERATOR, DEPARTMENT), {}),
    ("unreadable_files", (OPERATOR, DEPARTMENT), {}),
)


REACH = timedelta(minutes=25)
"""An outage of a line is mailed once it is clear how far it reaches: the loggers of one line fall
silent within an interval of each other, those of a zone perhaps before all others."""


def write_rules(apps, schema_editor):
    policies = apps.get_model("alerts", "NotificationPolicy").objects
    for kind, readers, settings in RULES:
        if policies.filter(kind=kind).exists():  # the department has its own
            continue
        for audience, agency_kind in readers:
            policies.create(
                kind=kind,
                audience=audience,
                agency_kind=agency_kind,
                if_unconfirmed=(audience, agency_kind) == DEPARTMENT,
                **settings,
            )
    policies.filter(kind="line_outage", delay=timedelta(0)).update(delay=REACH)
    if not policies.filter(kind="own_fault", agency_kind=KEEPER[1]).exists():
        policies.create(
            kind="own_fault", audience=KEEPER[0], agency_kind=KEEPER[1], if_unconfirmed=True
        )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0009_webhooks")]

    operations = [migrations.RunPython(write_rules, migrations.RunPython.noop, elidable=False)]
