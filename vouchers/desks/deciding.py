"""One of two people asks for money for a budget; the second says yes or no to whatever was asked."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from vouchers import decisions, ledger
from vouchers.desks.tasks import page_of


def ask_for_money(request, form, *, campaign=None, for_fees=False):
    """Ask for what a `LoadForm` says, if it was sent and is right. Returns the way to where it is decided; else None."""
    if request.method != "POST" or not form.is_valid():
        return None
    said = form.cleaned_data
    load = decisions.ask_load(
        campaign.network.issuer if campaign else said["issuer"], campaign, said["cents"], for_fees=for_fees,
        reference=said["reference"], form_key=said["key"], by=request.user.pk, at=request.now,
    )  # fmt: skip
    messages.success(request, _("C’est demandé. Une autre personne des finances doit confirmer."))
    return redirect(page_of(load))


def decide_now(request, decision, agree, done, *, overdrawn=None):
    """Agree or refuse, as the button says, and tell what came of it.

    Args:
        agree: the verb that agrees; it raises what `decisions` and `ledger` name.
        done: the sentence for when it is done.
        overdrawn: the sentence for when less is there; without one, that of a budget.
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
        messages.warning(request, overdrawn or _("Le budget ne suffit pas : il faut d’abord une dotation."))
    else:
        messages.success(request, done)
