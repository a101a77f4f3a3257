from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gradebook', '0006_students_see_how_the_class_did'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='single_keys',
            field=models.BooleanField(default=True),
        ),
    ]
