from django.db import migrations, models
from django.db.models import F


def count_attempts(apps, schema_editor):
    apps.get_model("jobs", "Job").objects.update(fruitless=F("attempt"))


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField("Job", "furthest", models.PositiveIntegerField(default=0)),
        migrations.AddField("Job", "fruitless", models.PositiveSmallIntegerField(default=0)),
        migrations.RunPython(count_attempts, migrations.RunPython.noop),
        migrations.RemoveConstraint("Job", "job_is_tried_at_most_three_times"),
        migrations.AddConstraint(
            "Job",
            models.CheckConstraint(
                condition=models.Q(fruitless__lte=3), name="job_is_tried_at_most_three_times"
            ),
        ),
    ]
