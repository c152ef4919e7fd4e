"""The City's plain desk: Claire lists and edits the catalogue; what she saves goes through the catalogue's door."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.urls import reverse

from shops import catalogue
from shops.models import Catalogue, Event, OpeningInterval, Shop
from tests.door import enter
from tests.shops.factories import TUESDAY_10H, make_shop, make_shops


@pytest.fixture
def claire(city, django_user_model):
    return django_user_model.objects.create_superuser("claire@ville.example", "correct horse battery staple")


@pytest.fixture
def desk(client, claire):
    return enter(client, claire)


def form_of(response):
    """What the page's form would send if nothing were touched."""
    form = response.context["adminform"].form
    data = {}
    for bound in [form, *(formset.formset for formset in response.context["inline_admin_formsets"])]:
        forms = [bound] if bound is form else [bound.management_form, *bound.forms]
        for one in forms:
            for field in one:
                value = field.value()
                if value is True:
                    data[field.html_name] = "on"
                elif value is not None and value is not False:
                    data[field.html_name] = value if isinstance(value, list) else str(value)
                if field.field.show_hidden_initial:
                    data[field.html_initial_name] = data[field.html_name]
    return data


def save(desk, shop, **changes):
    address = reverse("admin:shops_shop_change", args=[shop.pk])
    response = desk.post(address, {**form_of(desk.get(address)), **changes})
    if response.status_code == 200:
        inlines = [formset.formset.errors for formset in response.context["inline_admin_formsets"]]
        pytest.fail(f"{response.context['adminform'].form.errors} {inlines} {response.context['errors']}")
    shop.refresh_from_db()
    return response


def refusals(desk, shop, **changes):
    """Try to save; return what is said at which field. Nothing may have changed."""
    address = reverse("admin:shops_shop_change", args=[shop.pk])
    before = Shop.objects.values().get(pk=shop.pk)
    response = desk.post(address, {**form_of(desk.get(address)), **changes})
    assert response.status_code == 200, "it was accepted"
    assert Shop.objects.values().get(pk=shop.pk) == before
    return response.context["adminform"].form.errors


def said(desk, response):
    """What the desk says after a save."""
    return [str(message) for message in desk.get(response.headers["Location"]).context["messages"]]


def test_nobody_enters_without_signing_in(city, client):
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        response = client.get(address)
        assert response.status_code == 302, address
        assert response.headers["Location"].startswith(reverse("account_login"))


def test_the_desk_has_no_door_of_its_own(city, claire, client):
    """allauth's sign-in counts tries and asks for the second factor; Django's own would do neither."""
    password = "correct horse battery staple"
    response = client.post("/gestion/login/", {"username": claire.email, "password": password})
    assert response.headers["Location"].startswith(reverse("account_login"))
    assert not client.session.get("_auth_user_id")


def test_to_a_merchant_there_is_no_desk(city, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("marie@um-eck.example"))
    assert client.get("/gestion/").status_code == 404


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.model_name)
def test_every_list_opens_searches_and_needs_a_bounded_number_of_questions(
    desk, model, django_assert_max_num_queries
):
    make_shops(30)
    options = model._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    desk.get(address)  # the city's frame is kept from here on
    # The catalogue's row, session, user, two counts, the rows, and the choices of each filter: as many with thirty rows
    # as with one.
    with django_assert_max_num_queries(12):
        assert desk.get(address).status_code == 200
    if admin.site._registry[model].search_fields:
        assert desk.get(address, {"q": "um eck"}).status_code == 200


def test_what_claire_corrects_is_live_confirmed_and_noted(desk, claire, marie):
    version = Catalogue.objects.get().version
    save(desk, marie, name="Boulangerie du Coin", services=["delivery", "gift_wrap"])
    event = Event.objects.get(shop=marie)
    assert marie.name == "Boulangerie du Coin"
    assert "o:gift_wrap" in marie.facets
    assert (marie.identity_confirmed_by, marie.services_confirmed_by) == ("city", "city")
    assert marie.hours_confirmed_by == "merchant", "she did not touch the hours"
    assert (event.kind, event.by, event.at) == ("facts:live", claire, TUESDAY_10H)
    assert event.before["name"] == "Boulangerie Um Eck"
    assert event.after["name"] == "Boulangerie du Coin"
    assert Catalogue.objects.get().version == version + 1


def test_claire_is_told_what_makes_a_text_hard_to_read_and_how_to_mend_it(desk, marie):
    response = save(desk, marie, summary="VENEZ DÉCOUVRIR NOTRE PAIN. Il est bon.")
    (hint,) = [line for line in said(desk, response) if "majuscules" in line]
    assert "Venez découvrir notre pain. Il est bon." in hint
    assert marie.summary.startswith("VENEZ"), "a suggestion: what she wrote is there"
    assert not [line for line in said(desk, save(desk, marie, phone="")) if "majuscules" in line]


def test_a_save_without_a_change_changes_nothing(desk, marie):
    version = Catalogue.objects.get().version
    save(desk, marie)
    assert not Event.objects.exists()
    assert Catalogue.objects.get().version == version


def test_new_hours_reach_the_index_of_open_shops(desk, marie):
    save(desk, marie, opening_hours="Mo-Fr 22:00-23:00")
    assert not Shop.objects.open_at(TUESDAY_10H).contains(marie)
    assert OpeningInterval.objects.filter(shop=marie).exists()


def test_hours_that_make_no_sense_are_refused_in_words(desk, marie):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    response = desk.post(address, {**form_of(desk.get(address)), "opening_hours": "quand il fait beau"})
    assert response.status_code == 200
    assert "opening_hours" in response.context["adminform"].form.errors
    assert "quand il fait beau" in response.content.decode(), "what was typed is still there"
    marie.refresh_from_db()
    assert marie.opening_hours != "quand il fait beau"


def test_a_special_day_is_added_beside_the_hours(desk, marie):
    day = TUESDAY_10H.date()
    save(
        desk,
        marie,
        **{
            "special_days-TOTAL_FORMS": "1",
            "special_days-0-start_on": day.isoformat(),
            "special_days-0-end_on": day.isoformat(),
            "special_days-0-hours": "",
            "special_days-0-reason": "holiday",
            "special_days-0-note": "",
        },
    )
    assert not Shop.objects.open_at(TUESDAY_10H).contains(marie)
    assert marie.hours_confirmed_by == "city"


def test_accessibility_keeps_unknown_apart_from_no(desk, marie):
    save(desk, marie, access_toilet="no", access_step_free="")
    assert marie.accessibility == {"toilet": "no"}
    assert marie.access_answer("step_free") == ""


def test_claire_enters_a_new_shop_and_publishes_it(desk, city):
    from districts.models import District
    from shops.models import Category

    address = reverse("admin:shops_shop_add")
    response = desk.post(
        address,
        {
            **form_of(desk.get(address)),
            "name": "Au Fil d’Ariane",
            "category": Category.objects.get(code="toys").pk,
            "district": District.objects.get(slug="gare").pk,
        },
    )
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert "Brouillon : publiez-le pour qu’on le voie." in said(desk, response)
    shop = Shop.objects.get(name="Au Fil d’Ariane")
    assert (shop.status, shop.slug) == (Shop.Status.DRAFT, "au-fil-dariane")
    chosen = {"action": "publish", "_selected_action": [shop.pk]}
    asked = desk.post(reverse("admin:shops_shop_changelist"), chosen).content.decode()
    assert "Au Fil d’Ariane" in asked
    assert not Shop.objects.get(pk=shop.pk).is_published, "not before it is confirmed"
    desk.post(reverse("admin:shops_shop_changelist"), chosen | {"sure": "1"})
    shop.refresh_from_db()
    assert shop.is_published
    assert catalogue.ALL
    assert desk.get(shop.get_absolute_url()).status_code == 200


def test_an_action_that_cannot_be_is_told_and_changes_nothing(desk, marie):
    marie.close(by=None, at=TUESDAY_10H)
    response = desk.post(
        reverse("admin:shops_shop_changelist"),
        {
            "action": "suspend",
            "_selected_action": [marie.pk],
            "sure": "1",
            "why": "Contrôle",
            "until": (TUESDAY_10H + timedelta(days=7)).date().isoformat(),
        },
        follow=True,
    )
    assert "impossible depuis" in response.content.decode()
    marie.refresh_from_db()
    assert marie.status == Shop.Status.CLOSED


def test_a_shop_is_never_wiped(desk, marie):
    assert desk.post(reverse("admin:shops_shop_delete", args=[marie.pk]), {"post": "yes"}).status_code == 403
    response = desk.get(reverse("admin:shops_shop_changelist"))
    assert "delete_selected" not in response.content.decode()


def test_what_the_city_pack_says_is_not_edited_here(desk, city):
    from districts.models import District

    district = District.objects.first()
    address = reverse("admin:districts_district_change", args=[district.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"name": "Ailleurs"}).status_code == 403


def test_the_desk_is_never_kept_by_a_cache(desk, marie):
    response = desk.get(reverse("admin:shops_shop_changelist"))
    assert "no-store" in response.headers["Cache-Control"] or "private" in response.headers["Cache-Control"]


def test_the_desk_obeys_the_same_policy(desk, marie):
    for address in ("/gestion/", reverse("admin:shops_shop_change", args=[marie.pk])):
        response = desk.get(address)
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert " style=" not in response.content.decode()
        assert "<style" not in response.content.decode()


def test_a_shop_moved_to_another_street_is_found_there(desk, marie):
    save(desk, marie, street="Grand-Rue")
    assert "s:grand-rue" in marie.facets
    other = make_shop(street="Grand-Rue")
    assert set(Shop.objects.carrying("s:grand-rue")) == {marie, other}


@pytest.mark.parametrize(
    ("notes", "why"),
    [
        ("[1]", "service"),
        ('"gratuit"', "service"),
        ('{"x": "gratuit"}', "« x »"),
        ('{"delivery": 1}', "delivery"),
        ('{"delivery": ["gratuit"]}', "delivery"),
        ('{"delivery": "%s"}' % ("a" * 201), "delivery"),
        ('{"delivery": "gratuit\\u202e"}', "delivery"),
        ('{"delivery": ', ""),
    ],
)
def test_notes_on_services_that_no_page_can_show_are_refused(desk, marie, notes, why):
    assert why in str(refusals(desk, marie, service_notes=notes)["service_notes"])


@pytest.mark.parametrize("nothing", ["", "null", "{}", '{"delivery": " "}'])
def test_notes_on_services_may_be_emptied(desk, marie, nothing):
    save(desk, marie, service_notes='{"delivery": "  Gratuit dès 30 € "}')
    assert marie.service_notes == {"delivery": "Gratuit dès 30 €"}
    assert "Gratuit dès 30 €" in desk.get(marie.get_absolute_url()).content.decode()
    save(desk, marie, service_notes=nothing)
    assert marie.service_notes == {}


@pytest.mark.parametrize("field", ["service_notes", "accessibility"])
def test_the_database_itself_keeps_only_objects(marie, field):
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.filter(pk=marie.pk).update(**{field: [1]})


@pytest.mark.parametrize(
    ("lat", "lon", "field", "why"),
    [
        ("48.8", "2.3", "lat", "Hors de la ville"),
        ("6.13", "49.595", "lat", "échangées"),
        ("", "6.13", "lat", "une latitude et une longitude"),
        ("49.595", "", "lon", "une latitude et une longitude"),
        ("95", "200", "lat", "pas une position"),
        ("inf", "6.13", "lat", ""),
    ],
)
def test_a_position_is_whole_and_in_the_city(desk, marie, lat, lon, field, why):
    assert why in str(refusals(desk, marie, lat=lat, lon=lon)[field])


@pytest.mark.parametrize("half", [{"lat": None}, {"lon": None}])
def test_the_database_itself_keeps_no_half_position(marie, half):
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.filter(pk=marie.pk).update(**half)


def in_the_middle_of(slug):
    from districts.models import District

    district = District.objects.get(slug=slug)
    return {"lat": str(district.label_lat), "lon": str(district.label_lon)}


def test_the_district_follows_the_position_unless_somebody_decided(desk, marie):
    response = save(desk, marie, **in_the_middle_of("bonnevoie"))
    assert marie.district.slug == "bonnevoie"
    assert "d:bonnevoie" in marie.facets
    assert any("quartier suit la position" in message for message in said(desk, response))
    assert "district" in Event.objects.get(shop=marie).after
    gare = marie.district.__class__.objects.get(slug="gare")
    save(desk, marie, district=str(gare.pk), district_corrected="on")
    assert marie.district == gare
    save(desk, marie, district_corrected="")
    assert marie.district.slug == "bonnevoie"


def test_a_shop_without_a_position_needs_a_district(desk, marie):
    assert "district" in refusals(desk, marie, lat="", lon="", district="")
    save(desk, marie, lat="", lon="")
    assert (marie.lat, marie.lon, marie.x_m, marie.district.slug) == (None, None, None, "gare")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Lu-Ve 9h-18h", "Mo-Fr 09:00-18:00"),
        ("9h-18h", "Mo-Su 09:00-18:00"),
        ("Mo-Fr 9-18", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 09:00-12:00\r\nSa 10:00-12:00", "Mo-Fr 09:00-12:00; Sa 10:00-12:00"),
        ("mardi au samedi 10h à 19h, dimanche fermé", "Tu-Sa 10:00-19:00; Su off"),
    ],
)
def test_hours_are_read_as_people_write_them(desk, marie, typed, meant):
    response = save(desk, marie, opening_hours=typed)
    assert marie.opening_hours == meant
    assert [message for message in said(desk, response) if f"lu comme « {meant} »" in message]


def test_hours_that_are_right_already_are_not_spoken_about(desk, marie):
    response = save(desk, marie, opening_hours="Mo-Sa 08:00-12:00,14:00-18:30; PH off")
    assert marie.opening_hours == "Mo-Sa 08:00-12:00,14:00-18:30; PH off"
    assert not [message for message in said(desk, response) if "lu comme" in message]


def test_hours_with_two_meanings_are_asked_about(desk, marie):
    assert "plusieurs façons" in str(refusals(desk, marie, opening_hours="Di 9-18")["opening_hours"])


@pytest.mark.parametrize(
    "typed", ["26 12 34 56", "+352 26 12 34 56", "(00352) 26-12-34-56", "26.12.34.56, +352 691 123 456"]
)
def test_a_telephone_number_is_taken_as_people_write_it(desk, marie, typed):
    save(desk, marie, phone=typed)
    assert marie.phone == "+35226123456"
    assert marie.contact_confirmed_by == "city"


def test_what_is_no_telephone_number_is_refused(desk, marie):
    assert "numéro de téléphone" in str(refusals(desk, marie, phone="le mardi")["phone"])


def test_a_number_of_no_plan_does_not_hinder_another_correction(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(phone="+352000000")
    save(desk, marie, name="Boulangerie du Coin")
    assert (marie.name, marie.phone) == ("Boulangerie du Coin", "+352000000")


@pytest.mark.parametrize(
    "field",
    ["name", "name_de", "other_names", "street", "place_note", "summary", "description", "opening_hours"],
)
def test_invisible_characters_are_refused(desk, marie, field):
    assert "invisibles" in str(refusals(desk, marie, **{field: "Mo-Fr \u202e9-18"})[field])


def test_a_note_on_a_special_day_has_nothing_invisible_either(desk, marie):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    day = {
        "start_on": "2026-12-24",
        "end_on": "2026-12-24",
        "hours": "",
        "reason": "other",
        "note": "a\u202eb",
    }
    changes = {f"special_days-0-{name}": value for name, value in day.items()}
    response = desk.post(address, {**form_of(desk.get(address)), **changes, "special_days-TOTAL_FORMS": "1"})
    assert response.status_code == 200
    assert "invisibles" in response.content.decode()
    assert not marie.special_days.exists()


def test_white_space_is_tidied_and_paragraphs_stay(desk, marie):
    save(desk, marie, name="  Um \u00a0 Eck ", description="Un.\r\n\r\nDeux  mots. ")
    assert (marie.name, marie.description) == ("Um Eck", "Un.\n\nDeux mots.")
    events = Event.objects.count()
    save(desk, marie, description="Un.\r\n\r\nDeux mots.")
    assert Event.objects.count() == events, "the same, with the line ends that browsers send"


def test_the_desk_shows_nothing_of_the_machinery(desk, claire):
    known = {model._meta.label for model in admin.site._registry}
    assert not known & {"auth.Group", "procrastinate.ProcrastinateJob"}
    assert "procrastinate" not in desk.get("/gestion/").content.decode().lower()


def test_claire_cannot_wipe_herself_but_somebody_who_left(desk, claire, django_user_model):
    left = django_user_model.objects.create_user("left@ville.example")
    address = reverse("admin:accounts_user_delete", args=[claire.pk])
    assert desk.post(address, {"post": "yes"}).status_code == 403
    both = {"action": "delete_selected", "_selected_action": [claire.pk, left.pk], "post": "yes"}
    desk.post(reverse("admin:accounts_user_changelist"), both)
    assert django_user_model.objects.filter(pk__in=[claire.pk, left.pk]).count() == 2
    desk.post(reverse("admin:accounts_user_delete", args=[left.pk]), {"post": "yes"})
    assert list(django_user_model.objects.all()) == [claire]


def found(desk, words):
    response = desk.get(reverse("admin:shops_shop_changelist"), {"q": words})
    return {shop.name for shop in response.context["cl"].result_list}


@pytest.fixture
def sought(city):
    make_shop("Bäckerei Müller", street="Avenue de la Liberté", house_number="12", district="gare")
    make_shop("Baeckerei Weiss", street="Rue de Hollerich", house_number="120", district="bonnevoie")
    make_shop(
        "Épicerie du Cœur",
        street="Rue de l’Eau",
        house_number="12",
        district="ville-haute",
        phone="+35226123456",
        other_names="Chez Zoé",
        i18n={"name_en": "Heart Grocery"},
        external_id="osm:node/987612",
        public_id="c0eur123",
        status=Shop.Status.DRAFT,
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("avenue de la liberte", {"Bäckerei Müller"}),
        ("AVENUE de la LIBERTÉ 12", {"Bäckerei Müller"}),
        ("Rue de Hollerich 120", {"Baeckerei Weiss"}),
        ("Rue de Hollerich 12", set()),
        ("12", {"Bäckerei Müller", "Épicerie du Cœur"}),
        ("Baeckerei", {"Bäckerei Müller", "Baeckerei Weiss"}),
        ("Bäckerei", {"Bäckerei Müller", "Baeckerei Weiss"}),
        ("backerei muller", {"Bäckerei Müller"}),
        ("rue de l'eau", {"Épicerie du Cœur"}),
        ("epicerie du coeur", {"Épicerie du Cœur"}),
        ("chez zoe", {"Épicerie du Cœur"}),
        ("grocery", {"Épicerie du Cœur"}),
        ("26 12 34 56", {"Épicerie du Cœur"}),
        ("+352 26 12 34 56", {"Épicerie du Cœur"}),
        ("0035226123456", {"Épicerie du Cœur"}),
        ("bonnevoie", {"Baeckerei Weiss"}),
        ("Ville Haute", {"Épicerie du Cœur"}),
        ("osm:node/987612", {"Épicerie du Cœur"}),
        ("987612", {"Épicerie du Cœur"}),
        ("C0EUR123", {"Épicerie du Cœur"}),
        ("xylophone", set()),
        ("'':* & ! (", {"Bäckerei Müller", "Baeckerei Weiss", "Épicerie du Cœur"}),
    ],
)
def test_the_desks_search_finds_what_is_written_in_another_way(desk, sought, words, names):
    assert found(desk, words) == names


def test_a_search_asks_as_few_questions_as_the_list(desk, sought, django_assert_max_num_queries):
    found(desk, "gare")
    with django_assert_max_num_queries(12):
        found(desk, "avenue de la liberte 12 gare " * 20)


def test_the_way_to_the_site_is_shown_where_there_is_one(desk, marie):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    assert f'href="{marie.get_absolute_url()}"' in desk.get(address).content.decode()
    draft = make_shop(status=Shop.Status.DRAFT)
    response = desk.get(reverse("admin:shops_shop_change", args=[draft.pk]))
    assert "viewsitelink" not in response.content.decode()
