"""Who keeps a shop's page: its people and their roles."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops import letters
from shops.models.event import Event


class MerchantRole(models.TextChoices):
    """What somebody does for a shop. Owners also decide on the people; the till only redeems vouchers.

    In order: each may do what those after it may, and more.
    """

    OWNER = "owner", _("responsable")
    EDITOR = "editor", _("rédaction")
    TILL = "till", _("caisse")


# Who may change the page.
EDITING_ROLES = (MerchantRole.OWNER, MerchantRole.EDITOR)


class LastOwner(Exception):
    """A shop that somebody keeps has an owner: the last one hands over first, or gives the page back."""


class NotOwner(Exception):
    """Only an owner gives a shop away."""


class Gone(Exception):
    """The person is not there any more: somebody was quicker."""


def hold(shop):
    """Take a shop's row until the end of the transaction, before its people and invitations: who is second waits."""
    type(shop).objects.select_for_update(no_key=True, of=("self",)).get(pk=shop.pk)


class MembershipQuerySet(models.QuerySet):
    def of(self, user):
        """A person's shops, as far as they still have a page."""
        from shops.models.shop import Shop

        return self.filter(user=user).exclude(shop__status=Shop.Status.MERGED).order_by("shop__name", "pk")

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
    wants_reminders = models.BooleanField(_("reçoit les rappels"), default=True)

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

    @property
    def is_editing(self) -> bool:
        return self.role in EDITING_ROLES

    @property
    def is_owner(self) -> bool:
        return self.role == MerchantRole.OWNER

    def is_last_owner(self) -> bool:
        """Whether nobody would own the shop without her. A closed account owns nothing that anybody could reach."""
        others = Membership.objects.owners().filter(shop=self.shop_id, user__is_active=True)
        return self.is_owner and not others.exclude(pk=self.pk).exists()

    def change_role(self, role, *, by, at):
        """Give another role. Raises LastOwner where nobody would own the shop any more, Gone."""
        role = MerchantRole(role)
        with transaction.atomic():
            self._hold()
            if role == self.role:
                return
            if self.is_last_owner():
                raise LastOwner(self.pk)
            self._become(role, by=by, at=at)
            letters.tell_role(self, by=by)

    def want_reminders(self, wanted: bool):
        """Whether this person is asked by mail to confirm this page. Letters about the page itself always come."""
        self.wants_reminders = wanted
        self.save(update_fields=["wants_reminders"])

    def end(self, *, by, at, why="", tell=True):
        """The person works on this page no more, and hears of it unless `tell` is off. Raises LastOwner, Gone."""
        with transaction.atomic():
            self._hold()
            if self.is_last_owner():
                raise LastOwner(self.pk)
            self._go(by=by, at=at, why=why)
            if tell and by != self.user:
                letters.tell_removed(self)

    def hand_over(self, to, *, stay, at):
        """Confide the shop to a colleague, who owns it from now on; the giver stays as an editor, or leaves.

        Args:
            to: the colleague's membership of the same shop.
            stay: whether the giver goes on writing the page.

        Raises Gone where either is there no more, NotOwner where the giver does not own the shop any more.
        """
        with transaction.atomic():
            self._hold(to)
            if not self.is_owner:
                raise NotOwner(self.pk)
            if not to.is_owner:
                to._become(MerchantRole.OWNER, by=self.user, at=at)
            if stay:
                self._become(MerchantRole.EDITOR, by=self.user, at=at)
            else:
                self._go(by=self.user, at=at)
            letters.tell_handed_over(to, by=self.user)

    def _become(self, role, *, by, at):
        before, self.role = self.role, role
        self.save(update_fields=["role"])
        Event.note(
            self.shop,
            "member:role",
            by=by,
            at=at,
            before={"person": self.user_id, "role": str(before)},
            after={"person": self.user_id, "role": str(role)},
        )

    def _go(self, *, by, at, why=""):
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

    def _hold(self, *others):
        """Take the shop, then the rows of all its people as they are now: two owners cannot leave at once. Raises Gone."""
        hold(self.shop)
        rows = Membership.objects.select_for_update().filter(shop=self.shop_id).order_by("pk")
        now = {row.pk: row for row in rows}
        for membership in (self, *others):
            if membership.pk not in now:
                raise Gone(membership.pk)
            membership.role = now[membership.pk].role
