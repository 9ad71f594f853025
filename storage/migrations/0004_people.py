from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [('storage', '0003_money')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Pairing',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person_id', fields.CharField(max_length=255)),
                ('mark', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(max_length=16)),
                ('decided_by', fields.CharField(null=True, max_length=255)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pairing', 'app': 'storage', 'indexes': [Index(fields=['person_id', 'created_at']), Index(fields=['state', 'expires_at']), Index(fields=['created_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PairingAttempt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('actor', fields.CharField(max_length=255)),
                ('tried_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pairing_attempt', 'app': 'storage', 'indexes': [Index(fields=['actor', 'tried_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Person',
            name='granted',
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name='Person',
            name='name',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Person',
            name='invited_by',
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name='Person',
            name='revoked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Person',
            index=Index(fields=['role']),
        ),
        ops.AddIndex(
            model_name='Person',
            index=Index(fields=['revoked_at']),
        ),
    ]
