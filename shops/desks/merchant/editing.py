"""A section of a page: shown, saved, kept as a draft while somebody types. Nothing that was typed is lost."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shops import reference
from shops.desks.merchant import drafts, mypage, snapshot
from shops.desks.merchant.door import desk, page, shop_of
from shops.desks.merchant.together import TogetherField, sentences
from shops.desks.words import address, line
from shops.editing import facts, letters, revisions, together
from shops.vocabulary import ConfirmedBy


@desk
def section(request, public_id, section):
    """Show a section's form, or save it."""
    shop = shop_of(request, public_id)
    if request.method == "POST":
        return _save(request, shop, section)
    draft = drafts.of(request, shop, section.slug)
    if draft and "brouillon" in request.GET:
        data = drafts.as_posted(draft)
        if seen := _seen(data, shop, section):
            form = _form(request, section, shop, seen.base, data)
            return _show(request, shop, section, form, data["seen"], resumed=draft)
    token = snapshot.sign(shop, section.facts)
    form = _form(request, section, shop, snapshot.read(token, shop).base)
    return _show(request, shop, section, form, token, draft=draft)


def _seen(data, shop, section):
    """What a form of this section's showed; None for any other."""
    try:
        seen = snapshot.read(data.get("seen", ""), shop)
    except snapshot.Unreadable:
        return None
    return seen if set(seen.base) == set(section.facts) else None


def _form(request, section, shop, seen, data=None):
    form = section.form(data, shop=shop, structure=reference.structure(request.catalogue), seen=seen)
    branches = together.agreeing(shop, section.facts, user=request.user, at=request.now)
    if branches:
        form.fields["together"] = TogetherField(branches)
    return form


def _names_of(form):
    return {*form.fields, "seen"}


def _show(request, shop, section, form, seen, **context):
    frame = reference.structure(request.catalogue)
    # Beside each field; what stands there now is not held against her next save.
    advice = form.advice()
    context |= {
        "advised": [shown.key for shown in advice],
        "part": section,
        "form": form,
        "seen": seen,
        "waiting": mypage.waiting_of(shop, frame, section.facts),
        "refused": mypage.refused_of(shop, frame, request.now, section.facts),
        "streets": reference.streets(request.catalogue).values() if section.slug == "demenagement" else (),
        "address": address(facts.read(shop, facts.ADDRESS), frame),
    }
    return page(request, section.template, context, shop=shop, section=section.slug)


def _save(request, shop, section):
    seen = _seen(request.POST, shop, section)
    if seen is None:
        # No form of ours: shown again with what was typed, compared with what the page says now.
        token = snapshot.sign(shop, section.facts)
        form = _form(request, section, shop, snapshot.read(token, shop).base, request.POST)
        form.add_error(
            None, _("Cette page était restée ouverte trop longtemps. Relisez, puis enregistrez encore.")
        )
        return _show(request, shop, section, form, token)
    form = _form(request, section, shop, seen.base, request.POST)
    if "preset" in request.POST and hasattr(form, "with_usual"):
        form = _form(request, section, shop, seen.base, form.with_usual(request.POST["preset"]))
        return _show(request, shop, section, form, request.POST["seen"], ticked=True)
    if "repair" in request.POST:
        form = _form(request, section, shop, seen.base, form.put_right(request.POST["repair"]))
        return _show(request, shop, section, form, request.POST["seen"], ticked=True)
    if not form.is_valid():
        drafts.keep(request, shop, section.slug, _names_of(form))
        return _show(request, shop, section, form, request.POST["seen"])
    if unheard := form.unheard():
        drafts.keep(request, shop, section.slug, _names_of(form))
        return _show(request, shop, section, form, request.POST["seen"], unheard=unheard)
    values, unanswered = _choose(request, form.values(), seen)
    if unanswered:
        form.add_error(None, _("Pour chaque champ que quelqu’un d’autre a changé, dites ce qui est juste."))
        return _show(request, shop, section, form, request.POST["seen"], conflicts=unanswered)
    saved = revisions.propose(
        shop,
        values,
        base=seen.base,
        base_version=seen.version,
        by=request.user,
        side=ConfirmedBy.MERCHANT,
        at=request.now,
        note=form.note() if hasattr(form, "note") and any(values[n] != seen.base[n] for n in values) else "",
    )
    if saved.conflicts:
        drafts.keep(request, shop, section.slug, _names_of(form))
        again = snapshot.sign_again(shop, seen, saved.conflicts)
        conflicts = [
            _Conflict(request, conflict.name, conflict.now, conflict.wanted) for conflict in saved.conflicts
        ]
        form.add_error(
            None,
            _(
                "Quelqu’un d’autre a changé la même chose entre-temps. Rien n’est encore enregistré : choisissez."
            ),
        )
        return _show(request, shop, section, form, again, conflicts=conflicts)
    drafts.drop(request, shop, section.slug)
    for level, sentence in tell(saved, reference.structure(request.catalogue), request.now):
        messages.add_message(request, level, sentence)
    _carry(request, shop, form, values, seen.base)
    return redirect("merchant:shop", shop.public_id)


def _carry(request, shop, form, values, base):
    """The same change for the branches she ticked, where they said the same."""
    if "together" not in form.fields or not form.cleaned_data["together"]:
        return
    carried = together.propose_together(
        shop,
        form.cleaned_data["together"],
        values,
        base=base,
        by=request.user,
        at=request.now,
        note=form.note() if hasattr(form, "note") else "",
    )
    for sentence in sentences(carried):
        messages.info(request, sentence)


class _Conflict:
    """What a colleague (or the City) wrote beside what she wants, in words, to choose from."""

    def __init__(self, request, name, now, wanted):
        structure = reference.structure(request.catalogue)
        self.name, self.label = name, letters.label_of(name)
        self.now, self.wanted = line(name, now, structure), line(name, wanted, structure)


def _choose(request, values, seen):
    """What to propose once she has chosen between hers and a colleague's; and where she has not chosen yet."""
    unanswered = []
    for name in request.POST.getlist("conflict"):
        if name not in values:
            continue
        choice = request.POST.get(f"choice-{name}")
        if choice == "theirs":
            values[name] = seen.base[name]
        elif choice != "mine":
            unanswered.append(_Conflict(request, name, seen.base[name], values[name]))
    return values, unanswered


def tell(saved, structure, at):
    """What became of a save, in sentences with their level: what is live now, what waits and until when."""
    told = []
    if saved.live:
        told.append(
            (messages.SUCCESS, _("En ligne dès maintenant : %(facts)s.") % {"facts": _names(saved.live)})
        )
    if saved.waiting:
        until = mypage.promised_by(at, structure)
        told.append(
            (
                messages.INFO,
                _(
                    "Chez la Ville, qui répond d’ici au %(until)s : %(facts)s. D’ici là, la page reste comme elle est."
                )
                % {"until": until, "facts": _names(saved.waiting)},
            )
        )
    if saved.withdrawn:
        told.append(
            (
                messages.INFO,
                _("Retiré, la page reste comme elle est : %(facts)s.") % {"facts": _names(saved.withdrawn)},
            )
        )
    return told or [(messages.INFO, _("Rien n’a changé : tout était déjà ainsi."))]


def _names(facts):
    return ", ".join(letters.label_of(name) for name in facts)


# Drafts


@require_POST
@desk
def keep(request, public_id, section):
    """While she types. Nothing of it is anybody else's, nor on the page."""
    shop = shop_of(request, public_id)
    seen = _seen(request.POST, shop, section)
    if seen is None:
        return HttpResponse(status=204)
    form = _form(request, section, shop, seen.base, request.POST)
    return drafts.keep_while_typing(request, shop, section.slug, _names_of(form), section.facts, seen)


@require_POST
@desk
def discard(request, public_id, section):
    shop = shop_of(request, public_id)
    drafts.drop(request, shop, section.slug)
    messages.info(request, _("Le brouillon est jeté."))
    return redirect("merchant:section", shop.public_id, section.slug)
