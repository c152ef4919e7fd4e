"""A gift goes to somebody else, once after its mail has left; its mail is sent again."""

from django.db import migrations, models

MOVES = """
CREATE OR REPLACE FUNCTION vouchers_order_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.ref, NEW.network_id, NEW.amount_cents, NEW.quantity, NEW.placed_at)
       IS DISTINCT FROM (OLD.id, OLD.ref, OLD.network_id, OLD.amount_cents, OLD.quantity, OLD.placed_at)
       OR NEW.shop_id IS DISTINCT FROM OLD.shop_id THEN
        RAISE EXCEPTION 'What was ordered does not change.' USING ERRCODE = 'VT016';
    END IF;
    IF NEW.state <> OLD.state
       AND (OLD.state, NEW.state) NOT IN (('open', 'abandoned'), ('open', 'paid'), ('abandoned', 'paid')) THEN
        RAISE EXCEPTION 'An order that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT016';
    END IF;
    IF OLD.paid_at <> NEW.paid_at OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at)
       OR (OLD.readdressed_at IS NOT NULL AND NEW.readdressed_at IS DISTINCT FROM OLD.readdressed_at) THEN
        RAISE EXCEPTION 'What happened to an order stays.' USING ERRCODE = 'VT016';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0016_handed_over_once"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="resent",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="renvois"),
        ),
        migrations.AddField(
            model_name="order",
            name="readdressed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="changée de destinataire le"),
        ),
        migrations.RunSQL(MOVES, migrations.RunSQL.noop),
    ]
