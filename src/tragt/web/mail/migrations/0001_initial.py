"""The tables of the app `mail`."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tragt_jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("template", models.CharField(max_length=100)),
                ("language", models.CharField(max_length=8)),
                ("to", models.CharField(max_length=320, verbose_name="To")),
                ("subject", models.CharField(max_length=300, verbose_name="Subject")),
                ("sealed", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Not sent")],
                        default="waiting",
                        max_length=16,
                        verbose_name="State",
                    ),
                ),
                ("cause", models.CharField(blank=True, max_length=32)),
                ("said", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("once", models.BooleanField(default=False)),
                ("message", models.CharField(max_length=32, unique=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now, verbose_name="Written")),
                ("left", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="tragt_jobs.job"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["created"], name="tragt_mail_created")],
            },
        ),
    ]
