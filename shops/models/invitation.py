"""Whom the owners of a shop asked to join them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from shops import letters
from shops.models.event import Event
from shops.models.membership import Membership, MerchantRole, hold

INVITATION_HOLDS_FOR = timedelta(days=14)
# An address of somebody who never came is nobody's to keep.
INVITATION_KEPT_FOR = timedelta(days=60)
# A shop's page is no way to write to the whole town.
MOST_OPEN = 20
MOST_MAILS_A_DAY = 50


class InvitationRefused(Exception):
    """It cannot be sent. The text is a sentence for the owner."""


class InvitationOver(Exception):
    """It was answered or taken back, nobody answered in time, or who sent it is no owner any more."""


class NotInvited(Exception):
    """Somebody else is invited: none of the person's confirmed addresses is the invitation's."""


class InvitationQuerySet(models.QuerySet):
    def unanswered(self):
        return self.filter(answered_at=None)

    def open(self, at):
        """Those that can still be accepted. Whom somebody asked as an owner does not come in once she is none."""
        hosts = Membership.objects.owners().filter(
            shop=models.OuterRef("shop"), user=models.OuterRef("invited_by")
        )
        return self.unanswered().filter(models.Exists(hosts), expires_at__gt=at)

    def with_state(self, at):
        """Each says whether it `is_open`."""
        return self.annotate(
            is_open=models.Exists(Invitation.objects.open(at).filter(pk=models.OuterRef("pk")))
        )

    def for_user(self, user):
        """Those to an address that this person confirmed, whatever its case, to shops that still have a page."""
        from shops.models.shop import Shop

        addresses = [address.lower() for address in user.confirmed_addresses()]
        return (
            self.annotate(address=Lower("email"))
            .filter(address__in=addresses)
            .exclude(shop__status=Shop.Status.MERGED)
        )


def forget_old_invitations(*, at: datetime) -> int:
    """Delete invitations that ended longer than `INVITATION_KEPT_FOR` ago. Returns how many there were."""
    return Invitation.objects.filter(expires_at__lte=at - INVITATION_KEPT_FOR).delete()[0]


class Invitation(models.Model):
    """An owner asks an e-mail address to join. It is answered by whoever confirmed that address at the door.

    So there is no secret in the mail: who reads over a shoulder, or a scanner that follows links, gains nothing. Each
    verb takes the shop's row first: two owners who invite at once do not go over the limits together.
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

    @classmethod
    def send(cls, shop, email, role, *, by, at):
        """Ask an address to join, by mail. Asked again for the same, an open one is returned and no mail sent.

        Raises InvitationRefused.
        """
        role = MerchantRole(role)
        with transaction.atomic():
            hold(shop)
            if _is_there(shop, email):
                raise InvitationRefused(_("Cette personne est déjà dans l’équipe."))
            # Within one shop an address is asked once; what nobody can answer any more makes room.
            before = shop.invitations.unanswered().filter(email__iexact=email).with_state(at)
            there = before.filter(is_open=True).first()
            if there and there.role == role:
                return there
            if there:
                raise InvitationRefused(
                    _("Cette adresse est déjà invitée avec un autre rôle : retirez d’abord cette invitation.")
                )
            _refuse_too_many(shop, at)
            before.delete()
            invitation = cls.objects.create(
                shop=shop,
                email=email,
                role=role,
                invited_by=by,
                created_at=at,
                expires_at=at + INVITATION_HOLDS_FOR,
            )
            invitation._note("sent", by, at)
            letters.tell_invited(invitation)
            return invitation

    def send_again(self, *, by, at):
        """The same mail once more, and two weeks from now. Raises InvitationOver, InvitationRefused."""
        with transaction.atomic():
            # One that nobody answered in time may be sent again; one that was answered may not.
            self._hold(at, also_late=True)
            _refuse_too_many(self.shop, at, besides=self.pk)
            self.invited_by, self.expires_at = by, at + INVITATION_HOLDS_FOR
            self.save(update_fields=["invited_by", "expires_at"])
            self._note("sent", by, at)
            letters.tell_invited(self)

    def accept(self, user, *, at) -> Membership:
        """The person joins. Whoever is there already keeps the higher role. Raises InvitationOver, NotInvited."""
        with transaction.atomic():
            self._hold(at, by=user)
            roles = MerchantRole.values
            membership, is_new = Membership.objects.select_for_update().get_or_create(
                shop=self.shop, user=user, defaults={"role": self.role, "since_at": at}
            )
            before = {} if is_new else {"person": user.pk, "role": str(membership.role)}
            if roles.index(self.role) < roles.index(membership.role):
                membership.role = self.role
                membership.save(update_fields=["role"])
            self._answer("accepted", user, at)
            if before.get("role") != membership.role:
                Event.note(
                    self.shop,
                    "member:joined" if is_new else "member:role",
                    by=user,
                    at=at,
                    before=before,
                    after={"person": user.pk, "role": str(membership.role)},
                )
            letters.tell_accepted(self, user)
            return membership

    def decline(self, user, *, at):
        """The person does not want to. Raises InvitationOver, NotInvited."""
        with transaction.atomic():
            self._hold(at, by=user)
            self._answer("declined", user, at)

    def withdraw(self, *, by, at):
        """An owner takes it back. Raises InvitationOver when it was answered meanwhile."""
        with transaction.atomic():
            self._hold(at, also_late=True)
            self._answer("withdrawn", by, at)

    def _answer(self, how, by, at):
        self.answered_at = at
        self.save(update_fields=["answered_at"])
        self._note(how, by, at)

    def _note(self, how, by, at):
        # Without the address: what happened is kept for ever, and a person who never came is not.
        after = {"invitation": self.pk, "role": str(self.role)}
        Event.note(self.shop, f"invitation:{how}", by=by, at=at, after=after)

    def _hold(self, at, *, by=None, also_late=False):
        """Take the row as it is now. Raises InvitationOver, and NotInvited where it is not `by`'s to answer."""
        hold(self.shop)
        now = Invitation.objects.unanswered()
        if not (now if also_late else now.open(at)).filter(pk=self.pk).exists():
            raise InvitationOver(self.pk)
        if by is not None and not Invitation.objects.for_user(by).filter(pk=self.pk).exists():
            raise NotInvited(self.pk)


def _is_there(shop, email):
    known = Q(user__email__iexact=email) | Q(
        user__emailaddress__email__iexact=email, user__emailaddress__verified=True
    )
    return Membership.objects.filter(known, shop=shop).exists()


def _refuse_too_many(shop, at, besides=None):
    if shop.invitations.open(at).exclude(pk=besides).count() >= MOST_OPEN:
        raise InvitationRefused(_("Vingt invitations attendent déjà une réponse : retirez-en une d’abord."))
    # Counted by what was written down of them, which nobody can take away.
    day = {"kind": "invitation:sent", "at__gt": at - timedelta(days=1)}
    if Event.objects.filter(shop=shop, **day).count() >= MOST_MAILS_A_DAY:
        raise InvitationRefused(_("Cinquante invitations sont parties depuis hier : réessayez demain."))
