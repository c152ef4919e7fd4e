"""Arranging a shop's photos: the same pages at the merchants' desk and at the City's (`Place` is what differs)."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shops.desks import wording
from shops.desks.advice import Advised
from shops.editing import revisions, rules
from shops.models.photo import ALT_LENGTH, BYTES_AT_MOST, KEPT_AT_MOST, SHOWN_AT_MOST, Photo
from shops.photos import page as pages
from shops.photos import serving
from shops.photos.picture import FIELDS, draw
from shops.photos.receive import NoRoom, Refused, receive
from shops.vocabulary import ConfirmedBy
from vitrine.htmx import wanted_fragment

FILES_AT_ONCE = 10
# The page asks every two seconds; after three minutes it leaves it to its reader.
LONGEST_WATCH = 90
TAKEN = "image/jpeg,image/png,image/webp,image/heic,image/heif,image/avif,.heic,.heif,.avif"
FOCI = [
    ("0-0", gettext_lazy("en haut à gauche")),
    ("50-0", gettext_lazy("en haut au milieu")),
    ("100-0", gettext_lazy("en haut à droite")),
    ("0-50", gettext_lazy("au milieu à gauche")),
    ("50-50", gettext_lazy("au centre")),
    ("100-50", gettext_lazy("au milieu à droite")),
    ("0-100", gettext_lazy("en bas à gauche")),
    ("50-100", gettext_lazy("en bas au milieu")),
    ("100-100", gettext_lazy("en bas à droite")),
]


@dataclass(frozen=True)
class Place:
    """A desk: whose word is given there, how its pages are drawn, what its addresses and its frame are called."""

    space: str
    side: ConfirmedBy
    frame: str
    draw: Callable
    # Who only reads (the City's auditor) is offered nothing to press.
    may_change: Callable = lambda user: True

    def url(self, word, *args):
        return reverse(f"{self.space}:{word}", args=args)

    def names(self):
        """The names of its addresses, for `{% url %}`."""
        words = ("photos", "photo", "photo_move", "photo_off", "photo_erase")
        return {word: f"{self.space}:{word}" for word in words}

    def picture(self, shop, photo, item=None):
        """A photo as this desk may fetch it, published or not, with the words of `item` or its own."""
        facts = {field: getattr(photo, field) for field in FIELDS}
        if item is not None:
            facts |= {"alt": item.alt, "decorative": item.decorative}
            facts |= dict(zip(("focus_x", "focus_y"), item.focus, strict=True))
        base = self.url("photo_file", shop.public_id, photo.name, 0, "x").removesuffix("-0.x")
        return draw(facts, base)


def _alt_field(code, label):
    return forms.CharField(
        label=label,
        required=False,
        max_length=ALT_LENGTH,
        error_messages={
            "required": gettext_lazy(
                "Dites en une phrase ce que la photo montre, ou cochez qu’elle est décorative."
            )
        },
        widget=forms.Textarea(attrs={"rows": 2, "lang": code}),
    )


class DescribeForm(Advised, forms.Form):
    """What a photo shows, for whoever cannot see it."""

    alt_fr = _alt_field("fr", gettext_lazy("En français"))
    alt_de = _alt_field("de", gettext_lazy("En allemand"))
    alt_lb = _alt_field("lb", gettext_lazy("En luxembourgeois"))
    alt_en = _alt_field("en", gettext_lazy("En anglais"))
    decorative = forms.BooleanField(
        label=gettext_lazy("Elle n’apprend rien : elle est décorative"),
        help_text=gettext_lazy("Une ambiance, un motif. Les lecteurs d’écran la passeront sous silence."),
        required=False,
    )
    focus = forms.ChoiceField(
        label=gettext_lazy("Ce qui doit rester visible"),
        help_text=gettext_lazy("Sur la page, la photo est recadrée en quatre tiers autour de ce point."),
        choices=FOCI,
        widget=forms.RadioSelect,
    )

    use_required_attribute = False

    def __init__(self, *args, shop_name="", others=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.shop_name, self.others = shop_name, others
        # Words in one language are asked for, the reader's own; unless there are others, or none are needed.
        given = self.data.get("decorative") or any(
            self.data.get(field.html_name, "").strip() for field in self.other_fields()
        )
        self.fields[f"alt_{self._own()}"].required = not given

    @classmethod
    def initial_of(cls, alt, decorative, focus):
        values = {f"alt_{code}": text for code, text in alt.items()}
        near = "-".join(str(round(value / 50) * 50) for value in focus)
        return values | {"decorative": decorative, "focus": near}

    def clean(self):
        data = super().clean()
        texts = {code: data.get(f"alt_{code}", "") for code, _name in settings.LANGUAGES}
        for code, text in texts.items():
            if text and _is_no_description(text):
                self.add_error(
                    f"alt_{code}", _("C’est le nom d’un fichier : dites plutôt ce que la photo montre.")
                )
        return data

    def texts(self):
        """What the photo says for whoever cannot see it; nothing when it is ornament."""
        if self["decorative"].value():
            return {}
        return {
            f"alt_{code}": {
                "kind": wording.ALT,
                "language": code,
                "name": self.shop_name,
                "others": self.others,
            }
            for code, _name in settings.LANGUAGES
        }

    def sibling(self, name, language):
        return f"alt_{language}"

    @property
    def alt(self):
        found = {code: self.cleaned_data[f"alt_{code}"] for code, _name in settings.LANGUAGES}
        return {code: text for code, text in found.items() if text}

    @property
    def focus_point(self):
        return [int(part) for part in self.cleaned_data["focus"].split("-")]

    # The reader's own language first; the others can wait behind a fold.

    def first_field(self):
        return self[f"alt_{self._own()}"]

    def other_fields(self):
        return [self[f"alt_{code}"] for code, _name in settings.LANGUAGES if code != self._own()]

    def others_open(self):
        """Whether there is something to see behind the fold."""
        return any(
            field.errors or field.value() or getattr(field, "hints", ()) for field in self.other_fields()
        )

    def _own(self):
        own = translation.get_language()
        return own if f"alt_{own}" in self.fields else settings.LANGUAGE_CODE


def _is_no_description(text):
    """« IMG_2031.jpg », « 20261122 »: what a camera calls it."""
    stem, dot, suffix = text.rpartition(".")
    named = (
        dot and suffix.lower() in {"jpg", "jpeg", "png", "webp", "heic", "heif", "avif"} and " " not in stem
    )
    return bool(named) or not any(character.isalpha() for character in text)


def index(request, place, shop):
    """The page of a shop's photos; a POST brings new ones."""
    refused = []
    if request.method == "POST":
        taken, refused = _take_in(request, place, shop)
        if taken or not refused:
            for line in refused:
                messages.warning(request, line)
            return redirect(place.url("photos", shop.public_id))
    return _draw_index(request, place, shop, refused)


def _take_in(request, place, shop):
    """Receive the files of a request. Returns how many were taken, and a sentence for each that was not."""
    files = request.FILES.getlist("photos")
    if not files:
        return 0, [_("Choisissez d’abord une photo.")]
    taken, refused = 0, []
    for file in files[:FILES_AT_ONCE]:
        called = (file.name or "")[:60]
        try:
            receive(shop, file, by=request.user, at=request.now, from_city=place.side == ConfirmedBy.CITY)
        except Refused as error:
            refused.append(f"{called} – {error.fault.label}")
        except NoRoom:
            refused.append(
                _("%(file)s – Il n’y a plus de place : effacez d’abord des photos, ou réessayez demain.")
                % {"file": called}
            )
            break
        else:
            taken += 1
    if len(files) > FILES_AT_ONCE:
        refused.append(
            _("Dix photos à la fois : envoyez les autres ensuite, à partir de « %(file)s ».")
            % {"file": (files[FILES_AT_ONCE].name or "")[:60]}
        )
    if taken:
        messages.success(
            request,
            ngettext("%(number)s photo est arrivée.", "%(number)s photos sont arrivées.", taken)
            % {"number": taken},
        )
    return taken, refused


def _draw_index(request, place, shop, refused):
    album = pages.album(shop, side=place.side)
    turn = _turn(request)
    context = {
        "album": album,
        "shown": [(entry, place.picture(shop, entry.photo, entry)) for entry in album.shown],
        "kept": [(photo, place.picture(shop, photo)) for photo in album.kept],
        "unreadable": album.unreadable,
        "watch": turn + 1 if album.developing and turn < LONGEST_WATCH else 0,
        "faults": refused,
        "urls": place.names(),
        "frame": place.frame,
        "taken": TAKEN,
        "files_at_once": FILES_AT_ONCE,
        "shown_at_most": SHOWN_AT_MOST,
        "kept_at_most": KEPT_AT_MOST,
        "kept_number": len(album.shown) + len(album.kept) + len(album.developing),
        "megabytes": -(-shop.photos.kept().bytes_held() // 1_000_000),
        "megabytes_at_most": BYTES_AT_MOST // 1_000_000,
        "may_change": place.may_change(request.user),
    }
    if wanted_fragment(request) == "arrivees":
        return render(request, "desks/photos/index.html#arrivals", {"shop": shop, **context})
    return place.draw(request, "desks/photos/index.html", context, shop=shop)


class _TurnForm(forms.Form):
    tour = forms.IntegerField(min_value=0, max_value=LONGEST_WATCH)


def _turn(request):
    form = _TurnForm(request.GET)
    return form.cleaned_data["tour"] if form.is_valid() else 0


def photo_of(shop, number) -> Photo:
    """Raises Http404: another shop's photos are not there."""
    photo = get_object_or_404(shop.photos.all(), pk=number)
    photo.shop = shop
    return photo


def describe(request, place, shop, number):
    """What one photo shows; saving it puts it on the page."""
    photo = photo_of(shop, number)
    if photo.state != Photo.State.READY:
        raise Http404("Not developed.")
    album = pages.album(shop, side=place.side)
    entry = next((entry for entry in album.shown if entry.photo.pk == photo.pk), None)
    said = entry or photo
    asked = {
        "initial": DescribeForm.initial_of(said.alt, said.decorative, said.focus),
        "shop_name": shop.name,
        "others": [text for one in album.shown if one.photo.pk != photo.pk for text in one.alt.values()],
    }
    form = DescribeForm(request.POST or None, **asked)
    unheard = []
    if "repair" in request.POST:
        form = DescribeForm(form.put_right(request.POST["repair"]), **asked)
    elif request.method == "POST" and form.is_valid() and not (unheard := form.unheard()):
        try:
            saved = pages.describe(
                photo,
                alt=form.alt,
                decorative=form.cleaned_data["decorative"],
                focus=form.focus_point,
                by=request.user,
                side=place.side,
                at=request.now,
            )
        except pages.TooMany:
            form.add_error(
                None, _("La page montre déjà douze photos : retirez-en une, celle-ci prendra sa place.")
            )
        else:
            _tell(request, saved)
            following = next((one for one in album.kept if one.pk != photo.pk and not _is_said(one)), None)
            if following:
                return redirect(place.url("photo", shop.public_id, following.pk))
            return redirect(place.url("photos", shop.public_id))
    context = {
        "advised": [shown.key for shown in form.advice()],
        "unheard": unheard,
        "photo": photo,
        "picture": place.picture(shop, photo, entry),
        "entry": entry,
        "form": form,
        "waits": place.side == ConfirmedBy.MERCHANT
        and shop.is_published
        and rules.waits(pages.FACT, rules.trust_of(shop, at=request.now)),
        "may_change": place.may_change(request.user),
        "urls": place.names(),
        "frame": place.frame,
    }
    return place.draw(request, "desks/photos/photo.html", context, shop=shop)


def _is_said(photo):
    return photo.decorative or bool(photo.alt)


class MoveForm(forms.Form):
    sens = forms.ChoiceField(choices=[("avant", ""), ("apres", "")])


def move(request, place, shop, number):
    photo = photo_of(shop, number)
    form = MoveForm(request.POST)
    if form.is_valid():
        step = -1 if form.cleaned_data["sens"] == "avant" else 1
        pages.move(photo, step, by=request.user, side=place.side, at=request.now)
    return redirect(f"{place.url('photos', shop.public_id)}#photo-{photo.pk}")


def take_off(request, place, shop, number):
    photo = photo_of(shop, number)
    if pages.take_off(photo, by=request.user, side=place.side, at=request.now).revision:
        messages.success(request, _("La photo n’est plus sur la page. Elle reste ici, à votre disposition."))
    return redirect(place.url("photos", shop.public_id))


def erase(request, place, shop, number):
    photo = photo_of(shop, number)
    try:
        pages.erase(photo, by=request.user, at=request.now)
    except pages.InUse:
        messages.warning(request, _("Cette photo est sur la page : retirez-la d’abord."))
    else:
        messages.success(request, _("C’est effacé, fichiers compris."))
    return redirect(place.url("photos", shop.public_id))


def file(request, place, shop, name, width, suffix):
    """A file of any of the shop's photos, for those who arrange them."""
    photo = get_object_or_404(shop.photos.ready(), name=name)
    return serving.answer(request, photo, width, suffix)


def _tell(request, saved: revisions.Saved):
    if saved.waiting:
        messages.success(request, _("C’est noté : la Ville regarde la photo, puis elle paraît sur la page."))
    elif saved.live:
        messages.success(request, _("C’est en ligne."))
