"""The city's frame, to look at. It changes by loading a city pack, never here."""

from django.contrib import admin

from districts.models import City, District, PublicHoliday, Street


class ReadOnlyAdmin(admin.ModelAdmin):
    """Everything is shown, nothing is changed."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    list_display = ["name", "country", "time_zone", "loaded_at"]
    fields = ["name", "country", "languages", "time_zone", "currency", "facts", "freshness_days", "loaded_at"]


@admin.register(District)
class DistrictAdmin(ReadOnlyAdmin):
    list_display = ["name", "code", "area_ha", "population", "population_on"]
    search_fields = ["name", "code"]
    fields = ["code", "slug", "name", "intro", "area_ha", "population", "population_on", "neighbours"]


@admin.register(PublicHoliday)
class PublicHolidayAdmin(ReadOnlyAdmin):
    list_display = ["on", "name"]
    date_hierarchy = "on"
    fields = ["on", "name"]


@admin.register(Street)
class StreetAdmin(ReadOnlyAdmin):
    list_display = ["name"]
    list_filter = ["districts"]
    search_fields = ["name"]
    fields = ["name", "slug", "districts"]
