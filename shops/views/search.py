"""What is proposed under the search field while somebody types."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from shops import reference, search
from shops.filters import LONGEST_QUERY
from vitrine.page_cache import cacheable


class SuggestForm(forms.Form):
    q = forms.CharField(max_length=LONGEST_QUERY, required=False)


@require_safe
@cacheable
def suggest(request):
    """A piece of HTML for under the field; empty when there is nothing to propose, whatever was typed."""
    asked = SuggestForm(request.GET)
    suggestions = []
    if asked.is_valid():
        suggestions = search.suggest(
            asked.cleaned_data["q"],
            language=get_language(),
            structure=reference.structure(request.catalogue),
            totals=reference.totals(request.catalogue),
        )
    context = {"suggestions": suggestions}
    response = render(request, "shops/_suggestions.html", context) if suggestions else HttpResponse()
    response.headers["X-Robots-Tag"] = "noindex"
    return response
