"""Parameters, units of measure and regulations, from the files of `stations/facts`."""

from django.db import migrations

from stations.services.facts import load_facts


def load(apps, schema_editor):
    load_facts(apps)


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
