"""What the City does with a page as a whole: each verb says first what it brings about, tells its people, leaves a trace."""

from datetime import timedelta

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from shops import jobs
from shops.editing import moves
from shops.models import Change, Claim, Event, Invitation, Membership, MerchantRole, Shop
from tests.door import enter
from tests.moderation.conftest import MONDAY_10H, propose
from tests.people import make_member, make_person
from tests.reports.conftest import make_report
from tests.shops.factories import TUESDAY_10H, make_shop

SHOP = "/gestion/commerces/mar1eeck/"


def letters():
    return [
        job.args["letter"] for job in ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter")
    ]


def said_to(person):
    return [
        " ".join([letter["subject"], *letter["paragraphs"]])
        for letter in letters()
        if letter["to"] == person.email
    ]


def status(shop):
    shop.refresh_from_db()
    return shop.status


def in_days(number):
    return (TUESDAY_10H + timedelta(days=number)).date().isoformat()


def test_it_shows_how_a_shop_stands_and_what_may_be_done(desk, marie, marie_herself, tom):
    page = desk.get(SHOP).content.decode()
    for said in (
        "publié",
        "Suspendre",
        "Fermer définitivement",
        "Fusionner",
        "Marie Muller",
        "Tom Schmit",
        "caisse",
    ):
        assert said in page
    assert "Rouvrir" not in page
    assert desk.get("/gestion/commerces/nulle-part/").status_code == 404


def test_aude_looks_and_no_verb_is_there_for_her(client, aude, marie, marie_herself):
    enter(client, aude)
    page = client.get(SHOP).content.decode()
    assert "Marie Muller" in page
    assert "Suspendre" not in page
    member = Membership.objects.get(user=marie_herself)
    for address in ("suspendre/", "fermer/", "fusionner/", f"personnes/{member.pk}/"):
        assert client.get(SHOP + address).status_code == 404
        assert client.post(SHOP + address, {"why": "x", "until": in_days(3)}).status_code == 404
    assert status(marie) == "published"


@pytest.mark.parametrize("role", ["editor", "finance"])
def test_only_moderators_and_administrators_move_a_page(client, marie, role):
    enter(client, make_person("x@ville.example", city_roles=[role]))
    assert client.get(SHOP).status_code == 200
    assert client.post(SHOP + "fermer/").status_code == 404
    assert status(marie) == "published"


def test_a_page_is_suspended_for_a_reason_until_a_day_and_its_people_are_told(
    desk, client, claire, marie, marie_herself, tom
):
    assert "ni aucune raison" in desk.get(SHOP + "suspendre/").content.decode()
    answer = desk.post(SHOP + "suspendre/", {"why": "Une photo contestée.", "until": in_days(7)}, follow=True)
    assert "La page est suspendue." in answer.content.decode()
    assert status(marie) == "suspended"
    event = Event.objects.get(kind="status:suspended")
    assert (event.by, event.why) == (claire, "Une photo contestée.")
    (said,) = said_to(marie_herself)
    assert "Une photo contestée." in said
    assert "1 décembre 2026" in said
    assert not said_to(tom), "the till keeps no page"
    public = client.get(marie.get_absolute_url())
    assert public.status_code == 404
    assert "contestée" not in public.content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"until": in_days(7)}, "why"),
        ({"why": " ", "until": in_days(7)}, "why"),
        ({"why": "x"}, "until"),
        ({"why": "x", "until": in_days(0)}, "until"),
        ({"why": "x", "until": in_days(400)}, "until"),
        ({"why": "x", "until": "31.02.2026"}, "until"),
    ],
)
def test_a_suspension_without_reason_or_end_is_none(desk, marie, sent, field):
    answer = desk.post(SHOP + "suspendre/", sent)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert status(marie) == "published"
    assert not Event.objects.exists()


def test_a_suspension_ends_by_itself_on_that_day_and_not_before(desk, clock, marie, marie_herself):
    desk.post(SHOP + "suspendre/", {"why": "Contrôle", "until": in_days(7)})
    clock(TUESDAY_10H + timedelta(days=6, hours=13))
    jobs.end_suspensions(timestamp=0)
    assert status(marie) == "suspended"
    clock(TUESDAY_10H + timedelta(days=6, hours=14))
    jobs.end_suspensions(timestamp=0)
    assert status(marie) == "published"
    assert marie.suspended_until is None
    event = Event.objects.filter(kind="status:published").get()
    assert event.by is None
    assert "à son terme" in event.why
    assert "Votre page est en ligne" in said_to(marie_herself)[-1]
    jobs.end_suspensions(timestamp=0)
    assert Event.objects.filter(kind="status:published").count() == 1


def test_a_page_closed_meanwhile_is_not_opened_by_the_end_of_its_suspension(claire, marie):
    moves.suspend(marie, by=claire, at=MONDAY_10H, why="x", until=TUESDAY_10H)
    moves.close(marie, by=claire, at=MONDAY_10H)
    assert moves.end_suspensions(at=TUESDAY_10H) == 0
    assert status(marie) == "closed"


def test_a_closed_shop_says_so_and_can_be_reopened(desk, client, marie, marie_herself):
    desk.post(SHOP + "fermer/", {"why": "Retraite"})
    assert client.get(marie.get_absolute_url()).status_code == 410
    assert "Rouvrir" in desk.get(SHOP).content.decode()
    desk.post(SHOP + "rouvrir/", {"why": ""})
    assert status(marie) == "published"
    assert len(said_to(marie_herself)) == 2


def test_a_draft_is_put_online(desk, city):
    draft = make_shop(public_id="draft000", status=Shop.Status.DRAFT)
    desk.post("/gestion/commerces/draft000/publier/", {})
    assert status(draft) == "published"


def test_what_is_no_longer_possible_is_told_and_a_double_click_harmless(desk, marie):
    for _time in range(2):
        answer = desk.post(SHOP + "fermer/", {"why": ""}, follow=True)
    assert "n’est plus possible" in answer.content.decode()
    assert Event.objects.count() == 1
    assert desk.get(SHOP + "danser/").status_code == 404


# Two pages of one shop


@pytest.fixture
def double(marie):
    return make_shop("Boulangerie um Eck SARL", slug="um-eck-sarl", public_id="doub1e00", phone=marie.phone)


def test_what_a_merge_brings_about_is_shown_before_it_happens(desk, marie, double):
    make_report(double, "hours", at=MONDAY_10H)
    answer = desk.post("/gestion/commerces/doub1e00/fusionner/", {"other": "MAR1EECK ", "why": "Même porte"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 signalement" in page
    assert marie.name in page
    assert status(double) == "published", "not before it is confirmed"


def test_a_double_leads_to_the_page_that_stays_and_everything_goes_there(
    desk, client, claire, marie, double, marie_herself, paul_himself
):
    anna = make_person("anna@boulangerie.example")
    make_member(double, anna)
    make_member(double, marie_herself, MerchantRole.TILL)
    report = make_report(double, "hours", at=MONDAY_10H)
    claim = {"shop": double, "name": "x", "language": "fr", "created_at": MONDAY_10H}
    theirs = Claim.objects.create(user=paul_himself, **claim)
    asked = Claim.objects.create(user=claire, **claim)
    Claim.objects.create(**claim | {"shop": marie, "user": claire})
    Invitation.objects.create(
        shop=double, email="x@y.example", role="editor", created_at=MONDAY_10H, expires_at=TUESDAY_10H
    )
    waiting = propose(double, anna, summary="Du pain.")["summary"]
    desk.post(
        "/gestion/commerces/doub1e00/fusionner/", {"other": "mar1eeck", "why": "Même porte", "sure": "1"}
    )
    assert status(double) == "merged"
    assert double.merged_into == marie
    roles = dict(marie.memberships.values_list("user__email", "role"))
    assert roles == {"marie@boulangerie.example": "owner", "anna@boulangerie.example": "owner"}
    for row in (report, theirs, asked, waiting):
        row.refresh_from_db()
    assert (report.shop, theirs.shop, theirs.state, asked.state) == (marie, marie, "open", "withdrawn")
    assert (waiting.state, Change.objects.waiting().count()) == (Change.State.WITHDRAWN, 0)
    assert marie.invitations.get().email == "x@y.example"
    assert "n’en font plus qu’une" in said_to(anna)[-1]
    received = Event.objects.get(kind="merged:received")
    assert (received.shop, received.by, received.why) == (marie, claire, "Même porte")
    client.logout()
    assert client.get("/fr/commerces/um-eck-sarl/").url == marie.get_absolute_url()
    assert client.get("/id/doub1e00").url.endswith(marie.get_absolute_url())


def merged(double, other, by):
    moves.merge(double, other, by=by, at=TUESDAY_10H, why="Même porte")


def test_an_address_invited_to_both_pages_is_invited_once_however_it_is_written(claire, marie, double):
    asked = {"role": "editor", "created_at": MONDAY_10H, "expires_at": TUESDAY_10H}
    Invitation.objects.create(shop=marie, email="lea@courrier.example", **asked)
    Invitation.objects.create(shop=double, email="Lea@courrier.example", **asked)
    Invitation.objects.create(shop=double, email="Max@courrier.example", **asked)
    merged(double, marie, claire)
    open_ones = marie.invitations.unanswered().order_by("email")
    assert [one.email for one in open_ones] == ["Max@courrier.example", "lea@courrier.example"]
    assert not double.invitations.unanswered().exists()


def test_the_merchant_can_answer_what_was_reported_of_the_double(
    client, claire, marie, double, marie_herself
):
    make_member(double, make_person("anna@boulangerie.example"))
    report = make_report(double, "hours", at=MONDAY_10H)
    merged(double, marie, claire)
    report.refresh_from_db()
    assert (report.state, report.topic) == ("merchant", f"{marie.pk}:hours")
    enter(client, marie_herself)
    said = {"kind": "hours", "outcome": "corrected", "seen": str(report.pk)}
    client.post("/fr/comptoir/mar1eeck/signalements/", said)
    report.refresh_from_db()
    assert report.state == "answered"


def test_who_asked_for_the_double_asks_for_the_page_that_stays_and_hears_of_it(
    claire, marie, double, marie_herself, paul_himself
):
    nina = make_person("nina@courrier.example")
    said = {"name": "x", "language": "fr", "created_at": MONDAY_10H}
    moved = Claim.objects.create(
        shop=double, user=paul_himself, method="letter", sent_to="1, Rue X", code_hash="x",
        code_expires_at=TUESDAY_10H + timedelta(days=9), **said,
    )  # fmt: skip
    Claim.objects.create(shop=marie, user=nina, **said)
    asks_already = Claim.objects.create(shop=double, user=nina, **said)
    owns_already = Claim.objects.create(shop=double, user=marie_herself, **said)
    merged(double, marie, claire)
    for claim in (moved, asks_already, owns_already):
        claim.refresh_from_db()
    assert (moved.shop, moved.state, moved.method, moved.code_hash) == (marie, "open", "", "")
    assert [claim.state for claim in (asks_already, owns_already)] == ["withdrawn"] * 2
    assert asks_already.decided_by == claire
    events = Event.objects.filter(kind__startswith="claim:").order_by("pk").values_list("kind", "shop")
    assert list(events) == [
        ("claim:moved", marie.pk), ("claim:withdrawn", double.pk), ("claim:withdrawn", double.pk),
    ]  # fmt: skip
    assert "Votre demande vaut désormais pour elle." in said_to(paul_himself)[0]
    assert "il n’y a rien à refaire" in said_to(nina)[0]
    assert "il n’y a rien à refaire" in said_to(marie_herself)[0]


@pytest.mark.parametrize("typed", ["doub1e00", "nulle000", "", "x\x00"])
def test_a_page_merges_only_into_another(desk, double, typed):
    answer = desk.post("/gestion/commerces/doub1e00/fusionner/", {"other": typed, "sure": "1"})
    assert "other" in answer.context["form"].errors
    assert status(double) == "published"


def test_pages_that_may_be_of_the_same_shop_are_beside(desk, marie, double):
    Shop.objects.filter(pk__in=[marie.pk, double.pk]).update(phone="+352261234")
    assert list(desk.get(SHOP + "fusionner/").context["candidates"]) == [double]
    assert list(desk.get(SHOP + "fusionner/?q=sarl").context["candidates"]) == [double]


# People


def test_somebody_is_taken_off_a_page_for_a_reason_that_she_reads(desk, claire, marie, marie_herself, tom):
    member = Membership.objects.get(user=tom)
    address = f"{SHOP}personnes/{member.pk}/"
    assert desk.post(address, {"why": ""}).status_code == 200
    desk.post(address, {"why": "N’y travaille plus."})
    assert list(marie.memberships.values_list("user", flat=True)) == [marie_herself.pk]
    assert "N’y travaille plus." in said_to(tom)[0]
    assert Event.objects.get(kind="member:removed").by == claire
    assert desk.get(address).status_code == 404


def test_without_its_last_owner_a_page_is_nobodys(desk, marie, marie_herself, tom):
    member = Membership.objects.get(user=marie_herself)
    assert "dernière personne responsable" in desk.get(f"{SHOP}personnes/{member.pk}/").content.decode()
    desk.post(f"{SHOP}personnes/{member.pk}/", {"why": "Usurpation"})
    marie.refresh_from_db()
    assert (marie.memberships.count(), marie.claimed_at) == (0, None)
    assert Event.objects.filter(kind="member:removed").count() == 2
    other = make_shop()
    assert desk.get(f"/gestion/commerces/{other.public_id}/personnes/{member.pk}/").status_code == 404


def test_an_owner_whose_account_is_closed_keeps_no_page(desk, marie, marie_herself):
    gone = make_person("lea@boulangerie.example", is_active=False)
    make_member(marie, gone)
    member = Membership.objects.get(user=marie_herself)
    assert "dernière personne responsable" in desk.get(f"{SHOP}personnes/{member.pk}/").content.decode()
    desk.post(f"{SHOP}personnes/{member.pk}/", {"why": "Usurpation"})
    marie.refresh_from_db()
    assert (marie.memberships.count(), marie.claimed_at) == (0, None)


# The journal


def test_the_journal_tells_who_did_what_with_before_and_after(desk, claire, marie, marie_herself):
    propose(marie, marie_herself, phone="+352621999999")
    moves.close(marie, by=claire, at=TUESDAY_10H, why="Retraite")
    page = desk.get("/gestion/journal/?commerce=mar1eeck").content.decode()
    for said in ("Changé, en ligne", "+352621999999", "Marie Muller", "Fermée définitivement", "Retraite"):
        assert said in page


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 3), ("?commerce=pa1b00ks", 1), ("?sujet=facts", 2), ("?par=marie", 1), ("?mot=retraite", 1),
        ("?du=2026-11-24", 1), ("?au=2026-11-23", 2), ("?du=hier", 0), ("?commerce=%00", 0), ("?sujet=x", 0),
    ],
)  # fmt: skip
def test_it_is_searched(desk, claire, marie, marie_herself, paul, paul_himself, query, number):
    propose(marie, marie_herself, phone="+352621999999")
    propose(paul, paul_himself, phone="+352621999998")
    moves.close(marie, by=claire, at=TUESDAY_10H, why="Retraite")
    assert len(desk.get("/gestion/journal/" + query).context["events"]) == number


def test_it_goes_on_page_after_page_with_as_many_questions(desk, marie, django_assert_num_queries):
    Event.objects.bulk_create(
        Event(shop=marie, kind="facts:live", at=MONDAY_10H, after={"phone": str(number)})
        for number in range(120)
    )
    desk.get("/gestion/journal/")
    seen, address = [], "/gestion/journal/"
    while address:
        # The catalogue's row, session, person, second factor, two on rights; the events; on later pages the last one.
        with django_assert_num_queries(7 if address.endswith("/") else 8):
            page = desk.get(address)
        seen += [told.event.pk for told in page.context["events"]]
        older = page.context["older"]
        address = older and f"/gestion/journal/?{older}"
    assert len(seen) == len(set(seen)) == 120
    assert desk.get("/gestion/journal/?avant=9999999999").status_code == 404


def test_it_is_taken_away_as_a_table_in_which_nothing_runs(desk, marie, marie_herself):
    propose(marie, marie_herself, service_notes={"delivery": "gratuit"})
    moves.close(marie, by=marie_herself, at=TUESDAY_10H, why='=HYPERLINK("https://evil.example")')
    answer = desk.get("/gestion/journal.csv?commerce=mar1eeck")
    text = answer.content.decode()
    assert answer["Content-Disposition"] == 'attachment; filename="journal.csv"'
    assert text.startswith("\ufeff")
    assert "'=HYPERLINK" in text
    assert "marie@boulangerie.example" in text


def test_a_merchant_reads_no_journal(client, marie_herself, marie):
    enter(client, marie_herself)
    for address in ("/gestion/journal/", "/gestion/journal.csv", "/gestion/commerces/", SHOP):
        assert client.get(address).status_code == 404


# The plain desk


def form_of(response):
    from tests.shops.test_desk import form_of

    return form_of(response)


def test_two_editors_at_the_plain_desk_do_not_overwrite_each_other(desk, claire, marie):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    first, second = form_of(desk.get(address)), form_of(desk.get(address))
    assert desk.post(address, first | {"summary": "Du pain.", "phone": "621 111 111"}).status_code == 302
    # Another fact: both are kept.
    assert desk.post(address, second | {"specialty": "Au levain."}).status_code == 302
    marie.refresh_from_db()
    assert (marie.summary, marie.specialty) == ("Du pain.", "Au levain.")
    # The same fact: told, what was typed kept, and sent again it goes over what is known now.
    answer = desk.post(address, second | {"summary": "Du bon pain."})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Quelqu’un d’autre a changé ceci" in page
    assert 'value="Du bon pain."' in page
    marie.refresh_from_db()
    assert marie.summary == "Du pain."
    again = second | {"summary": "Du bon pain.", "base": answer.context["adminform"].form["base"].value()}
    assert desk.post(address, again).status_code == 302
    marie.refresh_from_db()
    assert (marie.summary, marie.specialty, marie.phone) == ("Du bon pain.", "Au levain.", "+352621111111")
    assert marie.revisions.filter(side="city").count() == 3


def test_links_that_changed_meanwhile_are_not_overwritten(desk, marie, marie_herself, claire):
    from shops.editing import revisions

    address = reverse("admin:shops_shop_change", args=[marie.pk])
    typed = form_of(desk.get(address))
    revisions.propose(
        marie, {"links": [["website", "https://um-eck.example/"]]}, base={"links": []}, base_version=0, by=claire,
        side="city", at=TUESDAY_10H,
    )  # fmt: skip
    row = {"links-TOTAL_FORMS": "1", "links-0-kind": "website", "links-0-url": "https://autre.example/"}
    answer = desk.post(address, typed | row)
    assert answer.status_code == 200
    assert "changé cette liste" in answer.content.decode()
    assert marie.links.get().url == "https://um-eck.example/"


@pytest.mark.parametrize("base", ["", "nonsense"])
def test_a_form_that_does_not_say_what_it_showed_saves_nothing(desk, marie, base):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    answer = desk.post(address, form_of(desk.get(address)) | {"summary": "x", "base": base})
    assert "Cette page a vieilli" in answer.content.decode()
    marie.refresh_from_db()
    assert marie.summary == ""


def test_the_city_writes_for_marie_and_says_how_she_agreed(desk, claire, marie, marie_herself):
    address = reverse("admin:shops_shop_change", args=[marie.pk])
    consent = "Au téléphone, le 24 novembre."
    desk.post(address, form_of(desk.get(address)) | {"summary": "Du pain.", "consent": consent})
    marie.refresh_from_db()
    assert (marie.summary, marie.identity_confirmed_by) == ("Du pain.", "merchant")
    revision = marie.revisions.get()
    assert (revision.by, revision.side, revision.consent) == (claire, "merchant", consent)
    assert consent in desk.get("/gestion/journal/?commerce=mar1eeck").content.decode()


@pytest.mark.parametrize(
    ("action", "sent", "after"),
    [
        ("suspend", {"why": "Contrôle", "until": in_days(3)}, "suspended"),
        ("close", {"why": ""}, "closed"),
    ],
)
def test_nothing_is_done_to_many_before_their_number_is_confirmed(desk, marie, paul, action, sent, after):
    lists = reverse("admin:shops_shop_changelist")
    chosen = {"action": action, "_selected_action": [marie.pk, paul.pk]}
    page = desk.post(lists, chosen).content.decode()
    assert "2 commerces" in page
    assert status(marie) == status(paul) == "published"
    desk.post(lists, chosen | sent | {"sure": "1"})
    assert status(marie) == status(paul) == after


def test_an_editor_of_the_city_has_no_such_actions(client, marie):
    enter(client, make_person("eve@ville.example", city_roles=["editor"]))
    lists = reverse("admin:shops_shop_changelist")
    assert 'value="suspend"' not in client.get(lists).content.decode()
    client.post(lists, {"action": "close", "_selected_action": [marie.pk], "sure": "1"})
    assert status(marie) == "published"


def test_a_role_given_at_the_desk_stands_in_the_journal(client, city):
    boss = make_person("boss@ville.example", city_roles=["administrator"])
    eve = make_person("eve@ville.example")
    enter(client, boss)
    address = reverse("admin:accounts_user_change", args=[eve.pk])
    client.post(address, form_of_person(client.get(address)) | {"city_roles": ["auditor"]})
    event = Event.objects.get(kind="person:roles")
    assert (event.shop, event.by) == (None, boss)
    assert (event.before["city_roles"], event.after["city_roles"]) == ([], ["auditor"])
    assert "Rôles à la Ville changés" in client.get("/gestion/journal/").content.decode()


def form_of_person(response):
    form = response.context["adminform"].form
    return {field.html_name: field.value() for field in form if field.value() not in (None, False)} | {
        "emailaddress_set-TOTAL_FORMS": "0"
    }
