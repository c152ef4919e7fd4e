"""Taking a page in hand: who says a shop is theirs, how that is proved, and who trades there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LetterBatch(models.Model):
    """Letters printed together. Codes exist on paper alone: printing again makes others."""

    made_at = models.DateTimeField(_("imprimées le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("imprimées par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("lot de lettres")
        verbose_name_plural = _("lots de lettres")
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class Claim(models.Model):
    """Somebody with an account says “this is my shop”, and proves it in one of four ways."""

    class Method(models.TextChoices):
        EMAIL = "email", _("code envoyé à l’adresse e-mail connue")
        PHONE = "phone", _("code lu au téléphone connu")
        LETTER = "letter", _("code envoyé par lettre")
        WORD = "word", _("parole d’un agent de la Ville")

    class State(models.TextChoices):
        OPEN = "open", _("en cours")
        # Somebody keeps the page already, or two ask at once: the City decides.
        CONTESTED = "contested", _("à trancher")
        GRANTED = "granted", _("accordée")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="claims"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="claims"
    )
    method = models.CharField(_("preuve"), max_length=10, choices=Method, blank=True)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.OPEN)
    name = models.CharField(_("nom"), max_length=150)
    role = models.CharField(_("fonction"), max_length=100, blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    language = models.CharField(_("langue"), max_length=10)
    # The code itself is kept nowhere. `sent_to` is the contact as it was then.
    sent_to = models.CharField(_("envoyé à"), max_length=300, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    batch = models.ForeignKey(
        LetterBatch,
        verbose_name=_("lot de lettres"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claims",
    )
    created_at = models.DateTimeField(_("reçue le"))
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("décidée par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    why = models.TextField(_("motif"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("demande de prise en main")
        verbose_name_plural = _("demandes de prise en main")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="claims_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "user"],
                condition=Q(state__in=["open", "contested"]),
                name="claim_open_once",
                violation_error_message=_("Votre demande est déjà en cours."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "contested"]) | Q(decided_at__isnull=False),
                name="claim_decided_at_some_time",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.created_at:%Y-%m-%d})"


class Trader(models.Model):
    """The legal particulars of who trades at a shop, as the law wants them shown (law rows 10 and 12)."""

    shop = models.OneToOneField(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="trader"
    )
    legal_name = models.CharField(_("nom ou raison sociale"), max_length=200)
    address = models.CharField(_("adresse du siège"), max_length=300)
    email = models.EmailField(_("adresse e-mail"))
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    register_number = models.CharField(_("numéro du registre de commerce"), max_length=20, blank=True)
    vat_number = models.CharField(_("numéro de TVA"), max_length=20, blank=True)
    licence_number = models.CharField(_("autorisation d’établissement"), max_length=30, blank=True)
    # "I offer only what the law allows": the trader's own word, and when it was given.
    certified_at = models.DateTimeField(_("certifié le"))
    certified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("certifié par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("mentions légales d’un commerce")
        verbose_name_plural = _("mentions légales des commerces")

    def __str__(self):
        return self.legal_name
