"""The numbers of the rules and the tables of indices, from the files of `stations/facts`."""

from django.db import migrations

from stations.services.facts import load_settings


def load(apps, schema_editor):
    load_settings(apps)


class Migration(migrations.Migration):
    dependencies = [("stations", "0003_permits_and_settings")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
