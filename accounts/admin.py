from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import CityRole, User


class PersonForm(forms.ModelForm):
    city_roles = forms.MultipleChoiceField(
        label=_("Rôles à la Ville"),
        choices=CityRole.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

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

    def save_model(self, request, user, form, change):
        if not change:
            user.set_unusable_password()
        super().save_model(request, user, form, change)
        if "email" in form.changed_data:
            user.vouch_for_address()
