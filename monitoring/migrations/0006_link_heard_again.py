from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_door_probes")]

    operations = [
        migrations.AddField(
            model_name="link",
            name="heard_again_at",
            field=models.DateTimeField(null=True),
        ),
    ]
