from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gradebook', '0007_single_keys_may_be_off'),
    ]

    operations = [
        migrations.AddField(
            model_name='exam',
            name='going_since',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
