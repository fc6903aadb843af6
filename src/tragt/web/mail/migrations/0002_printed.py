"""A mail that was printed, or put into a folder, was not sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tragt_mail", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("sent", "Sent"),
                    ("printed", "Printed in the terminal"),
                    ("stored", "Put into the folder"),
                    ("failed", "Not sent"),
                ],
                default="waiting",
                max_length=16,
                verbose_name="State",
            ),
        ),
    ]
