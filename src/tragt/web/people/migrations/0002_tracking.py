import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tragt_people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.CharField(max_length=400)),
                ("second", models.CharField(db_index=True, max_length=400)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("email", "Same e-mail address"),
                            ("phone", "Same telephone number"),
                            ("name", "Similar name at one company"),
                            ("alias", "A website or an app said so"),
                        ],
                        max_length=8,
                    ),
                ),
                ("cause", models.CharField(blank=True, db_index=True, max_length=64)),
                ("found", models.DateTimeField(default=django.utils.timezone.now)),
                ("dismissed", models.DateTimeField(blank=True, null=True)),
                (
                    "merged",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="duplicates",
                        to="tragt_people.edge",
                    ),
                ),
            ],
            options={
                "verbose_name": "Possible duplicates",
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second", "reason"), name="tragt_one_duplicate"),
                    models.CheckConstraint(
                        condition=models.Q(("first", models.F("second")), _negated=True),
                        name="tragt_duplicate_of_another",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="mention",
            name="tragt_one_mention",
        ),
        migrations.AddField(
            model_name="mention",
            name="at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="mention",
            name="told",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="mention",
            name="trusted",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="trusted",
            field=models.BooleanField(default=True),
        ),
        migrations.AddConstraint(
            model_name="mention",
            constraint=models.UniqueConstraint(fields=("company", "cause", "trusted"), name="tragt_one_mention"),
        ),
    ]
