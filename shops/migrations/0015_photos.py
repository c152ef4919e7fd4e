"""Photos of shops: what is kept of them, and what a page shows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0014_moderation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Photo",
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
                        choices=[
                            ("received", "en préparation"),
                            ("ready", "prête"),
                            ("unreadable", "illisible"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="état",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=10, verbose_name="motif")),
                (
                    "name",
                    models.CharField(
                        editable=False, max_length=32, unique=True, verbose_name="nom des fichiers"
                    ),
                ),
                ("called", models.CharField(blank=True, max_length=80, verbose_name="appelée")),
                ("width", models.PositiveIntegerField(editable=False, null=True, verbose_name="largeur")),
                ("height", models.PositiveIntegerField(editable=False, null=True, verbose_name="hauteur")),
                (
                    "focus_x",
                    models.PositiveSmallIntegerField(default=50, verbose_name="centre, depuis la gauche (%)"),
                ),
                (
                    "focus_y",
                    models.PositiveSmallIntegerField(default=50, verbose_name="centre, depuis le haut (%)"),
                ),
                (
                    "alt",
                    models.JSONField(
                        blank=True, default=dict, verbose_name="texte de remplacement, par langue"
                    ),
                ),
                ("decorative", models.BooleanField(default=False, verbose_name="décorative")),
                ("published", models.BooleanField(default=False, verbose_name="sur la page")),
                ("position", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="place")),
                ("from_city", models.BooleanField(default=False, verbose_name="prise par la Ville")),
                ("pixels_sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("look", models.CharField(blank=True, editable=False, max_length=16)),
                ("bytes", models.PositiveIntegerField(default=0, editable=False, verbose_name="octets")),
                ("uploaded_at", models.DateTimeField(verbose_name="envoyée le")),
                ("touched_at", models.DateTimeField(verbose_name="changée le")),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="shops.shop",
                        verbose_name="commerce",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="envoyée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "photo",
                "verbose_name_plural": "photos",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["shop", "position"], name="photo_by_shop"),
                    models.Index(
                        condition=models.Q(("state", "ready")),
                        fields=["pixels_sha256"],
                        name="photo_by_pixels",
                    ),
                    models.Index(
                        condition=models.Q(("published", False)),
                        fields=["state", "touched_at"],
                        name="photo_to_tidy",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("focus_x__lte", 100), ("focus_y__lte", 100)),
                        name="photo_focus_inside",
                        violation_error_message="Le centre est dans la photo : 0 à 100 %.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published", False),
                            ("decorative", True),
                            models.Q(("alt", {}), _negated=True),
                            _connector="OR",
                        ),
                        name="photo_said_in_words",
                        violation_error_message="Une photo publiée est décrite en mots, ou marquée décorative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("position__isnull", True), ("published", False)),
                            models.Q(("position__isnull", False), ("published", True), ("state", "ready")),
                            _connector="OR",
                        ),
                        name="photo_published_in_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                ("height__gt", 0),
                                ("width__gt", 0),
                                models.Q(("pixels_sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="photo_ready_has_pixels",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "unreadable"), models.Q(("reason", ""), _negated=True)),
                            models.Q(models.Q(("state", "unreadable"), _negated=True), ("reason", "")),
                            _connector="OR",
                        ),
                        name="photo_unreadable_for_a_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("published", True)),
                        fields=("shop", "position"),
                        name="photo_one_a_place",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ready")),
                        fields=("shop", "pixels_sha256"),
                        name="photo_once_a_shop",
                        violation_error_message="Cette photo est déjà parmi les vôtres.",
                    ),
                ],
            },
        ),
    ]
