import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tragt_crm", "0005_confirmed_moves"),
        ("tragt_people", "0006_indexes_of_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(models.F("entered"), models.F("id"), name="tragt_deal_by_entered"),
        ),
        migrations.RemoveIndex(model_name="standing", name="tragt_standing_stage"),
        migrations.AlterField(
            model_name="standing",
            name="stage",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="standings",
                to="tragt_crm.stage",
                verbose_name="Stage",
            ),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["stage", "since", "mql", "sql", "person"], name="tragt_standing_lists"),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(
                condition=models.Q(("mql__isnull", False)), fields=["mql", "person"], name="tragt_standing_by_mql"
            ),
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(
                condition=models.Q(("sql__isnull", False)), fields=["sql", "person"], name="tragt_standing_by_sql"
            ),
        ),
    ]
