from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def as_the_page_stands(apps, schema_editor):
    """Take ink that is there already for drawn on the page as it is turned now."""
    Annotation = apps.get_model("rubrics", "Annotation")
    Page = apps.get_model("submissions", "Page")
    turn = Page.objects.filter(pk=OuterRef("page")).values("turn")[:1]
    Annotation.objects.update(turn=Subquery(turn))


class Migration(migrations.Migration):
    dependencies = [
        ("rubrics", "0001_initial"),
        ("submissions", "0003_a_page_may_be_one_of_several"),
    ]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RunPython(as_the_page_stands, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="annotation",
            constraint=models.CheckConstraint(
                condition=Q(turn__in=[0, 90, 180, 270]), name="ink_turns_by_quarters"
            ),
        ),
    ]
