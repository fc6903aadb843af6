import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=300, unique=True)),
                ("name", models.CharField(max_length=300, verbose_name="Name")),
                ("domain", models.CharField(blank=True, db_index=True, max_length=255, verbose_name="Domain")),
                ("traits", models.JSONField(blank=True, default=dict)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "Company",
                "verbose_name_plural": "Companies",
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("erase", "Erase"), ("anonymise", "Anonymise")], max_length=16)),
                ("asked", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_by", models.CharField(blank=True, max_length=64)),
                ("subject", models.JSONField(default=dict)),
                ("secret", models.CharField(blank=True, max_length=64)),
                ("finished", models.DateTimeField(blank=True, null=True)),
                ("touched", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "Erasures under way",
            },
        ),
        migrations.CreateModel(
            name="Edge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("claim", "An anonymous visitor was this user"),
                            ("merge", "Two users are one person"),
                        ],
                        max_length=8,
                    ),
                ),
                ("actor", models.CharField(db_index=True, max_length=400)),
                ("user", models.CharField(db_index=True, max_length=400)),
                ("at", models.DateTimeField()),
                ("cause", models.CharField(db_index=True, max_length=64)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("undone", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "Identity ledger",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("user__startswith", "u:"),
                            models.Q(
                                models.Q(("actor__startswith", "a:"), ("kind", "claim")),
                                models.Q(("actor__startswith", "u:"), ("kind", "merge")),
                                _connector="OR",
                            ),
                        ),
                        name="tragt_edge_ends",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=300, verbose_name="Name")),
                ("email", models.CharField(blank=True, db_index=True, max_length=320, verbose_name="E-mail")),
                ("phone", models.CharField(blank=True, db_index=True, max_length=32, verbose_name="Telephone")),
                ("traits", models.JSONField(blank=True, default=dict)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated", models.DateTimeField(default=django.utils.timezone.now)),
                ("struck", models.DateTimeField(blank=True, null=True)),
                ("anonymised", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="persons",
                        to="tragt_people.company",
                    ),
                ),
            ],
            options={
                "verbose_name": "Person",
                "verbose_name_plural": "Persons",
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(max_length=400, unique=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="tragt_people.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "Identifiers of persons",
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cause", models.CharField(db_index=True, max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told", models.JSONField(default=dict)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="statements", to="tragt_people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "What sources told of persons",
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cause", models.CharField(db_index=True, max_length=64)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="tragt_people.company"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "cause"), name="tragt_one_mention")],
            },
        ),
    ]
