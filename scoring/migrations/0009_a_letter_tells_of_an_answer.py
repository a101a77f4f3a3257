from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("scoring", "0008_a_regrade_outlives_its_part")]

    operations = [
        migrations.AddField(
            "letter",
            "reply",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letter",
                to="scoring.regradereply",
            ),
        ),
        migrations.AlterField(
            "letter",
            "copy",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letter",
                to="scoring.copy",
            ),
        ),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                condition=Q(copy__isnull=True) ^ Q(reply__isnull=True),
                name="a_letter_tells_of_a_copy_or_of_a_reply",
            ),
        ),
    ]
