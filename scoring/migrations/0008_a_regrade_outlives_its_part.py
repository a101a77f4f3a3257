from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def fill(apps: Any, schema_editor: Any) -> None:
    """Write which part of which paper each request is about, by the number its student read."""
    regrades = apps.get_model("scoring", "Regrade").objects
    for regrade in regrades.select_related("answer__question", "copy__release").iterator():
        answer, copy = regrade.answer, regrade.copy
        parts = copy.release.parts if copy and copy.release else {}
        numbers = {pk: number for number, pk in parts.items()}
        number = numbers.get(answer.question_id, answer.question.number)
        regrades.filter(pk=regrade.pk).update(submission=answer.submission_id, number=number)


class Migration(migrations.Migration):
    # Rows that were written keep PostgreSQL from changing their table until they are committed.
    atomic = False

    dependencies = [
        ("scoring", "0007_what_was_deleted_for_good"),
        ("submissions", "0015_a_print_run_tells_of_names_left_out"),
    ]

    operations = [
        migrations.AddField(
            "regrade",
            "number",
            models.CharField(default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            "regrade",
            "submission",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="regrades",
                to="submissions.submission",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "regrade",
            "submission",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="regrades",
                to="submissions.submission",
            ),
        ),
        migrations.AlterField(
            "regrade",
            "answer",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="regrades",
                to="submissions.answer",
            ),
        ),
    ]
