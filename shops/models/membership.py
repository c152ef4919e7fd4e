"""Who keeps a shop's page: its people, their roles, and whom they asked to join."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from shops.models.event import Event

INVITATION_HOLDS_FOR = timedelta(days=14)


class MerchantRole(models.TextChoices):
    """What somebody does for a shop. Owners also decide on the people; the till only redeems vouchers."""

    OWNER = "owner", _("responsable")
    EDITOR = "editor", _("rédaction")
    TILL = "till", _("caisse")


# Who may change the page.
EDITING_ROLES = (MerchantRole.OWNER, MerchantRole.EDITOR)


class LastOwner(Exception):
    """A shop that somebody keeps has an owner: the last one hands over first, or gives the page back."""


class MembershipQuerySet(models.QuerySet):
    def of(self, user):
        """A person's shops, as far as they still have a page."""
        from shops.models.shop import Shop

        return self.filter(user=user).exclude(shop__status=Shop.Status.MERGED)

    def owners(self):
        return self.filter(role=MerchantRole.OWNER)


class Membership(models.Model):
    """One person's role in one shop. A person may hold several shops, a shop several people."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("personne"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    role = models.CharField(_("rôle"), max_length=10, choices=MerchantRole)
    since_at = models.DateTimeField(_("depuis"))

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membre")
        verbose_name_plural = _("membres")
        ordering = ["since_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "user"],
                name="membership_once",
                violation_error_message=_("Cette personne y est déjà."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=MerchantRole.values),
                name="membership_role_known",
                violation_error_message=_("Ce rôle n’existe pas."),
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.get_role_display()}"

    def change_role(self, role, *, by, at):
        """Give another role. Raises LastOwner where nobody would own the shop any more."""
        with transaction.atomic():
            before = self._locked().role
            role = MerchantRole(role)
            if role == before:
                return
            if before == MerchantRole.OWNER:
                self._someone_else_owns()
            self.role = role
            self.save(update_fields=["role"])
            Event.note(
                self.shop,
                "member:role",
                by=by,
                at=at,
                before={"person": self.user_id, "role": str(before)},
                after={"person": self.user_id, "role": str(role)},
            )

    def end(self, *, by, at, why=""):
        """The person works on this page no more. Raises LastOwner."""
        with transaction.atomic():
            if self._locked().role == MerchantRole.OWNER:
                self._someone_else_owns()
            Event.note(
                self.shop,
                "member:left" if by == self.user else "member:removed",
                by=by,
                at=at,
                before={"person": self.user_id, "role": str(self.role)},
                after={},
                why=why,
            )
            self.delete()

    def _locked(self):
        """The row as it is now, with all of the shop's: two owners cannot leave at once."""
        rows = Membership.objects.select_for_update().filter(shop=self.shop_id).order_by("pk")
        return {row.pk: row for row in rows}[self.pk]

    def _someone_else_owns(self):
        if not Membership.objects.owners().filter(shop=self.shop_id).exclude(pk=self.pk).exists():
            raise LastOwner(f"{self.user_id} is the last owner of {self.shop_id}")


class InvitationQuerySet(models.QuerySet):
    def open(self, at):
        """Those that can still be accepted."""
        return self.filter(answered_at=None, expires_at__gt=at)

    def for_addresses(self, addresses):
        """Those to any of these e-mail addresses, whatever their case."""
        return self.annotate(address=Lower("email")).filter(address__in=[text.lower() for text in addresses])


class Invitation(models.Model):
    """An owner asks an e-mail address to join. It is answered by whoever confirmed that address at the door.

    So there is no secret in the mail: who reads over a shoulder, or a scanner that follows links, gains nothing.
    """

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("adresse e-mail"))
    role = models.CharField(_("rôle"), max_length=10, choices=MerchantRole)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invité par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("envoyée le"))
    expires_at = models.DateTimeField(_("vaut jusqu’au"))
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                "shop",
                Lower("email"),
                condition=Q(answered_at=None),
                name="invitation_open_once",
                violation_error_message=_("Cette adresse est déjà invitée."),
            ),
            models.CheckConstraint(condition=Q(role__in=MerchantRole.values), name="invitation_role_known"),
        ]

    def __str__(self):
        return f"{self.email} – {self.get_role_display()}"
