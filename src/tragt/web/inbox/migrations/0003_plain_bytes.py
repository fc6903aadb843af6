from django.db import migrations

# What goes through the inbox goes within seconds: PostgreSQL need not compress it.
COLUMNS = (("tragt_inbox_raw", "calls"), ("tragt_inbox_recent", "rows"))


def store(schema_editor, storage):
    if schema_editor.connection.vendor == "postgresql":
        for table, column in COLUMNS:
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {storage}")


class Migration(migrations.Migration):
    dependencies = [("tragt_inbox", "0002_mark")]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: store(schema_editor, "EXTERNAL"),
            lambda _apps, schema_editor: store(schema_editor, "EXTENDED"),
        )
    ]
