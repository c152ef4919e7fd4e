"""What residents write, from a shop's page or about the site; and how merchants and the City answer it."""

import math
from datetime import UTC, datetime, timedelta

from django import forms
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shops.forms import OnceForm
from shops.models import Report
from shops.photos.picture import words_of
from shops.reports import handling
from vitrine import proof, rates

PURPOSE = "report"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# From one address in an hour, with the proof of work; many may share one.
MOST_FROM_ONE = 20
# Without it (no JavaScript): from one address, and from everybody together.
MOST_SLOW_FROM_ONE, MOST_SLOW = 3, 30
# So long one reads one's message again, and so long the page may stay open then.
READS_FOR, WAITS_FOR = timedelta(seconds=20), HOUR
# Receipts to one address in a day: nobody's letter box is filled from here.
MOST_RECEIPTS = 3


class NotTaken(Exception):
    """A message is not taken now. Says why, to its sender."""


class FreshInput(forms.HiddenInput):
    """Hidden, and never what was sent before: a proof serves once."""

    fresh = None

    def format_value(self, value):
        return self.fresh


class MessageForm(OnceForm):
    """A public message: the sender's browser has proven that it took the trouble, or the sender goes the slower way.

    The slower way is for who has no JavaScript: the message comes back to be read once more, nothing of it kept, and is
    taken twenty seconds later, a few an hour. It sends no mail by itself.
    """

    proof = forms.Field(required=False, widget=FreshInput(attrs={"autocomplete": "off"}))
    again = forms.Field(required=False, widget=FreshInput)

    def __init__(self, data=None, *, at: datetime, who: str):
        super().__init__(data)
        self.at, self.who = at, who

    @cached_property
    def challenge(self) -> str:
        return proof.challenge(PURPOSE, at=self.at)

    def deliver(self, **facts) -> str | None:
        """Take the message in, once, however often the form was sent.

        Returns:
            the report's number; "" for a robot, that is thanked and forgotten; None when it was not taken: the form
            then says why.
        """
        if self.from_a_robot:
            return ""
        if (known := self._known()) is not None:
            return known
        payload = str(self.cleaned_data["proof"] or "")
        try:
            # Before there is a transaction: what a script sends costs no more than this.
            if not proof.solved(PURPOSE, payload, at=self.at):
                self._was_read_again()
            with transaction.atomic():
                is_proven = proof.spend(PURPOSE, payload, at=self.at)
                # Of two at once the second has waited here for the first.
                if (known := self._known()) is not None:
                    return known
                self._within_limits(is_proven)
                return self._receive(facts, is_proven).number
        except IntegrityError:
            return self._known()
        except NotTaken as refusal:
            self.add_error(None, str(refusal))
            return None

    def _known(self):
        submission = self.cleaned_data["submission"]
        return Report.objects.filter(submission=submission).values_list("number", flat=True).first()

    def _receive(self, facts, is_proven):
        for field, value in facts.items():
            setattr(self.instance, field, value)
        self.instance.submission = self.cleaned_data["submission"]
        address = self.instance.email
        receipt = is_proven and address and rates.allowed("receipt", address, MOST_RECEIPTS, DAY, self.at)
        return handling.receive(self.instance, at=self.at, receipt=bool(receipt))

    def _within_limits(self, is_proven):
        """Raises NotTaken where too many came."""
        if is_proven:
            if not rates.allowed("report", self.who, MOST_FROM_ONE, HOUR, self.at):
                raise NotTaken(
                    gettext(
                        "Beaucoup de messages sont venus de chez vous en peu de temps. Réessayez dans une heure."
                    )
                )
            return
        self._was_read_again()
        if not rates.allowed("slow report", self.who, MOST_SLOW_FROM_ONE, HOUR, self.at) or not rates.allowed(
            "slow reports", "", MOST_SLOW, HOUR, self.at
        ):
            raise NotTaken(
                gettext(
                    "Trop de messages sont arrivés sans la vérification. Réessayez dans une heure, ou depuis un "
                    "navigateur avec JavaScript."
                )
            )

    def _was_read_again(self):
        """Raises NotTaken until the message has come back a second time, long enough after the first."""
        asked_at = self._asked_at() or self.at
        waited = self.at - asked_at
        if waited >= READS_FOR:
            return
        self.fields["again"].widget.fresh = signing.dumps(
            [str(self.cleaned_data["submission"]), asked_at.timestamp()], salt=PURPOSE
        )
        raise NotTaken(
            gettext(
                "Votre navigateur n’a pas pu faire la petite vérification qui nous protège des robots (il lui faut "
                "JavaScript). Relisez votre message, puis envoyez-le encore une fois dans %(seconds)d secondes."
            )
            % {"seconds": math.ceil((READS_FOR - waited).total_seconds())}
        )

    def _asked_at(self):
        """When this message was first sent back to be read again, if it was, and not too long ago."""
        try:
            submission, seconds = signing.loads(str(self.cleaned_data["again"] or ""), salt=PURPOSE)
        except (signing.BadSignature, ValueError):
            return None
        asked_at = datetime.fromtimestamp(seconds, UTC)
        is_this = submission == str(self.cleaned_data["submission"])
        return asked_at if is_this and self.at - asked_at <= WAITS_FOR else None


_EMAIL_LABEL = _("Votre adresse e-mail, pour recevoir une réponse")
_EMAIL_HELP = _("Elle ne sert qu’à vous répondre et s’efface après douze mois.")
_WIDGETS = {
    "kind": forms.RadioSelect,
    "message": forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
    "email": forms.EmailInput(attrs={"autocomplete": "email"}),
}


class PhotoChoice(forms.ModelChoiceField):
    """The photos of a page, in its order, each by its place and what is said of it."""

    def __init__(self, photos, **options):
        super().__init__(photos, **options)
        self.places = {photo.pk: place for place, photo in enumerate(photos, 1)}

    def label_from_instance(self, photo):
        said, _language = words_of(photo.alt)
        what = {"number": self.places[photo.pk], "words": said or gettext("sans description")}
        return gettext("Photo %(number)d : %(words)s") % what


class ReportForm(MessageForm):
    """Something on a shop's page is wrong."""

    KINDS = [
        Report.Kind.HOURS,
        Report.Kind.CLOSED,
        Report.Kind.MOVED,
        Report.Kind.CONTACT,
        Report.Kind.CATEGORY,
        Report.Kind.ACCESS,
        Report.Kind.CONTENT,
        Report.Kind.OTHER,
    ]

    class Meta:
        model = Report
        fields = ["kind", "message", "email"]
        labels = {
            "kind": _("Qu’est-ce qui ne va pas ?"),
            "message": _("Ce qui est juste, si vous le savez"),
            "email": _EMAIL_LABEL,
        }
        help_texts = {
            "message": _("Pour un contenu choquant ou illégal : lequel, où, et pourquoi."),
            "email": _EMAIL_HELP,
        }
        widgets = _WIDGETS

    def __init__(self, *args, shop, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in self.KINDS]
        photos = shop.photos.published()
        if photos:
            self.fields["photo"] = PhotoChoice(
                photos,
                label=_("Est-ce une photo ? Laquelle ?"),
                help_text=_("Pour un contenu choquant ou illégal."),
                empty_label=_("aucune"),
                required=False,
            )
            self.order_fields(["kind", "photo", "message", "email"])

    def clean(self):
        cleaned = super().clean()
        self.instance.photo = cleaned.get("photo") if cleaned.get("kind") == Report.Kind.CONTENT else None
        if cleaned.get("kind") in (Report.Kind.OTHER, Report.Kind.CONTENT) and not cleaned.get("message"):
            self.add_error("message", _("Dites-nous en quelques mots ce qui ne va pas."))
        return cleaned


class MissingShopForm(MessageForm):
    """A shop is not listed."""

    class Meta:
        model = Report
        fields = ["name", "message", "email"]
        labels = {
            "name": _("Comment s’appelle le commerce ?"),
            "message": _("Où est-il, et qu’y trouve-t-on ?"),
            "email": _EMAIL_LABEL,
        }
        help_texts = {"message": _("Sa rue suffit."), "email": _EMAIL_HELP}
        widgets = _WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True


class SiteReportForm(MessageForm):
    """A page of the site cannot be used."""

    class Meta:
        model = Report
        fields = ["message", "email"]
        labels = {"message": _("Quelle page, et qu’est-ce qui vous arrête ?"), "email": _EMAIL_LABEL}
        help_texts = {
            "message": _("Dites aussi, si vous voulez, avec quel appareil ou quelle aide technique."),
            "email": _EMAIL_HELP,
        }
        widgets = _WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["message"].required = True


class NumberForm(forms.Form):
    """The number that a thanks page repeats."""

    numero = forms.RegexField(r"^[0-9a-hjkmnp-tv-z]{8}$", required=False)

    @property
    def number(self) -> str:
        return self.cleaned_data.get("numero", "").upper() if self.is_valid() else ""


class AnswerForm(forms.Form):
    """How a topic ends: the outcome says it in each reader's language, the words are sent as they are."""

    outcome = forms.ChoiceField(label=_("Qu’en est-il ?"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Vos mots à qui l’a signalé"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
    )
    # Which reports whoever answers has before her: what comes in meanwhile is not answered unread.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=6000)

    def __init__(self, data=None, *, kind, side, seen="", prefix=None):
        super().__init__(data, prefix=prefix, initial={"seen": seen})
        self.kind = kind
        self.fields["outcome"].choices = [
            (outcome.value, outcome.label) for outcome in Report.outcomes_for(kind, side)
        ]
        if kind == Report.Kind.CONTENT:
            self.fields["words"].label = _("Les raisons de la décision")
            self.fields["words"].required = True

    def clean_seen(self):
        return keys_of(self.cleaned_data["seen"])

    def clean(self):
        if "seen" in self.errors:
            # At a hidden field nobody would read it.
            self.add_error(None, _("La page a changé : rechargez-la."))
        return super().clean()


def keys_of(text: str) -> list[int]:
    """Keys of reports as a form carries them: « 4 8 15 ». Raises forms.ValidationError."""
    words = text.split()
    if (
        not words
        or len(words) > 500
        or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words)
    ):
        raise forms.ValidationError(_("La page a changé : rechargez-la."))
    return [int(word) for word in words]
