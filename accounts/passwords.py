"""How long a password must be (OWASP ASVS 6.2.1): twelve signs, fifteen for who works for the City."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SHORTEST, SHORTEST_FOR_THE_CITY = 12, 15
LONGEST = 128
HELP = gettext_lazy("Douze signes au moins, quinze pour la Ville : une phrase se retient mieux qu’un mot.")


class LengthValidator:
    def validate(self, password, user=None):
        shortest = SHORTEST_FOR_THE_CITY if user is not None and user.is_staff else SHORTEST
        if len(password) < shortest:
            raise ValidationError(
                _("Ce mot de passe est trop court : %(number)d signes au moins.") % {"number": shortest}
            )
        if len(password) > LONGEST:
            raise ValidationError(
                _("Ce mot de passe est trop long : %(number)d signes au plus.") % {"number": LONGEST}
            )

    def get_help_text(self):
        return str(HELP)
