"""Files in: the City hands one in, looks at what it would change, and has exactly that written. And files out."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from shops import exporting
from shops.desks.city.door import city_desk, city_page
from shops.desks.tables import csv_response
from shops.importing.files import MAX_BYTES, MEGABYTE
from shops.models import ImportRun

SHOWN = 50


class ImportForm(forms.Form):
    """A file, what it holds, and when it was right."""

    kind = forms.ChoiceField(label=_("Que contient-il ?"), choices=ImportRun.Kind, widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("Le fichier"),
        help_text=_(
            "Pour les commerces : un CSV ou une réponse Overpass. Pour les locaux : un CSV. 32 Mo au plus."
        ),
    )
    confirmed_on = forms.DateField(
        label=_("Le jour où ces données étaient justes"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Si le fichier ne le dit pas lui-même. Sans date, rien n’est tenu pour confirmé."),
    )

    def __init__(self, *args, today=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                gettext("Ce fichier dépasse %(limit)s Mo : coupez-le en plusieurs.")
                % {"limit": MAX_BYTES // MEGABYTE}
            )
        return file

    def clean_confirmed_on(self):
        day = self.cleaned_data["confirmed_on"]
        if day and day > self.today:
            raise forms.ValidationError(gettext("Ce jour est à venir."))
        return day


@city_desk("shops.view_importrun", needs_city=True)
def imports(request):
    """The files handed in lately, and the form for another one."""
    today = request.now.astimezone(request.city.tz).date()
    form = ImportForm(
        request.POST or None, request.FILES or None, today=today, initial={"kind": ImportRun.Kind.SHOPS}
    )
    may_write = request.user.has_perm("shops.add_importrun")
    if request.method == "POST" and not may_write:
        raise Http404("Hands off.")
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        run = ImportRun.receive(
            form.cleaned_data["kind"],
            file.name,
            file.read(),
            confirmed_on=form.cleaned_data["confirmed_on"],
            by=request.user,
            at=request.now,
        )
        return redirect("city:import", run.pk)
    runs = ImportRun.objects.select_related("made_by").defer("content", "report")[:SHOWN]
    context = {"form": form, "runs": runs, "may_write": may_write}
    return city_page(request, "desks/city/imports.html", context, section="imports")


@require_safe
@city_desk("shops.view_importrun")
def import_run(request, pk):
    """One file: how far it is, then what it would change."""
    run = get_object_or_404(ImportRun.objects.select_related("made_by").defer("content"), pk=pk)
    stages = {
        "read": _("lecture"),
        "compare": _("comparaison"),
        "create": _("création"),
        "change": _("modification"),
        "derive": _("mise à jour du catalogue"),
    }
    context = {
        "run": run,
        "stage": stages.get(run.stage, ""),
        "may_write": request.user.has_perm("shops.change_importrun"),
    }
    return city_page(request, "desks/city/import.html", context, section="imports")


@require_POST
@city_desk("shops.change_importrun")
def import_decide(request, pk):
    """Write what was shown, or leave the file alone."""
    run = get_object_or_404(ImportRun.objects.defer("content"), pk=pk)
    # What the person looked at: a report that was made anew meanwhile is looked at first.
    if request.POST.get("fingerprint") != run.fingerprint:
        messages.info(request, gettext("Le rapport a changé entre-temps : regardez-le d’abord."))
        return redirect("city:import", run.pk)
    try:
        if "write" in request.POST:
            run.write()
        else:
            run.drop(at=request.now)
    except ImportRun.NotNow:
        messages.info(request, gettext("Quelqu’un a déjà décidé de ce fichier."))
    return redirect("city:import", run.pk)


@require_safe
@city_desk("shops.view_shop")
def export_shops(request):
    """Every published shop, in the columns of the import."""
    languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return csv_response("commerces.csv", exporting.shop_columns(languages), exporting.shop_rows(languages))


@require_safe
@city_desk("shops.view_premises")
def export_premises(request):
    """The register of premises, in the columns of its import."""
    return csv_response("locaux.csv", exporting.premises_columns(), exporting.premises_rows())
