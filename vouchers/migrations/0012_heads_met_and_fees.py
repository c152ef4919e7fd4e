"""A proof says how many published heads it met; the budget for the provider's fees is loaded by two people, as the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0011_settlement_keeps_itself"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookcheck",
            name="heads",
            field=models.IntegerField(blank=True, null=True, verbose_name="empreintes publiées"),
        ),
        migrations.AddField(
            model_name="budgetload",
            name="for_fees",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="pour les frais du prestataire"
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("voucher", "bon d’achat"),
                    ("merchant_payable", "dû au commerce"),
                    ("campaign_budget", "budgets : campagnes, gestes, frais"),
                    ("refund_due", "remboursement dû"),
                    ("payout_in_transit", "virement en route"),
                    ("breakage", "reliquat des bons échus"),
                    ("psp_clearing", "chez le prestataire de paiement"),
                    ("bank", "banque"),
                    ("loss", "pertes"),
                ],
                max_length=20,
                verbose_name="sorte",
            ),
        ),
        migrations.AddConstraint(
            model_name="budgetload",
            constraint=models.CheckConstraint(
                condition=models.Q(("for_fees", False), ("campaign", None), _connector="OR"),
                name="budgetload_for_one_thing",
            ),
        ),
    ]
