"""Taking one's page in hand: my claims, how each is proved, and a shop that is not listed yet."""

import contextlib

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from districts.models import District
from shops.claiming import proofs, proposals
from shops.desks.merchant.door import desk, page
from shops.forms import read_register_number
from shops.importing import facts
from shops.lookalikes import lookalikes
from shops.models import Category, Claim, Shop
from shops.models.claim import MOST_TRIES, Answer
from shops.vocabulary import LinkKind

Method = Claim.Method
CLAIMS_SHOWN = 50


class CodeForm(forms.Form):
    """The code, as it is copied from a mail, a letter or a telephone call."""

    code = forms.CharField(
        label=_("Votre code"),
        help_text=_("Huit signes, comme K7M2-9XQA. Majuscules et tirets n’ont pas d’importance."),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


def _mine(request, pk):
    """One of the person's own claims, with its shop. Raises Http404."""
    claims = Claim.objects.filter(user=request.user).select_related("shop__district", "user")
    return get_object_or_404(claims, pk=pk)


@require_safe
@desk
def claim_list(request):
    claims = Claim.objects.filter(user=request.user).select_related("shop__district")
    return page(request, "desks/merchant/claims/list.html", {"claims": claims[:CLAIMS_SHOWN]})


@require_safe
@desk
def claim(request, pk):
    return _claim_page(request, _mine(request, pk), CodeForm())


@require_POST
@desk
def prove(request, pk):
    """Another way to prove it: a code by mail at once, a letter, a call, or the City's visit."""
    claim = _mine(request, pk)
    method, fault = request.POST.get("method"), ""
    try:
        if method == Method.EMAIL:
            claim.send_code(at=request.now)
        else:
            claim.ask_for(method, at=request.now)
    except Claim.TooMany:
        if method == Method.EMAIL:
            fault = gettext(
                "Assez de codes pour aujourd’hui. Essayez demain, ou choisissez une autre preuve."
            )
        else:
            fault = gettext(
                "Assez de lettres, d’appels et de visites demandés : ce qui est demandé tient. Pour autre chose, essayez demain."
            )
    except Claim.NotAllowed:
        fault = gettext("Cette preuve n’est pas possible pour ce commerce.")
    if fault:
        return _claim_page(request, _mine(request, pk), CodeForm(), faults=[fault])
    return redirect("merchant:claim", pk)


@require_POST
@desk
def type_code(request, pk):
    claim = _mine(request, pk)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            answer = claim.check_code(form.cleaned_data["code"], at=request.now)
        except Claim.NotAllowed:
            answer = None
        if answer != Answer.WRONG:
            return redirect("merchant:claim", pk)
        form.add_error(
            "code",
            gettext(
                "Ce code n’est pas le bon, ou il ne vaut plus. Après %(tries)s essais, il en faut un autre."
            )
            % {"tries": MOST_TRIES},
        )
    return _claim_page(request, claim, form)


@require_POST
@desk
def withdraw(request, pk):
    claim = _mine(request, pk)
    try:
        claim.withdraw(at=request.now)
    except Claim.NotAllowed:
        return redirect("merchant:claim", pk)
    return redirect("merchant:claims")


def _claim_page(request, claim, form, faults=()):
    ways = proofs.offered(claim.shop) if claim.is_undecided else {}
    event = None
    if claim.shop.status == Shop.Status.DRAFT:
        event = claim.shop.events.filter(kind="status:draft").first()
    context = {
        "claim": claim,
        "claimed_shop": claim.shop,
        "form": form,
        "faults": faults,
        "code_is_live": claim.has_live_code(request.now),
        "sent_to": proofs.masked(claim.method, claim.sent_to),
        "ways": [(way, proofs.masked(way, contact)) for way, contact in ways.items()],
        "sent_back_because": event.why if event else "",
    }
    return page(
        request, "desks/merchant/claims/claim.html", context, here=reverse("merchant:claim", args=[claim.pk])
    )


# A shop that is not listed


class GroupedCategories(forms.ModelChoiceField):
    """Categories under the headings of their groups, in the active language."""

    def __init__(self, **options):
        super().__init__(Category.objects.in_use().select_related("group"), to_field_name="code", **options)

    def grouped(self):
        found = {}
        for category in self.queryset.order_by("group__position", "position"):
            found.setdefault(category.group.label_i18n, []).append((category.code, category.label_i18n))
        return [("", gettext("Choisissez")), *found.items()]


class ProposalForm(forms.Form):
    """What the City has to know of a shop to look at it, and of the person who keeps it."""

    error_css_class = "invalid"

    name = forms.CharField(label=_("Nom du commerce"), max_length=facts.NAME_LENGTH)
    category = GroupedCategories(label=_("Catégorie"))
    street = forms.CharField(
        label=_("Rue"),
        max_length=120,
        required=False,
        help_text=_("Sans adresse fixe, laissez vide et dites où l’on vous trouve."),
    )
    house_number = forms.CharField(label=_("Numéro"), max_length=20, required=False)
    postcode = forms.CharField(
        label=_("Code postal"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )
    place_note = forms.CharField(
        label=_("Précision"),
        max_length=120,
        required=False,
        help_text=_("Ex. « dans la cour », « marché du mercredi »"),
    )
    district = forms.ModelChoiceField(
        District.objects.all(), to_field_name="slug", label=_("Quartier"), empty_label=_("Choisissez")
    )
    phone = forms.CharField(
        label=_("Téléphone du commerce"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"type": "tel"}),
    )
    email = forms.CharField(
        label=_("Adresse e-mail du commerce"),
        max_length=254,
        required=False,
        widget=forms.EmailInput,
    )
    website = forms.CharField(label=_("Site web"), max_length=facts.LINK_LENGTH, required=False)
    your_name = forms.CharField(label=_("Votre nom"), max_length=150)
    your_role = forms.CharField(
        label=_("Votre fonction dans le commerce"),
        max_length=100,
        required=False,
        help_text=_("Par exemple : gérante, employé."),
    )
    register_number = forms.CharField(
        label=_("Numéro du registre de commerce"),
        max_length=20,
        required=False,
        help_text=_("Par exemple : B123456. Il aide la Ville si elle doit vérifier."),
    )

    def __init__(self, *args, city, **kwargs):
        super().__init__(*args, **kwargs)
        self.city = city
        self.fields["category"].choices = self.fields["category"].grouped()
        self.fields["district"].label_from_instance = lambda district: district.name_i18n

    def clean_register_number(self):
        return read_register_number(self.cleaned_data["register_number"])

    def clean(self):
        cleaned = super().clean()
        region = self.city.facts.get("phone_region") or self.city.country
        readers = {
            "name": facts.text(facts.NAME_LENGTH),
            "street": facts.text(120),
            "house_number": facts.text(20),
            "postcode": facts.text(12),
            "place_note": facts.text(120),
            "phone": facts.phone(region),
            "email": facts.email,
            "website": lambda value: facts.link(value, LinkKind.WEBSITE),
            "your_name": facts.text(150),
            "your_role": facts.text(100),
        }
        for name, read in readers.items():
            if cleaned.get(name):
                try:
                    cleaned[name] = read(cleaned[name])
                except facts.Refused as refused:
                    self.add_error(name, refused.sentence)
        if not cleaned.get("street") and not cleaned.get("place_note") and "street" not in self.errors:
            self.add_error("street", gettext("Dites où l’on trouve le commerce : une rue, ou un lieu."))
        return cleaned

    @property
    def said(self):
        """Of the shop, as `proposals` takes it."""
        website = self.cleaned_data["website"]
        said = {name: self.cleaned_data[name] for name in proposals.COLUMNS}
        return said | {
            "phone": self.cleaned_data["phone"],
            "email": self.cleaned_data["email"],
            "links": [[str(website[0]), website[1]]] if website else [],
        }

    @property
    def words(self):
        """Of the person, as `Claim.start` takes it."""
        return {
            "name": self.cleaned_data["your_name"],
            "role": self.cleaned_data["your_role"],
            "register_number": self.cleaned_data["register_number"],
        }

    def alike(self, but=None):
        """Pages that may be this shop's already."""
        said = self.said
        return lookalikes(
            name=said["name"],
            phone=said["phone"],
            website=said["links"][0][1] if said["links"] else "",
            street=said["street"],
            house_number=said["house_number"],
            but=but,
        )


@desk
def propose(request):
    """My shop is not listed. What looks like it is shown first; then the City looks at it."""
    form = ProposalForm(request.POST or None, city=request.city, initial={"your_name": request.user.name})
    alike = None
    if request.method == "POST" and form.is_valid():
        alike = [] if "seen" in request.POST else form.alike()
        if not alike:
            try:
                claim = proposals.propose(
                    request.user,
                    form.said,
                    at=request.now,
                    language=translation.get_language(),
                    **form.words,
                )
            except Claim.TooMany:
                form.add_error(None, _("Trop de demandes aujourd’hui : réessayez demain, s’il vous plaît."))
            else:
                return redirect("merchant:claim", claim.pk)
    return page(request, "desks/merchant/claims/propose.html", {"form": form, "alike": alike})


@desk
def propose_again(request, pk):
    """What the City sent back with a reason, to be put right."""
    claim = _mine(request, pk)
    if claim.shop.status != Shop.Status.DRAFT or not claim.is_undecided:
        raise Http404("Nothing was sent back.")
    form = ProposalForm(request.POST or None, city=request.city, initial=_as_proposed(claim))
    if request.method == "POST" and form.is_valid():
        with contextlib.suppress(Shop.MoveNotAllowed):
            proposals.propose_again(claim, form.said, at=request.now)
        return redirect("merchant:claim", pk)
    return page(request, "desks/merchant/claims/propose.html", {"form": form, "again": claim})


def _as_proposed(claim):
    shop = claim.shop
    website = shop.links.filter(kind=LinkKind.WEBSITE).first()
    return {
        **{
            name: getattr(shop, name) for name in ("name", "street", "house_number", "postcode", "place_note")
        },
        "category": shop.category.code,
        "district": shop.district.slug,
        "phone": shop.phone,
        "email": shop.email,
        "website": website.url if website else "",
        "your_name": claim.name,
        "your_role": claim.role,
        "register_number": claim.register_number,
    }
