"""The first tables of the accounts."""

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SetupCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(blank=True, null=True)),
                ("used", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="E-mail")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="Name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("marketing", "Marketing"),
                            ("seller", "Seller"),
                            ("viewer", "Viewer"),
                        ],
                        default="viewer",
                        max_length=16,
                        verbose_name="Role",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="Language")),
                ("is_active", models.BooleanField(default=True, verbose_name="Active")),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "User",
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="tragt_user_email")
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="Name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("marketing", "Marketing"),
                            ("seller", "Seller"),
                            ("viewer", "Viewer"),
                        ],
                        default="viewer",
                        max_length=16,
                        verbose_name="Role",
                    ),
                ),
                ("prefix", models.CharField(max_length=24)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("rotated", models.DateTimeField(blank=True, null=True)),
                ("last_used", models.DateTimeField(blank=True, null=True)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("kind", models.CharField(max_length=16)),
                ("verb", models.CharField(db_index=True, max_length=64)),
                ("target", models.CharField(blank=True, max_length=100)),
                ("fields", models.JSONField(blank=True, default=list)),
                ("details", models.JSONField(blank=True, default=dict)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150, verbose_name="Name")),
                ("time_zone", models.CharField(default="UTC", max_length=64, verbose_name="Time zone")),
                ("week_start", models.PositiveSmallIntegerField(default=1, verbose_name="First day of the week")),
                (
                    "fiscal_year_start",
                    models.PositiveSmallIntegerField(default=1, verbose_name="First month of the fiscal year"),
                ),
                ("currency", models.CharField(default="EUR", max_length=3, verbose_name="Currency")),
                ("language", models.CharField(default="en", max_length=8, verbose_name="Language")),
                ("demonstration", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="tragt_one_organisation")],
            },
        ),
        migrations.CreateModel(
            name="WriteKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="Source")),
                (
                    "kind",
                    models.CharField(
                        choices=[("public", "Public"), ("secret", "Secret")],
                        default="public",
                        max_length=8,
                        verbose_name="Kind",
                    ),
                ),
                ("prefix", models.CharField(max_length=24)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("origins", models.JSONField(blank=True, default=list, verbose_name="Allowed origins")),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("rotated", models.DateTimeField(blank=True, null=True)),
                ("last_used", models.DateTimeField(blank=True, null=True)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="E-mail")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("manager", "Manager"),
                            ("marketing", "Marketing"),
                            ("seller", "Seller"),
                            ("viewer", "Viewer"),
                        ],
                        default="seller",
                        max_length=16,
                        verbose_name="Role",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=8, verbose_name="Language")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires", models.DateTimeField()),
                ("accepted", models.DateTimeField(blank=True, null=True)),
                ("withdrawn", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "Invitation",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("accepted", None), ("withdrawn", None)),
                        name="tragt_one_open_invitation",
                    )
                ],
            },
        ),
    ]
