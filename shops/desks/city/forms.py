"""What moderators type: a word on a change, a move of a page."""

from datetime import datetime, time, timedelta

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shops.editing import replies
from shops.editing.facts import FACTS
from shops.editing.revisions import Accept, Refuse
from shops.importing import facts as reading
from shops.importing.frame import Frame
from shops.models import RefusalReason, Shop

ACCEPT, EDIT, REFUSE, LATER = "accept", "edit", "refuse", "later"


class DecisionForm(forms.Form):
    """The word on one change. `now` is the mark of what the page said when the form was made."""

    # A reason is owed only where one refuses, which the browser cannot know.
    use_required_attribute = False
    what = forms.ChoiceField(label=_("Votre décision"), widget=forms.RadioSelect)
    now = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    edited = forms.CharField(label=_("Texte corrigé"), required=False)
    reason = forms.ChoiceField(
        label=_("Motif"), choices=[("", _("Choisissez …")), *RefusalReason.choices], required=False
    )
    reply = forms.ChoiceField(label=_("Phrase toute faite"), required=False)
    words = forms.CharField(
        label=_("Vos mots au commerçant"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ils partent tels quels, dans la langue où vous les écrivez."),
    )

    def __init__(self, *args, change, is_conflict=False, **kwargs):
        super().__init__(*args, prefix=f"c{change.pk}", **kwargs)
        self.change, self.is_conflict = change, is_conflict
        fact = FACTS[change.field]
        is_live = change.state == change.State.LIVE
        self.is_editable = fact.kind in ("text", "lines") and not is_live
        if is_live:
            accept, refuse = _("C’est juste"), _("Remettre ce qu’il y avait avant")
        elif is_conflict:
            accept, refuse = _("Accepter, et remplacer ce qui est en ligne maintenant"), _("Refuser")
        elif change.is_appealed:
            accept, refuse = _("Accepter, tout compte fait"), _("Maintenir le refus")
        else:
            accept, refuse = _("Accepter"), _("Refuser")
        choices = [(ACCEPT, accept), (REFUSE, refuse), (LATER, pgettext_lazy("decision", "Plus tard"))]
        if self.is_editable:
            choices.insert(1, (EDIT, _("Corriger et accepter")))
            if fact.kind == "lines":
                self.fields["edited"].widget = forms.Textarea(attrs={"rows": 6})
            self.fields["edited"].initial = change.after
        else:
            del self.fields["edited"]
        self.fields["reason"].required = not self.is_bound or self.data.get(self.add_prefix("what")) == REFUSE
        self.fields["reason"].error_messages["required"] = gettext("Dites pourquoi : le commerçant le lira.")
        self.fields["what"].choices = choices
        self.fields["what"].initial = LATER
        self.fields["reply"].choices = [
            ("", "—"),
            *((code, gettext(sentence)) for code, sentence in replies.REPLIES.items()),
        ]

    def clean_edited(self):
        return self.cleaned_data["edited"].strip()

    def clean(self):
        cleaned = super().clean()
        what = cleaned.get("what")
        if what == REFUSE:
            if cleaned.get("reason") == RefusalReason.OTHER and not (
                cleaned.get("words") or cleaned.get("reply")
            ):
                self.add_error("words", gettext("« Autre motif » demande vos mots."))
        elif what == EDIT and self.is_editable:
            try:
                cleaned["edited"] = self._read(cleaned.get("edited", ""))
            except reading.Refused as refused:
                self.add_error("edited", refused.sentence)
        return cleaned

    def _read(self, typed):
        """What was typed, as the page may hold it. Raises Refused."""
        name, fact = self.change.field, FACTS[self.change.field]
        if not typed and name != "name":
            return ""
        if name == "phone":
            return reading.phone(Frame().region)(typed)
        if name == "email":
            return reading.email(typed)
        column = name.removesuffix(f"_{fact.language}") if fact.language else name
        limit = Shop._meta.get_field(column).max_length
        return (reading.lines if fact.kind == "lines" else reading.text)(limit)(typed)

    def decision(self) -> Accept | Refuse | None:
        """What it says, or None for "later". Ask a valid form."""
        cleaned = self.cleaned_data
        match cleaned["what"]:
            case "accept":
                return Accept(over=self.is_conflict, seen=cleaned["now"])
            case "edit":
                return Accept(
                    edited=cleaned["edited"], is_edited=True, over=self.is_conflict, seen=cleaned["now"]
                )
            case "refuse":
                by = self.change.revision.by
                language = (by and by.language) or settings.LANGUAGE_CODE
                said = [replies.say(cleaned["reply"], language), cleaned["words"].strip()]
                return Refuse(cleaned["reason"], " ".join(filter(None, said)))
        return None


class WhyForm(forms.Form):
    """A reason, noted in the history."""

    why = forms.CharField(
        label=_("Pourquoi"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(WhyForm):
    """A reason that is owed, and read by the merchant."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["why"].required = True
        self.fields["why"].help_text = gettext("Le commerçant le lit tel quel dans son e-mail.")


class SuspensionForm(ReasonForm):
    """Why a page is hidden, and until when."""

    until = forms.DateField(
        label=_("Jusqu’au"),
        help_text=_("Ce jour-là, la page revient en ligne d’elle-même. Un an au plus."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    LONGEST = timedelta(days=366)

    def __init__(self, *args, today, zone, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.zone = today, zone
        self.fields["until"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()

    def clean_until(self):
        day = self.cleaned_data["until"]
        if not self.today < day <= self.today + self.LONGEST:
            raise forms.ValidationError(gettext("Choisissez un jour entre demain et dans un an."))
        return day

    @property
    def until_at(self) -> datetime:
        """The first instant of the day, where the shop is."""
        return datetime.combine(self.cleaned_data["until"], time(0), tzinfo=self.zone)


class MergeForm(WhyForm):
    """The page that stays, by its public id."""

    other = forms.CharField(
        label=_("Identifiant de la page qui reste"),
        max_length=20,
        help_text=_("Huit signes, sous le nom du commerce ; ou choisissez ci-dessous."),
    )

    def __init__(self, *args, shop, **kwargs):
        super().__init__(*args, **kwargs)
        self.shop = shop

    def clean_other(self):
        typed = self.cleaned_data["other"].strip().lower()
        other = Shop.objects.filter(public_id=typed).first()
        if other is None:
            raise forms.ValidationError(gettext("Aucun commerce n’a cet identifiant."))
        if other == self.shop:
            raise forms.ValidationError(gettext("C’est la page elle-même."))
        if other.status == Shop.Status.MERGED:
            raise forms.ValidationError(gettext("Cette page a elle-même été fusionnée."))
        return other
