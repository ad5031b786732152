"""A bare `off` of YAML is false: days off were kept as the word "False"."""

from django.db import migrations, models


def name_days_off(apps, schema_editor):
    apps.get_model("alerts", "SpecialDay").objects.filter(kind="False").update(kind="off")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0010_clock_is_mailed")]

    operations = [
        migrations.RunPython(name_days_off, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="specialday",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("off", "worked"))),
                name="a_special_day_is_off_or_worked",
            ),
        ),
    ]
