"""The City's desk for what residents report: a queue of topics, and one page to answer everybody who said the same."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from shops.desks.city.door import city_desk, city_page
from shops.models import Event, Report
from shops.reports import handling, letters
from shops.reports.forms import AnswerForm, keys_of
from shops.vocabulary import ConfirmedBy

READS, WRITES = "shops.view_report", "shops.change_report"
ON_A_PAGE = 50
# Reports of one topic that are shown and answered at once; more come after these.
AT_ONCE = 200


class QueueForm(forms.Form):
    """Which part of the queue: in the page's address, so that it can be kept and sent on."""

    etat = forms.ChoiceField(choices=Report.State, required=False)
    sujet = forms.ChoiceField(
        label=gettext_lazy("Sujet"),
        choices=[("", gettext_lazy("tous")), *Report.Kind.choices],
        required=False,
    )
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)


class TopicActionForm(forms.Form):
    """What is done with a topic besides answering it."""

    seen = forms.CharField(max_length=6000)
    other = forms.CharField(max_length=200, required=False)

    def clean_seen(self):
        return keys_of(self.cleaned_data["seen"])


@require_safe
@city_desk(READS)
def queue(request):
    form = QueueForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    state = asked.get("etat") or Report.State.CITY
    reports = Report.objects.filter(state=state)
    if kind := asked.get("sujet"):
        reports = reports.filter(kind=kind)
    topics = reports.topics()
    # The missing shops that most people name are visited first.
    topics = topics.most_named_first() if kind == Report.Kind.MISSING else topics.most_pressing_first()
    page = Paginator(topics, ON_A_PAGE).get_page(asked.get("page") or 1)
    first = Report.objects.select_related("shop").in_bulk([row["first"] for row in page])
    context = {
        "page": page,
        "rows": [row | {"report": first[row["first"]]} for row in page if row["first"] in first],
        "state": state,
        "states": Report.State.choices,
        "kind": kind or "",
        "kinds": Report.Kind.choices,
        "now": request.now,
    }
    return city_page(request, "desks/city/reports.html", context, section="reports")


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(READS)
def topic(request, number):
    report = get_object_or_404(Report.objects.select_related("shop"), number=number)
    may_write = request.user.has_perm(WRITES)
    form = None
    if request.method == "POST":
        if not may_write:
            raise Http404("The auditor reads.")
        if "outcome" in request.POST or request.POST.get("do") == "answer":
            form = AnswerForm(request.POST, kind=report.kind, side=ConfirmedBy.CITY)
            done = form.is_valid() and _answer(request, report, form)
        else:
            done = _act(request, report)
        if done:
            return redirect("city:reports")
        if form is None:
            return redirect("city:report", report.number)
    reports = list(
        Report.objects.filter(topic=report.topic)
        .select_related("photo")
        .order_by("-created_at", "pk")[:AT_ONCE]
    )
    still_open = [one for one in reports if one.state in Report.OPEN]
    seen = " ".join(str(one.pk) for one in still_open or reports)
    if form is None and still_open and may_write:
        form = AnswerForm(kind=report.kind, side=ConfirmedBy.CITY, seen=seen)
    numbers = [one.number for one in reports]
    context = {
        "report": report,
        "reports": reports,
        "open": still_open,
        "with_address": sum(bool(one.email) for one in still_open),
        "is_with_merchant": any(one.state == Report.State.MERCHANT for one in still_open),
        "form": form,
        "sentences": [(label, letters.sentence(code)) for code, label in form.fields["outcome"].choices]
        if form
        else [],
        "seen": seen,
        "may_write": may_write,
        "others": _other_missing(report) if still_open and may_write else [],
        "history": _history(report, numbers),
    }
    return city_page(request, "desks/city/report.html", context, section="reports")


def _answer(request, report, form):
    try:
        answered = handling.answer(
            report.topic,
            form.cleaned_data["outcome"],
            form.cleaned_data["words"],
            by=request.user,
            side=ConfirmedBy.CITY,
            at=request.now,
            keys=form.cleaned_data["seen"],
        )
    except Report.MoveNotAllowed:
        messages.info(request, _("Quelqu’un a déjà répondu."))
        return True
    mails = sum(bool(one.email) for one in answered)
    text = ngettext(
        "C’est noté ; %(mails)d personne reçoit la réponse.",
        "C’est noté ; %(mails)d personnes reçoivent la réponse.",
        mails,
    )
    messages.success(
        request, text % {"mails": mails} if mails else _("C’est noté ; personne n’a laissé d’adresse.")
    )
    return True


def _act(request, report):
    """Lay aside, take over, open again, or count for another: what the buttons ask. Whether something was done."""
    form = TopicActionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("La page a changé : rechargez-la."))
        return False
    seen = form.cleaned_data["seen"]
    acts = {
        "close": (
            _("C’est clos."),
            lambda: handling.close(report.topic, by=request.user, at=request.now, keys=seen),
        ),
        "take": (
            _("La Ville s’en charge."),
            lambda: handling.take(report.topic, by=request.user, at=request.now, keys=seen),
        ),
        "unite": (
            _("Les deux ne font plus qu’un."),
            lambda: handling.unite(report.topic, form.cleaned_data["other"], by=request.user, at=request.now),
        ),
    }
    said, act = acts.get(request.POST.get("do"), ("", None))
    if act is None:
        return False
    try:
        act()
    except Report.MoveNotAllowed:
        messages.info(request, _("Quelqu’un a déjà répondu."))
        return False
    messages.success(request, said)
    return True


def _other_missing(report):
    """The other missing shops that are open, by name: this one may be one of them."""
    if report.kind != Report.Kind.MISSING:
        return []
    others = Report.objects.filter(kind=Report.Kind.MISSING, state=Report.State.CITY).exclude(
        topic=report.topic
    )
    return (
        others.order_by("name_key", "topic", "pk").distinct("name_key", "topic").values("topic", "name")[:200]
    )


SAID = {
    "report:received": gettext_lazy("arrivé"),
    "report:to_city": gettext_lazy("passé à la Ville"),
    "report:answered": gettext_lazy("répondu"),
    "report:closed": gettext_lazy("clos"),
    "report:united": gettext_lazy("compté avec un autre"),
}


def _history(report, numbers):
    """What was done with these reports, the latest first."""
    found = list(
        Event.objects.filter(
            shop=report.shop_id, kind__in=SAID, after__reports__has_any_keys=numbers
        ).select_related("by")[:20]
    )
    for event in found:
        event.said = SAID[event.kind]
    return found
