"""The mailing rules that a new installation begins with; the department edits them afterwards."""

from datetime import timedelta
from decimal import Decimal

from django.db import migrations

OPERATOR = ("operator", "")
DEPARTMENT = ("agency", "environment_department")
AGENCIES = (
    DEPARTMENT,
    ("agency", "zones_board"),
    ("agency", "industry_trade_department"),
    ("agency", "district_committee"),
)
EVERYONE = (OPERATOR, *AGENCIES)

# kind, readers, settings. Sources: judging.md §4 (early warning), §6 (silence).
RULES = (
    ("exceedance", EVERYONE, {}),
    (
        "early_warning",
        EVERYONE,
        {"above_ratio": Decimal("1.0"), "once_a_day": True, "tell_resolved": False},
    ),
    ("silent_station", EVERYONE, {"delay": timedelta(minutes=60)}),
    ("device_fault", EVERYONE, {}),
    ("long_calibration", EVERYONE, {}),
    ("wrong_sender", (DEPARTMENT,), {"tell_resolved": False}),
)


def write_rules(apps, schema_editor):
    policies = apps.get_model("alerts", "NotificationPolicy")
    policies.objects.bulk_create(
        policies(
            kind=kind,
            audience=audience,
            agency_kind=agency_kind,
            # An unconfirmed limit is told to the department alone (judging.md §3).
            if_unconfirmed=(audience, agency_kind) == DEPARTMENT,
            **settings,
        )
        for kind, readers, settings in RULES
        for audience, agency_kind in readers
    )


def remove_rules(apps, schema_editor):
    apps.get_model("alerts", "NotificationPolicy").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]

    operations = [migrations.RunPython(write_rules, remove_rules)]
