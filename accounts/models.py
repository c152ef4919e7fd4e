"""Who signs in: merchants, their staff, and the City's. Residents never need to."""

import uuid
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    use_in_migrations = True

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        """Create a person who signs in with an e-mail address.

        Without a password the account cannot sign in by password until one is set.
        Raises ValueError without an address.
        """
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_superuser=True, **fields)


class CityRole(models.TextChoices):
    """What somebody does for the City. What each may do stands in `vitrine.rights`."""

    MODERATOR = "moderator", _("modération")
    EDITOR = "editor", _("rédaction")
    FINANCE = "finance", _("finances")
    AUDITOR = "auditor", _("contrôle")
    ADMINISTRATOR = "administrator", _("administration")


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. The e-mail address is the name; there is no username."""

    email = models.EmailField(_("adresse e-mail"), unique=True)
    name = models.CharField(_("nom"), max_length=150, blank=True)
    language = models.CharField(_("langue"), max_length=10, blank=True)
    city_roles = ArrayField(
        models.CharField(max_length=20, choices=CityRole),
        verbose_name=_("rôles à la Ville"),
        default=list,
        blank=True,
    )
    is_active = models.BooleanField(_("compte actif"), default=True)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    # No session from before counts.
    sessions_ended_at = models.DateTimeField(null=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_whatever_case",
                violation_error_message=_("Un compte existe déjà avec cette adresse."),
            ),
            models.CheckConstraint(
                condition=Q(city_roles__contained_by=CityRole.values),
                name="user_city_roles_exist",
                violation_error_message=_("Ce rôle n’existe pas."),
            ),
        ]

    def __str__(self):
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether she works for the City: Django's desk asks for it."""
        return self.is_superuser or bool(self.city_roles)

    def confirmed_addresses(self) -> list[str]:
        """The addresses that the person has shown to read. One query."""
        return list(self.emailaddress_set.filter(verified=True).values_list("email", flat=True))

    def vouch_for_address(self):
        """The City says that the person reads this address: it is hers, confirmed, and the only one."""
        self.emailaddress_set.all().delete()
        self.emailaddress_set.create(email=self.email, verified=True, primary=True)

    def lose_second_factor(self, *, at: datetime) -> list[str]:
        """Her second factors are gone, recovery codes too, and all her sessions end.

        Who works for the City sets up a new one when she comes in next. Returns what kinds there were.
        """
        with transaction.atomic():
            factors = self.authenticator_set.select_for_update()
            kinds = sorted(factor.type for factor in factors)
            factors.delete()
            self.sessions_ended_at = at
            self.save(update_fields=["sessions_ended_at"])
            for kind in kinds:
                SecurityEvent.objects.create(
                    kind=SecurityEvent.Kind.FACTOR_REMOVED, how=f"city:{kind}", at=at, user=self
                )
        return kinds

    def get_session_auth_hash(self):
        """What a session is good for: another password, address or other roles, and all sessions end."""
        return self._session_hash()

    def get_session_auth_fallback_hash(self):
        from django.conf import settings

        for key in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret=key)

    def _session_hash(self, secret=None):
        known = "|".join([self.password, self.email, *sorted(self.city_roles), str(self.is_superuser)])
        if self.sessions_ended_at:
            known += f"|{self.sessions_ended_at.timestamp()}"
        return salted_hmac("accounts.User.session", known, secret=secret, algorithm="sha256").hexdigest()


# What somebody told to get back in is of no use once she is.
LOST_ADDRESS_KEPT_FOR = timedelta(days=90)


def forget_lost_addresses(*, at: datetime) -> int:
    """Delete what came longer than `LOST_ADDRESS_KEPT_FOR` ago, settled or not. Returns how many there were."""
    return LostAddress.objects.filter(created_at__lte=at - LOST_ADDRESS_KEPT_FOR).delete()[0]


class LostAddress(models.Model):
    """Somebody cannot read the address of her account any more, and asks the City to let her in by another.

    The City makes sure who it is in its own way (at the shop, at the counter, at a number it knows), never by what
    stands here alone.
    """

    name = models.CharField(_("nom"), max_length=150)
    shop = models.CharField(_("commerce"), max_length=200, blank=True)
    phone = models.CharField(_("téléphone"), max_length=30)
    old_email = models.EmailField(_("adresse perdue"), blank=True)
    new_email = models.EmailField(_("nouvelle adresse"))
    language = models.CharField(_("langue"), max_length=10)
    # Made when the form is shown: the same form sent twice is one request.
    submission = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("reçue le"))
    settled_at = models.DateTimeField(_("réglée le"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User,
        verbose_name=_("réglée par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("adresse perdue")
        verbose_name_plural = _("adresses perdues")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.name} ({self.created_at:%Y-%m-%d})"


# As long as the City keeps what its machines write down of security.
SECURITY_EVENTS_KEPT_FOR = timedelta(days=365)


def forget_security_events(*, at: datetime) -> int:
    """Delete what is older than `SECURITY_EVENTS_KEPT_FOR`; the database refuses to delete more. Returns how many."""
    return SecurityEvent.objects.filter(at__lt=at - SECURITY_EVENTS_KEPT_FOR).delete()[0]


class SecurityEvent(models.Model):
    """What happened at the door: who, what, when, from where. Written once, by `accounts.watch`.

    The database refuses a change, but to let go of a deleted person, and a deletion before its time (migration 0007).
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("entrée")
        FAILED = "failed", _("essai manqué")
        THROTTLED = "throttled", _("trop d’essais")
        REAUTHENTICATED = "reauthenticated", _("confirmation")
        SIGNED_OUT = "signed_out", _("sortie")
        PASSWORD_CHANGED = "password_changed", _("mot de passe changé")
        ADDRESS_CHANGED = "address_changed", _("adresse changée")
        FACTOR_ADDED = "factor_added", _("second facteur ajouté")
        FACTOR_REMOVED = "factor_removed", _("second facteur enlevé")

    kind = models.CharField(_("fait"), max_length=20, choices=Kind)
    # By allauth's names: password, code, mfa, totp, …; of a sign-in all that it took.
    how = models.CharField(_("moyen"), max_length=60, blank=True)
    at = models.DateTimeField(_("le"))
    user = models.ForeignKey(
        User, verbose_name=_("personne"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What `trace` makes of an address that has no account, and of the network: the same again, and no way back.
    tried = models.CharField(_("adresse essayée (empreinte)"), max_length=16, blank=True)
    network = models.CharField(_("réseau (empreinte)"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("événement de sécurité")
        verbose_name_plural = _("événements de sécurité")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="security_newest"),
            models.Index(fields=["user", "-at"], name="security_by_person"),
            models.Index(fields=["network", "-at"], name="security_by_network"),
        ]

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    @staticmethod
    def trace(text: str) -> str:
        """A keyed hash: two of the same can be told together, and whoever has the database alone learns nothing."""
        return salted_hmac("accounts.SecurityEvent", text.strip().lower(), algorithm="sha256").hexdigest()[
            :16
        ]

    @classmethod
    def trace_of_network(cls, address: str) -> str:
        """Of the network around an address (IPv4 /24, IPv6 /48): enough to see that many tries, or an unusual one,
        came from one place; too little to follow a person's connection. "" for what is no address.
        """
        try:
            ip = ip_address(address)
        except ValueError:
            return ""
        return cls.trace(str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False)))
