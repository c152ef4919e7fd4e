"""“Also for my other shops”: the field that a section's form shows to who keeps several, and what is said afterwards."""

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shops.editing.letters import label_of
from shops.editing.together import Agreement, Carried
from shops.models import Shop


class TogetherField(forms.MultipleChoiceField):
    """The other shops that say the same, none of them ticked. Its clean value is a list of public ids.

    Draw it with `desks/merchant/_together.html`.
    """

    help = _("Seulement pour ce qui est pareil aujourd’hui : le reste y demeure comme il est.")

    def __init__(self, agreements: list[Agreement]):
        super().__init__(
            label=_("Le même changement aussi pour"),
            help_text=self.help,
            choices=[(agreement.shop.public_id, _choice(agreement)) for agreement in agreements],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )


class GestureTogetherField(TogetherField):
    """The same for a gesture, which is worked into whatever the other shops say."""

    help = _("Là où la page dit déjà autre chose de ces jours, rien ne change, et nous vous le disons.")

    def __init__(self, shops: list[Shop]):
        super().__init__([Agreement(shop, (), ()) for shop in shops])


def _choice(agreement):
    shop = agreement.shop
    name = ", ".join(filter(None, [shop.name_i18n, shop.street]))
    if not agreement.differing:
        return name
    facts = ", ".join(label_of(fact) for fact in agreement.differing)
    return gettext("%(shop)s (sauf : %(facts)s)") % {"shop": name, "facts": facts}


def sentences(carried: list[Carried]) -> list[str]:
    """What became of the other shops, to be said after a save."""
    said = []
    done = [
        one.shop.name_i18n for one in carried if one.saved.live or one.saved.waiting or one.saved.withdrawn
    ]
    if done:
        said.append(
            ngettext("De même pour %(shops)s.", "De même pour ces commerces : %(shops)s.", len(done))
            % {"shops": ", ".join(done)}
        )
    for one in carried:
        if one.left:
            said.append(
                gettext("Laissé comme il est, parce que différent, pour %(shop)s : %(facts)s.")
                % {"shop": one.shop.name_i18n, "facts": ", ".join(label_of(name) for name in one.left)}
            )
    return said
