import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tragt_funnels", "0002_funnels_of_pipelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="savedfunnel",
            name="targets",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name="StepTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.TextField()),
                ("share", models.FloatField(blank=True, null=True)),
                ("since", models.DateField(blank=True, null=True, verbose_name="From")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "funnel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dated_targets",
                        to="tragt_funnels.savedfunnel",
                    ),
                ),
            ],
            options={
                "verbose_name": "Targets of steps",
                "ordering": ("pk",),
            },
        ),
    ]
