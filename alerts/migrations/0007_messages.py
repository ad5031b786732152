"""What is held back leaves together; who is told of lines and of our own faults."""

from django.db import migrations, models

# A line is told to who keeps it, a fault of this system to the department: one mail each, and none
# to an operator (judging.md §6).
RULES = (
    ("line_outage", "information_department", True),
    ("own_fault", "environment_department", True),
)


def write_rules(apps, schema_editor):
    policies = apps.get_model("alerts", "NotificationPolicy").objects
    for kind, agency, tell_resolved in RULES:
        if not policies.filter(kind=kind).exists():
            policies.create(
                kind=kind,
                audience="agency",
                agency_kind=agency,
                if_unconfirmed=True,
                tell_resolved=tell_resolved,
            )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_changed_values_are_mailed")]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="together",
            field=models.BooleanField(
                default=False, verbose_name="in one mail with other stations"
            ),
        ),
        migrations.RunPython(write_rules, migrations.RunPython.noop, elidable=False),
    ]
