"""The tables of the app `jobs`."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Due",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("rhythm", models.CharField(max_length=32)),
                ("next", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("lasting", models.BooleanField(default=True)),
                ("started", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="Title")),
                ("subject", models.CharField(blank=True, max_length=100)),
                ("alone", models.BooleanField(default=False)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=16,
                        verbose_name="State",
                    ),
                ),
                ("priority", models.SmallIntegerField(default=0)),
                ("run_after", models.DateTimeField(default=django.utils.timezone.now)),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(null=True)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("error_code", models.CharField(blank=True, max_length=100)),
                ("error", models.TextField(blank=True)),
                ("error_fields", models.JSONField(default=dict)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("deaths", models.PositiveIntegerField(default=0)),
                ("worker", models.CharField(blank=True, max_length=100)),
                ("created", models.DateTimeField(default=django.utils.timezone.now, verbose_name="Asked for")),
                ("started", models.DateTimeField(null=True, verbose_name="Started")),
                ("finished", models.DateTimeField(null=True, verbose_name="Finished")),
                ("heartbeat", models.DateTimeField(null=True)),
                ("cancel_asked", models.BooleanField(default=False)),
                ("asked_as", models.CharField(default="system", max_length=16)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Asked by",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["-priority", "run_after", "id"],
                        name="tragt_job_queue",
                    ),
                    models.Index(fields=["subject", "id"], name="tragt_job_subject"),
                    models.Index(fields=["state", "id"], name="tragt_job_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("alone", True), ("state__in", ["waiting", "running"])),
                        fields=("name", "subject"),
                        name="tragt_job_alone",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running"), models.Q(("subject", ""), _negated=True)),
                        fields=("subject",),
                        name="tragt_job_one_a_subject",
                    ),
                ],
            },
        ),
    ]
