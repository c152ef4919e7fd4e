from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.letters import letter
from accounts.models import CityRole, LostAddress, SecurityEvent, User


class PersonForm(forms.ModelForm):
    city_roles = forms.MultipleChoiceField(
        label=_("Rôles à la Ville"),
        choices=CityRole.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    # The desks and the mails speak it; without one, mails are in French.
    language = forms.ChoiceField(label=_("langue"), choices=[("", "–"), *settings.LANGUAGES], required=False)

    class Meta:
        model = User
        fields = ["email", "name", "language", "is_active", "city_roles"]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People and their roles. Nobody sets another's password: a person enters by a code sent to her address.

    Nobody changes her own roles, closes or deletes herself: the last administrator would lock the desk behind her.
    An address typed here counts as confirmed: it is the way back for who lost hers.
    """

    form = PersonForm
    # People go one by one, each looked at.
    actions = None
    ordering = ["email"]
    list_display = ["email", "name", "roles", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "created_at"]
    fields = ["email", "name", "language", "is_active", "city_roles", "last_login", "created_at"]

    @admin.display(description=_("rôles à la Ville"))
    def roles(self, user):
        return ", ".join(str(CityRole(role).label) for role in user.city_roles)

    def get_readonly_fields(self, request, obj=None):
        own = ["is_active", "city_roles"] if obj == request.user else []
        return [*self.readonly_fields, *own]

    def has_delete_permission(self, request, obj=None):
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_urls(self):
        lost = self.admin_site.admin_view(self.lost_second_factor)
        name = "accounts_user_second_factor"
        return [path("<int:object_id>/second-facteur/", lost, name=name), *super().get_urls()]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        helps = obj and obj != request.user and self.has_change_permission(request, obj)
        context["second_factor"] = bool(helps) and obj.authenticator_set.exists()
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def lost_second_factor(self, request, object_id):
        """Take away the second factor of somebody who lost it. Asked first; one's own is not lost, but at one's account."""
        user = get_object_or_404(self.get_queryset(request).exclude(pk=request.user.pk), pk=object_id)
        if not self.has_change_permission(request, user):
            raise Http404("Not this person's work.")
        if request.method == "POST":
            self.take_second_factor(user, by=request.user, at=request.now)
            self.message_user(request, gettext("Le second facteur est enlevé."), messages.SUCCESS)
            return redirect("admin:accounts_user_change", user.pk)
        context = self.admin_site.each_context(request)
        context |= {"title": gettext("Enlever le second facteur"), "opts": self.opts, "person": user}
        return render(request, "admin/accounts/user/second_factor.html", context)

    @transaction.atomic
    def take_second_factor(self, user, *, by, at):
        kinds = user.lose_second_factor(at=at)
        if kinds:
            language = user.language or settings.LANGUAGE_CODE
            with translation.override(language):
                letter("city/second_factor_removed", user.email, language, {}).post()
            self.note("second_factor", user, before=kinds, by=by, at=at)

    @transaction.atomic
    def save_model(self, request, user, form, change):
        if not change:
            user.set_unusable_password()
        super().save_model(request, user, form, change)
        if "email" in form.changed_data:
            user.vouch_for_address()
        if change and "email" in form.changed_data:
            self.tell_both(user, form.initial["email"])
        for field in {"email", "city_roles", "is_active"} & {*form.changed_data}:
            self.note(field, user, before=form.initial.get(field), by=request.user, at=request.now)

    def tell_both(self, user, old):
        """The address that was lost, in case it was not, and the new one."""
        language = user.language or settings.LANGUAGE_CODE
        with translation.override(language):
            letter("city/address_left", old, language, {}).post()
            letter("city/address_given", user.email, language, {}).post()

    def note(self, field, user, *, before, by, at):
        """What was changed of a person. This app keeps no journal: who keeps one overrides this."""


@admin.register(LostAddress)
class LostAddressAdmin(admin.ModelAdmin):
    """Who asks for another address. Once sure who it is, the administrator types it at the person's page."""

    list_display = ["created_at", "name", "shop", "phone", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "shop", "old_email", "new_email"]
    fields = [
        "name",
        "shop",
        "phone",
        "old_email",
        "new_email",
        "language",
        "created_at",
        "settled_at",
        "settled_by",
    ]
    readonly_fields = [*fields]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(SecurityEvent)
class SecurityEventAdmin(admin.ModelAdmin):
    """What happened at the door, to read. An IP address or an e-mail that is searched for is compared by its hash."""

    list_display = ["at", "kind", "how", "user", "tried", "network"]
    list_filter = ["kind", "at"]
    list_select_related = ["user"]
    list_per_page = 50
    show_full_result_count = False
    actions = None
    search_fields = ["user__email", "user__name"]
    search_help_text = _("Nom ou adresse e-mail ; ou l’adresse IP d’où l’on est venu.")
    fields = ["at", "kind", "how", "user", "tried", "network"]
    readonly_fields = [*fields]

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if network := SecurityEvent.trace_of_network(term):
            return queryset.filter(network=network), False
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if "@" in term:
            found |= queryset.filter(tried=SecurityEvent.trace(term))
        return found, duplicates

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
