"""Of values changed afterwards the department is told at once, nobody else (judging.md §5)."""

from django.db import migrations

RULE = {
    "kind": "changed_values",
    "audience": "agency",
    "agency_kind": "environment_department",
}


def write_rule(apps, schema_editor):
    policies = apps.get_model("alerts", "NotificationPolicy").objects
    if not policies.filter(kind=RULE["kind"]).exists():
        policies.create(**RULE, if_unconfirmed=True, tell_resolved=False)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_policy_and_calendar")]

    operations = [migrations.RunPython(write_rule, migrations.RunPython.noop, elidable=False)]
