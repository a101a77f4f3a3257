import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0013_pages_are_drawn_upright'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='taken_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='part',
            name='arrived_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
