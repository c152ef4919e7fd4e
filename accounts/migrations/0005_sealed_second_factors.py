from django.db import migrations

from accounts import vault


def seal(apps, schema_editor):
    """What second factors are made of was stored as it is."""
    kept = apps.get_model("mfa", "Authenticator").objects.using(schema_editor.connection.alias)
    vault.seal_all(kept.all())


def unseal(apps, schema_editor):
    kept = apps.get_model("mfa", "Authenticator").objects.using(schema_editor.connection.alias)
    for one in kept.all():
        data = {
            name: vault.unseal(value) if isinstance(value, str) else value for name, value in one.data.items()
        }
        kept.filter(pk=one.pk).update(data=data)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_lost_addresses"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(seal, unseal)]
