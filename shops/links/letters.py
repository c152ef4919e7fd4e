"""What a merchant is told about her links."""

from django.utils.translation import gettext as _

from shops.models import Link, Shop
from vitrine.letters import address, write_to


def tell_dead(shop: Shop, link: Link) -> None:
    """A link is hidden from now on: one mail to each of those who keep the page."""

    def words():
        return {
            "subject": _("Un lien de votre page ne mène plus nulle part"),
            "paragraphs": [
                _("La page : %(shop)s.") % {"shop": shop.name},
                _("Depuis plus d’une semaine, ce lien ne mène plus nulle part : %(url)s") % {"url": link.url},
                link.get_fault_display(),
                _(
                    "Nous ne le montrons plus aux visiteurs. Il revient de lui-même dès que le site "
                    "répond ; sinon, corrigez-le à votre comptoir :"
                ),
            ],
            "link": address("merchant:reports", shop.public_id),
        }

    for person in shop.keepers():
        write_to(person, words)
