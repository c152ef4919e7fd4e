import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

ROLES = [
    ("moderator", "modération"),
    ("editor", "rédaction"),
    ("finance", "finances"),
    ("auditor", "contrôle"),
    ("administrator", "administration"),
]


def give_staff_a_role(apps, schema_editor):
    """Whoever worked for the City without being its administrator moderates."""
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    users.filter(is_staff=True, is_superuser=False).update(city_roles=["moderator"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="city_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=ROLES, max_length=20),
                blank=True,
                default=list,
                verbose_name="rôles à la Ville",
            ),
        ),
        migrations.RunPython(give_staff_a_role, migrations.RunPython.noop),
        migrations.RemoveField(model_name="user", name="is_staff"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(city_roles__contained_by=[role for role, _label in ROLES]),
                name="user_city_roles_exist",
                violation_error_message="Ce rôle n’existe pas.",
            ),
        ),
    ]
