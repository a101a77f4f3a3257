from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0012_a_cover_knows_its_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='page',
            name='straightened',
            field=models.BooleanField(default=False),
        ),
    ]
