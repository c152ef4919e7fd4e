"""What is done to several rows of a list at once: first how many, which, and what it brings about; then, by POST, done."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.utils.translation import ngettext

from shops.desks.city.door import city_page

# Named on the page that asks; the others are counted.
NAMED = 50


class AsksFirst:
    """For a ModelAdmin: `return self.asked(…)` is all that an action does.

    What is confirmed is what was shown: each row by its key, and no other that came since.
    """

    at_once = 200

    def asked(
        self,
        request,
        queryset,
        *,
        action: str,
        label: str,
        consequence: str,
        counted: Callable[[int], str],
        act: Callable,
        done: Callable[[int], str],
        described: Callable = str,
        form_class=forms.Form,
        **form_options,
    ):
        """Ask once more; then `act(row, form)` for each row that still can. Returns the page that asks, or None.

        Args:
            counted: « 3 commerces », on the page that asks.
            act: says whether it did anything with the row.
            done: what is said afterwards of as many.
        """
        rows = list(queryset[: self.at_once + 1])
        if len(rows) > self.at_once:
            text = ngettext(
                "Choisissez-en %(count)d au plus à la fois.",
                "Choisissez-en %(count)d au plus à la fois.",
                self.at_once,
            )
            self.message_user(request, text % {"count": self.at_once}, messages.WARNING)
            return None
        sure = "sure" in request.POST
        form = form_class(request.POST if sure else None, **form_options)
        if not (sure and form.is_valid()):
            context = {
                "rows": rows,
                "named": [described(row) for row in rows[:NAMED]],
                "others": max(0, len(rows) - NAMED),
                "counted": counted(len(rows)),
                "action": action,
                "label": label,
                "consequence": consequence,
                "form": form,
                "checkbox": ACTION_CHECKBOX_NAME,
                "list": self.model._meta.verbose_name_plural,
            }
            return city_page(request, "desks/city/bulk.html", context, section="lists")
        number = sum(bool(act(row, form)) for row in rows)
        self.message_user(request, done(number), messages.SUCCESS if number else messages.INFO)
        return None
