import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tragt_people", "0002_tracking"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(db_index=True, max_length=400)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("analytics", "Analytics"),
                            ("email marketing", "Marketing by e-mail"),
                            ("personalisation", "Personalisation"),
                            ("sales contact", "Contact by sales"),
                        ],
                        max_length=32,
                        verbose_name="Purpose",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("any", "Any channel"),
                            ("website", "Website or app"),
                            ("email", "E-mail"),
                            ("phone", "Telephone"),
                            ("text", "Text message"),
                            ("post", "Post"),
                        ],
                        default="any",
                        max_length=16,
                        verbose_name="Channel",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("given", "Given"), ("withdrawn", "Withdrawn")], max_length=16, verbose_name="State"
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("consent", "Consent"),
                            ("contract", "Contract"),
                            ("legal obligation", "Legal obligation"),
                            ("vital interests", "Vital interests"),
                            ("public task", "Public task"),
                            ("legitimate interests", "Legitimate interests"),
                        ],
                        max_length=32,
                        verbose_name="Lawful basis",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="Source")),
                ("at", models.DateTimeField(verbose_name="Time")),
                ("wording", models.TextField(blank=True, verbose_name="Wording shown")),
                ("evidence", models.JSONField(blank=True, default=dict, verbose_name="Evidence")),
                ("cause", models.CharField(db_index=True, max_length=64)),
                ("recorded", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "Consent log",
            },
        ),
    ]
