"""Rests are given or paid out by two people; sales that stand out are looked at each week, and their money may wait."""

import django.db.models.deletion
import django.db.models.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0023_report_names_a_photo"),
        ("vouchers", "0012_heads_met_and_fees"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayoutHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cents", models.BigIntegerField(verbose_name="montant en cents")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("own", "acheté par le commerce lui-même"),
                            ("one_buyer", "presque tout d’un seul acheteur"),
                            ("burst", "beaucoup en peu de temps"),
                            ("night", "de nuit, le commerce fermé"),
                            ("round", "presque que des montants ronds"),
                            ("paper", "noté sur papier, tapé après"),
                            ("other", "autre"),
                        ],
                        max_length=10,
                        verbose_name="motif",
                    ),
                ),
                ("placed_by", models.BigIntegerField(verbose_name="retenu par")),
                ("placed_at", models.DateTimeField(verbose_name="retenu le")),
                ("lifted_by", models.BigIntegerField(blank=True, null=True, verbose_name="libéré par")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="libéré le")),
            ],
            options={
                "verbose_name": "encaissement retenu",
                "verbose_name_plural": "encaissements retenus",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RestPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "à confirmer"), ("agreed", "confirmé"), ("refused", "refusé")],
                        default="asked",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("form_key", models.CharField(editable=False, max_length=40, unique=True)),
                ("asked_by", models.BigIntegerField(verbose_name="demandé par")),
                ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="décidé par")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="décidé le")),
                ("destination", models.SlugField(max_length=30, verbose_name="compte du reliquat")),
                ("cents", models.BigIntegerField(verbose_name="montant en cents")),
                ("reference", models.CharField(max_length=80, verbose_name="référence")),
            ],
            options={
                "verbose_name": "versement d’un reliquat",
                "verbose_name_plural": "versements de reliquats",
                "ordering": ["-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WeekReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField(verbose_name="semaine du")),
                ("reviewed_by", models.BigIntegerField(verbose_name="revue par")),
                ("reviewed_at", models.DateTimeField(verbose_name="revue le")),
            ],
            options={
                "verbose_name": "revue de la semaine",
                "verbose_name_plural": "revues de la semaine",
                "ordering": ["-week"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="bonus",
            name="bonus_caps_leave_something",
        ),
        migrations.AddField(
            model_name="bonus",
            name="buyer_most_cents",
            field=models.IntegerField(blank=True, null=True, verbose_name="plafond par acheteur en cents"),
        ),
        migrations.AddField(
            model_name="network",
            name="donate_most_cents",
            field=models.IntegerField(
                db_default=500, default=500, verbose_name="reste que l’on peut donner, en cents"
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("order_paid", "commande payée"),
                    ("budget_loaded", "budget chargé"),
                    ("granted", "bon remis"),
                    ("redeemed", "encaissement"),
                    ("reversed", "annulation"),
                    ("corrected", "correction après virement"),
                    ("withdrawn", "rétractation"),
                    ("refunded", "remboursement"),
                    ("psp_paid_out", "versement du prestataire"),
                    ("payout_released", "virement lancé"),
                    ("payout_confirmed", "virement confirmé"),
                    ("payout_returned", "virement revenu"),
                    ("charged_back", "contestation bancaire"),
                    ("reissued", "bon remplacé"),
                    ("expired", "bon échu"),
                    ("donated", "reste donné"),
                    ("breakage_paid", "reliquat versé"),
                    ("written_off", "écart passé en perte"),
                    ("frozen", "blocage"),
                    ("released", "déblocage"),
                    ("extended", "prolongation"),
                    ("cancelled", "bon préparé, jamais remis"),
                ],
                max_length=24,
                verbose_name="fait",
            ),
        ),
        migrations.AddConstraint(
            model_name="bonus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voucher_most_cents", None), ("voucher_most_cents__gt", 0), _connector="OR"),
                    models.Q(("week_most_cents", None), ("week_most_cents__gt", 0), _connector="OR"),
                    models.Q(("buyer_most_cents", None), ("buyer_most_cents__gt", 0), _connector="OR"),
                    models.Q(("campaign_most_cents", None), ("campaign_most_cents__gt", 0), _connector="OR"),
                ),
                name="bonus_caps_leave_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.CheckConstraint(
                condition=models.Q(("donate_most_cents__gte", 0)), name="network_donations_not_negative"
            ),
        ),
        migrations.AddField(
            model_name="payouthold",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_holds",
                to="vouchers.issuer",
                verbose_name="émetteur",
            ),
        ),
        migrations.AddField(
            model_name="payouthold",
            name="sale",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_holds",
                to="vouchers.transaction",
                verbose_name="encaissement",
            ),
        ),
        migrations.AddField(
            model_name="payouthold",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_holds",
                to="shops.shop",
                verbose_name="commerce",
            ),
        ),
        migrations.AddField(
            model_name="restpayment",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rest_payments",
                to="vouchers.issuer",
                verbose_name="émetteur",
            ),
        ),
        migrations.AddField(
            model_name="weekreview",
            name="issuer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="week_reviews",
                to="vouchers.issuer",
                verbose_name="émetteur",
            ),
        ),
        migrations.AddConstraint(
            model_name="payouthold",
            constraint=models.CheckConstraint(
                condition=models.Q(("cents__gt", 0)), name="payouthold_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="payouthold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)),
                    models.Q(
                        ("lifted_at__gte", models.F("placed_at")),
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payouthold_lifted_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="payouthold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)), fields=("sale", "issuer"), name="payouthold_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="restpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "asked")),
                    models.Q(
                        ("decided_at__isnull", False), ("decided_by__isnull", False), ("state", "refused")
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state", "agreed"),
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="restpayment_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="restpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("cents__gt", 0)), name="restpayment_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="restpayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True), name="restpayment_has_a_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="weekreview",
            constraint=models.UniqueConstraint(fields=("issuer", "week"), name="weekreview_once"),
        ),
        migrations.AddConstraint(
            model_name="weekreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("week__iso_week_day", 1)), name="weekreview_of_a_monday"
            ),
        ),
        migrations.RemoveIndex(model_name="order", name="order_by_buyer"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(models.functions.Upper("buyer_email"), name="order_by_buyer"),
        ),
    ]
