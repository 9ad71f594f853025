from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor

#: A table that is made anew to change it, as SQLite needs at times, loses its triggers: whoever
#: changes `audit_entry` so calls `forbid_changes` again.
_SQLITE = (
    """CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END""",
    # What seems to be of the future was written under a wrong clock, and must go when it is old.
    """CREATE TRIGGER audit_entry_is_young BEFORE DELETE ON audit_entry
    WHEN julianday(OLD.created_at)
        BETWEEN julianday('now', '-1 day') AND julianday('now', '+1 day')
    BEGIN SELECT RAISE(ABORT, 'young audit entries are never deleted'); END""",
)
_POSTGRES = (
    """CREATE FUNCTION audit_entry_refused() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit entries are never changed, and deleted only when old'; END $$""",
    """CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refused()""",
    """CREATE TRIGGER audit_entry_is_young BEFORE DELETE ON audit_entry
    FOR EACH ROW WHEN (
        OLD.created_at BETWEEN now() - interval '1 day' AND now() + interval '1 day')
    EXECUTE FUNCTION audit_entry_refused()""",
    """CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refused()""",
)


async def forbid_changes(_apps: object, editor: BaseSchemaEditor) -> None:
    is_postgres = editor.client.capabilities.dialect == "postgres"
    for statement in _POSTGRES if is_postgres else _SQLITE:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [("storage", "0005_tool_calls")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="AuditEntry",
            name="channel",
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name="AuditEntry",
            name="address",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(model_name="AuditEntry", index=Index(fields=["actor", "id"])),
        ops.AddIndex(model_name="AuditEntry", index=Index(fields=["action", "id"])),
        ops.AddIndex(model_name="AuditEntry", index=Index(fields=["created_at"])),
        ops.RunPython(forbid_changes),
    ]
