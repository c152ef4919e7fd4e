from django import forms
from django.utils.translation import gettext_lazy as _


class Wish(forms.Form):
    """What the bank shall do, and how it shall tell the site."""

    outcome = forms.ChoiceField(
        label=_("Que fait la banque ?"),
        choices=[
            ("pay", _("Elle paie")),
            ("refuse", _("Elle refuse")),
            ("short", _("Elle paie un euro de moins que demandé")),
            ("leave", _("Rien : la personne s’en va")),
        ],
        initial="pay",
        widget=forms.RadioSelect,
    )
    news = forms.ChoiceField(
        label=_("Comment le dit-elle au site ?"),
        choices=[
            ("once", _("Une fois, tout de suite")),
            ("twice", _("Deux fois")),
            ("late", _("Une minute plus tard")),
            ("shuffled", _("Dans le désordre")),
            ("forged", _("Avec une fausse signature")),
            ("never", _("Jamais : le site doit demander lui-même")),
        ],
        initial="once",
        widget=forms.RadioSelect,
    )
    refuses_refunds = forms.BooleanField(label=_("Elle refusera les remboursements"), required=False)
