"""Working time, rules of the kinds and steps of escalation that a new installation begins with."""

from django.db import migrations

from alerts.services.facts import load_calendar, load_policy


def load(apps, schema_editor):
    load_calendar(apps)
    load_policy(apps)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_desk")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
