from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('storage', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='JobRun',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('runner', fields.CharField(null=True, max_length=128)),
                ('running_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_error', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'job_run', 'app': 'storage', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TranscriptEntry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('project_key', fields.CharField(max_length=255)),
                ('claude_session_id', fields.CharField(max_length=64)),
                ('subpath', fields.CharField(default='', max_length=255)),
                ('entry_uuid', fields.CharField(null=True, max_length=64)),
                ('entry', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'transcript_entry', 'app': 'storage', 'unique_together': (('project_key', 'claude_session_id', 'subpath', 'entry_uuid'),), 'indexes': [Index(fields=['project_key', 'claude_session_id', 'subpath', 'id']), Index(fields=['created_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ChannelBinding',
            name='left_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='CostEntry',
            name='run',
            field=fields.IntField(default=1),
        ),
        ops.AddConstraint(
            model_name='CostEntry',
            constraint=UniqueConstraint(fields=('turn_id', 'run'), name=None),
        ),
        ops.AddField(
            model_name='Delivery',
            name='offered_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Delivery',
            name='sender',
            field=fields.CharField(null=True, max_length=128),
        ),
        ops.AddField(
            model_name='Delivery',
            name='sending_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Delivery',
            index=Index(fields=['created_at']),
        ),
        ops.RemoveIndex(
            model_name='InboxEvent',
            name=None,
            fields=['state', 'id'],
        ),
        ops.AddField(
            model_name='InboxEvent',
            name='message_id',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name='InboxEvent',
            index=Index(fields=['state', 'timestamp_ms', 'id']),
        ),
        ops.AddIndex(
            model_name='InboxEvent',
            index=Index(fields=['chat_id', 'state', 'timestamp_ms', 'id']),
        ),
        ops.AddIndex(
            model_name='InboxEvent',
            index=Index(fields=['message_id']),
        ),
        ops.AddIndex(
            model_name='InboxEvent',
            index=Index(fields=['received_at']),
        ),
        ops.AddField(
            model_name='Session',
            name='cli_host',
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name='Session',
            name='cli_pid',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Session',
            name='cli_started',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='Session',
            name='fence',
            field=fields.BigIntField(default=0),
        ),
        ops.AddField(
            model_name='Session',
            name='lease_owner',
            field=fields.CharField(null=True, max_length=128),
        ),
        ops.AddField(
            model_name='Session',
            name='lease_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Session',
            name='pool',
            field=fields.CharField(default='default', max_length=64),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['lease_owner']),
        ),
        ops.AddIndex(
            model_name='SessionEvent',
            index=Index(fields=['created_at']),
        ),
        ops.AddField(
            model_name='Turn',
            name='choice',
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name='Turn',
            name='message_id',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name='Turn',
            index=Index(fields=['message_id']),
        ),
    ]
