"""The second of two people says yes or no."""

from django.contrib import messages
from django.utils.translation import gettext as _

from vouchers import decisions, ledger


def decide_now(request, decision, agree, done):
    """Agree or refuse, as the button says, and tell what came of it.

    Args:
        agree: the verb that agrees; it raises what `decisions` and `ledger` name.
        done: the sentence for when it is done.
    """
    try:
        if "agree" in request.POST:
            agree(decision, by=request.user.pk, at=request.now)
        else:
            decisions.refuse(decision, by=request.user.pk, at=request.now)
            done = _("C’est refusé : rien n’a bougé.")
    except decisions.Decided:
        messages.info(request, _("Quelqu’un en a déjà décidé."))
    except decisions.SamePerson:
        messages.warning(request, _("Vous l’avez demandé vous-même : une autre personne confirme."))
    except ledger.Overdrawn:
        messages.warning(request, _("Le budget ne suffit pas : il faut d’abord une dotation."))
    else:
        messages.success(request, done)
