"""What an owner says of her team."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shops.models import Invitation, MerchantRole

# What each role may do, said to who gives it.
ROLES = [
    (MerchantRole.EDITOR, _("Rédaction : tient la page à jour")),
    (MerchantRole.TILL, _("Caisse : encaisse les bons d’achat, ne touche pas à la page")),
    (MerchantRole.OWNER, _("Responsable : tient la page et décide de l’équipe")),
]


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("Son adresse e-mail"),
        max_length=254,
        help_text=_("La sienne : chacun entre avec sa propre adresse."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Son rôle"), choices=ROLES, initial=MerchantRole.EDITOR, widget=forms.RadioSelect
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Son rôle"), choices=ROLES, widget=forms.RadioSelect)


class HandOverForm(forms.Form):
    me = forms.ChoiceField(
        label=_("Et vous ?"),
        choices=[
            ("stay", _("Je reste, pour tenir la page à jour")),
            ("leave", _("Je quitte l’équipe")),
        ],
        initial="stay",
        widget=forms.RadioSelect,
    )


class OpenInvitationForm(forms.Form):
    """What an owner does with an invitation that waits."""

    do = forms.ChoiceField(choices=[("again", ""), ("withdraw", "")])


class AnswerForm(forms.Form):
    """What the person invited says to it."""

    invitation = forms.ModelChoiceField(Invitation.objects.none())
    answer = forms.ChoiceField(choices=[("accept", ""), ("decline", "")])

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["invitation"].queryset = Invitation.objects.for_user(user).select_related("shop")
