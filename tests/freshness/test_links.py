"""Where the links of a reminder lead: GET shows, one POST answers, and a key opens one door only."""

import re
from datetime import UTC, date, timedelta

import pytest
from django.conf import settings
from django.core.signing import Signer
from django.db import connection
from django.test.utils import CaptureQueriesContext

from districts.models import PublicHoliday
from shops import reminders
from shops.editing import revisions
from shops.models import Change, Event, Reminder, Report, Shop, SpecialDay
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H

FRIDAY = date(2026, 12, 25)
Purpose = Reminder.Purpose


def make_reminder(shop, user, purpose=Purpose.CONFIRM, *, at=TUESDAY_10H, **facts):
    wanted = (
        {"groups": ["hours", "services"]}
        if purpose == Purpose.CONFIRM
        else {"holiday_on": FRIDAY, "ahead_days": 21}
    )
    return Reminder.objects.create(shop=shop, user=user, purpose=purpose, sent_at=at, **(wanted | facts))


@pytest.fixture
def question(marie, marie_herself):
    return make_reminder(marie, marie_herself)


@pytest.fixture
def feast(marie, marie_herself):
    return make_reminder(marie, marie_herself, Purpose.HOLIDAY)


def path_of(reminder):
    return reminder.url.removeprefix("http://127.0.0.1:8000")


def seen_on(page):
    return page.context["seen"]


def everything():
    """All that an answer could change."""
    return (
        list(Shop.objects.order_by("pk").values()),
        list(SpecialDay.objects.values()),
        list(Event.objects.values()),
        list(Reminder.objects.values()),
        list(Change.objects.values()),
    )


# The facts


def test_the_page_shows_the_facts_as_residents_see_them(client, question):
    page = client.get(path_of(question))
    assert page.status_code == 200
    assert "Boulangerie Um Eck" in page.text
    assert "6\N{NARROW NO-BREAK SPACE}h" in page.text
    assert "Espèces · Carte de débit" in page.text
    assert "Entrée de plain-pied" not in page.text, "nobody asked about access"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert not page.cookies, "nothing but the address opens it"


@pytest.mark.parametrize("language", ["de", "lb", "en"])
def test_both_pages_speak_the_language_of_their_address(client, question, feast, language):
    """No sentence of ours is left in French, before the answer and after it."""
    from tests.vitrine.test_words import french_ones, pieces, pieces_with

    answers = {question: {"answer": "right"}, feast: {"answer": "other"}}
    for reminder, answer in answers.items():
        path = path_of(reminder).replace("/fr/", f"/{language}/")
        page = client.get(path)
        assert f'<html lang="{language}">' in page.text
        said = [page, client.post(path, answer)]
        client.post(path, {"answer": "closed"} if reminder == feast else answer | {"seen": seen_on(page)})
        said.append(client.get(path))
        reminder.refresh_from_db()
        assert reminder.answered_at
        french = pieces_with(
            {f"{path} {number}": pieces(one.text) for number, one in enumerate(said)}, french_ones(language)
        )
        assert [line for line in french if question.shop.name not in line] == []


def test_one_post_confirms_all_that_was_seen(client, question, marie, clock):
    page = client.get(path_of(question))
    at = clock(TUESDAY_10H + timedelta(days=3))
    answer = client.post(path_of(question), {"answer": "right", "seen": seen_on(page)})
    assert (answer.status_code, answer.url) == (302, path_of(question))
    marie.refresh_from_db()
    assert (marie.hours_confirmed_at, marie.services_confirmed_at) == (at, at)
    assert marie.hours_confirmed_by == marie.services_confirmed_by == "merchant"
    assert marie.contact_confirmed_at is None, "not asked, not confirmed"
    event = Event.objects.get()
    assert (event.kind, event.by, event.why) == ("facts:confirmed", question.user, "reminder")
    thanks = client.get(path_of(question))
    assert "C’est confirmé depuis le 27" in thanks.text


def test_a_double_click_confirms_once(client, question):
    data = {"answer": "right", "seen": seen_on(client.get(path_of(question)))}
    for _click in range(2):
        assert client.post(path_of(question), data).status_code == 302
    assert Event.objects.count() == 1


def test_what_changed_meanwhile_is_shown_and_not_confirmed_blindly(client, question, marie, marie_herself):
    page = client.get(path_of(question))
    base = {"payments": ["cash", "debit_card"]}
    revisions.propose(
        marie, {"payments": ["cash"]}, base=base, base_version=0, by=marie_herself, side=ConfirmedBy.MERCHANT, at=TUESDAY_10H
    )  # fmt: skip
    events = Event.objects.count()
    again = client.post(path_of(question), {"answer": "right", "seen": seen_on(page)})
    assert again.status_code == 200
    assert "quelqu’un a changé quelque chose" in again.text
    assert "Carte de débit" not in again.text, "the present facts"
    marie.refresh_from_db()
    assert (Event.objects.count(), marie.hours_confirmed_at) == (events, TUESDAY_10H - timedelta(days=7))
    assert client.post(path_of(question), {"answer": "right", "seen": seen_on(again)}).status_code == 302
    assert Event.objects.count() == events + 1


@pytest.mark.parametrize(
    "data",
    [{}, {"answer": "right"}, {"answer": "right", "seen": "x"}, {"answer": "closed"}, {"answer": "\x00"}],
)
def test_a_wrong_post_changes_nothing(client, question, data):
    before = everything()
    assert client.post(path_of(question), data).status_code == 200
    assert everything() == before


def test_correcting_leads_to_the_desk(client, question):
    assert f'href="/fr/comptoir/{question.shop.public_id}/"' in client.get(path_of(question)).text


def test_the_page_takes_a_bounded_number_of_queries(client, question):
    client.get(path_of(question))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(path_of(question))
    # The catalogue; the reminder; the membership; the shop with its links; the facts for the fingerprint (special days); whether
    # she wants reminders. Districts and holidays are kept.
    assert len(captured) <= 8, [query["sql"][:80] for query in captured]


# Keys that do not open


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: "999" + token,
        lambda token: "1",
        lambda token: "é.x",
        lambda token: token.replace(".", ":"),
        lambda token: Signer(sep=".").sign(token.partition(".")[0]),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_tampered_link_opens_nothing_and_says_so(client, question, spoil, method):
    before = everything()
    path = f"/fr/confirmer/{spoil(question.token)}/"
    answer = getattr(client, method)(path, {"answer": "right"})
    assert answer.status_code == 404
    assert "Ce lien ne vaut plus" in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert everything() == before


def test_a_key_for_the_facts_does_not_answer_for_a_holiday_nor_the_other_way_round(client, question, feast):
    assert client.get(f"/fr/jour-ferie/{question.token}/").status_code == 404
    assert client.post(f"/fr/jour-ferie/{question.token}/", {"answer": "closed"}).status_code == 404
    assert client.post(f"/fr/confirmer/{feast.token}/", {"answer": "right"}).status_code == 404


@pytest.mark.parametrize(
    "end",
    [
        lambda shop, user, clock: clock(TUESDAY_10H + timedelta(days=30)),
        lambda shop, user, clock: shop.memberships.all().delete(),
        lambda shop, user, clock: shop.memberships.update(role="till"),
        lambda shop, user, clock: shop.suspend(by=None, at=TUESDAY_10H, why="contrôle"),
        lambda shop, user, clock: type(user).objects.update(is_active=False),
    ],
    ids=["expired", "no member any more", "works the till now", "suspended", "closed account"],
)
def test_a_link_ends_with_its_time_and_with_the_membership(
    client, question, marie, marie_herself, clock, end
):
    data = {"answer": "right", "seen": seen_on(client.get(path_of(question)))}
    end(marie, marie_herself, clock)
    before = everything()
    for answer in (client.get(path_of(question)), client.post(path_of(question), data)):
        assert answer.status_code == 410
        assert "n’est plus la vôtre" in answer.text
    assert everything() == before


def test_a_link_holds_for_a_month(client, question, clock):
    clock(TUESDAY_10H + timedelta(days=30) - timedelta(seconds=1))
    assert client.get(path_of(question)).status_code == 200


def test_the_token_tells_nothing_of_the_person_or_the_shop(question):
    assert question.shop.public_id not in question.token
    assert "marie" not in question.token


def test_the_key_is_in_no_log_of_ours(client, question, capsys, clock):
    """Not even when the link is refused, which Django logs with its address."""
    import logging

    from vitrine.logs import HideKeys

    clock(TUESDAY_10H + timedelta(days=31))
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Gone", path_of(question)), "levelno": 30})
    assert HideKeys().filter(record)
    assert question.token not in record.getMessage()
    assert record.getMessage() == "Gone: /fr/confirmer/(signed)/"
    assert client.get(path_of(question)).status_code == 410
    assert question.token not in capsys.readouterr().err


def test_ordinary_lines_of_a_log_stay_as_they_are():
    import logging

    from vitrine.logs import HideKeys

    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Not Found", "/fr/commerces/um-eck/")})
    assert HideKeys().filter(record)
    assert record.getMessage() == "Not Found: /fr/commerces/um-eck/"


# Stopping


def test_one_click_stops_the_reminders_of_this_page_for_this_person(
    client, question, marie, marie_herself, paul
):
    make_member(paul, marie_herself)
    other = make_member(marie, make_person("anna@boulangerie.example"))
    assert client.post(path_of(question), {"answer": "stop"}).status_code == 302
    assert "Vous ne recevez plus de rappels" in client.get(path_of(question)).text
    other.refresh_from_db()
    assert other.wants_reminders
    assert [one.wants_reminders for one in marie_herself.memberships.order_by("shop")] == [False, True]


# Holidays


def test_the_holiday_page_asks_with_the_usual_hours(client, feast):
    page = client.get(path_of(feast))
    assert "Ouvert le 25\N{NO-BREAK SPACE}décembre" in page.text
    assert "Noël" in page.text
    assert "Oui, comme d’habitude" in page.text
    assert not page.cookies


@pytest.mark.parametrize(
    ("data", "hours", "words"),
    [
        ({"answer": "usual"}, "06:00-20:00", "20\N{NARROW NO-BREAK SPACE}h"),
        ({"answer": "closed"}, "", "fermé"),
        (
            {"answer": "other", "opens": "08:00", "closes": "12:30"},
            "08:00-12:30",
            "12\N{NARROW NO-BREAK SPACE}h",
        ),
        ({"answer": "other", "opens": "18:00", "closes": "00:00"}, "18:00-24:00", "minuit"),
        (
            {
                "answer": "other",
                "opens": "08:00",
                "closes": "12:00",
                "opens_again": "14:00",
                "closes_again": "18:30",
            },
            "08:00-12:00,14:00-18:30",
            "18\N{NARROW NO-BREAK SPACE}h",
        ),
        (
            {
                "answer": "other",
                "opens": "11:30",
                "closes": "14:00",
                "opens_again": "18:00",
                "closes_again": "01:00",
            },
            "11:30-14:00,18:00-01:00",
            "14\N{NARROW NO-BREAK SPACE}h",
        ),
    ],
)
def test_an_answer_is_on_the_page_at_once(client, feast, marie, data, hours, words):
    answer = client.post(path_of(feast), data)
    assert (answer.status_code, answer.url) == (302, path_of(feast))
    day = SpecialDay.objects.get()
    assert (day.start_on, day.end_on, day.hours, day.reason) == (FRIDAY, FRIDAY, hours, "public_holiday")
    assert words in client.get(path_of(feast)).text
    marie.refresh_from_db()
    assert "2026 Dec 25" in marie.hours_expression
    assert marie.hours_confirmed_at == TUESDAY_10H - timedelta(days=7), "a day is not the week"
    assert list(Event.objects.values_list("kind", "by")) == [("facts:live", feast.user_id)]
    assert Change.objects.get().field == "special_days"


def test_other_special_days_stay(client, feast, marie):
    SpecialDay.objects.create(
        shop=marie, start_on=date(2026, 12, 1), end_on=date(2026, 12, 2), reason="works"
    )
    client.post(path_of(feast), {"answer": "closed"})
    assert SpecialDay.objects.count() == 2


@pytest.mark.parametrize(
    "data",
    [
        {"answer": "other"},
        {"answer": "other", "opens": "25:00", "closes": "12:00"},
        {"answer": "other", "opens": "10:00", "closes": "10:00"},
        {"answer": "other", "opens": "10:00", "closes": "12:00", "opens_again": "14:00"},
        {"answer": "other", "opens": "10:00", "closes": "12:00", "closes_again": "18:00"},
        {
            "answer": "other",
            "opens": "10:00",
            "closes": "12:00",
            "opens_again": "11:00",
            "closes_again": "18:00",
        },
        {
            "answer": "other",
            "opens": "10:00",
            "closes": "12:00",
            "opens_again": "14:00",
            "closes_again": "14:00",
        },
        {
            "answer": "other",
            "opens": "10:00",
            "closes": "12:00",
            "opens_again": "14:00",
            "closes_again": "13:00",
        },
        {
            "answer": "other",
            "opens": "18:00",
            "closes": "02:00",
            "opens_again": "20:00",
            "closes_again": "23:00",
        },
        {"answer": "other", "opens": "\x00", "closes": "x" * 5000},
    ],
)
def test_hours_that_are_none_come_back_with_a_sentence(client, feast, data):
    before = everything()
    page = client.post(path_of(feast), data)
    assert page.status_code == 200
    assert "À corriger" in page.text
    assert everything() == before


def test_a_double_click_and_a_colleague_who_was_quicker(client, feast, marie):
    client.post(path_of(feast), {"answer": "closed"})
    client.post(path_of(feast), {"answer": "usual"})
    assert SpecialDay.objects.get().hours == "", "answered once"
    colleague = make_person("anna@boulangerie.example")
    make_member(marie, colleague)
    late = make_reminder(marie, colleague, Purpose.HOLIDAY)
    assert "La réponse est déjà connue" in client.get(path_of(late)).text
    before = everything()
    assert client.post(path_of(late), {"answer": "usual"}).status_code == 302
    assert everything() == before


def test_a_day_that_is_over_is_not_asked_about(client, marie, marie_herself, clock):
    feast = make_reminder(marie, marie_herself, Purpose.HOLIDAY, at=TUESDAY_10H + timedelta(days=25))
    clock(TUESDAY_10H + timedelta(days=32))
    assert client.get(path_of(feast)).status_code == 410


def test_a_baker_who_works_past_midnight_answers_as_usual(client, marie, marie_herself):
    from shops import catalogue
    from shops.opening_hours import Hours

    hours = Hours.parse("Mo-Su 18:00-02:00", catalogue.load_place())
    assert reminders.usual_spans(hours, FRIDAY) == "18:00-02:00"


# Mail scanners

# Whoever makes a mail is known here, and tried below.
SENDERS = {
    "accounts/letters.py",
    "shops/claiming/letters.py",
    "shops/editing/letters.py",
    "shops/letters.py",
    "shops/links/letters.py",
    "shops/mails.py",
    "shops/reports/letters.py",
    "vitrine/letters.py",
    "vitrine/jobs.py",
}


def test_every_place_that_makes_a_mail_is_known():
    found = set()
    for app in ("accounts", "districts", "shops", "vitrine"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            if re.search(
                r"(?<!class )\b(Letter|write_to|EmailMessage|EmailMultiAlternatives)\(",
                path.read_text("utf-8"),
            ):
                found.add(path.relative_to(settings.BASE_DIR).as_posix())
    assert found == SENDERS, "add the new mail to the test below, then its place here"


def send_every_letter_about(shop, paul, person, tom, at):
    """Each mail that is about a shop, once, whoever it would go to."""
    from shops import letters as team
    from shops.claiming import letters as claiming
    from shops.editing import letters as moves
    from shops.links import letters as links
    from shops.models import Claim, Invitation, Link
    from shops.reports import letters as reports

    nina = make_person("nina@example.example")
    said = {"name": "Nina", "language": "fr", "created_at": at, "method": "word"}
    decided = {"state": "refused", "decided_at": at, "why": "Preuve insuffisante."}
    claim = Claim.objects.create(shop=shop, user=nina, **said, **decided)
    claiming.send_code(claim, shop, "contact@um-eck.example", "ABCD-EFGH")
    for tell in (
        claiming.tell_granted,
        claiming.tell_contested,
        claiming.tell_refused,
        claiming.tell_published,
    ):
        tell(claim, shop)
    claiming.tell_sent_back(claim, shop, "Il manque la rue.")
    claiming.tell_keepers(shop)
    claiming.tell_replaced(shop, [person])
    membership = shop.memberships.get(user=tom)
    invitation = Invitation.objects.create(
        shop=shop, email="lea@example.example", role="till", invited_by=person, created_at=at, expires_at=at
    )
    team.tell_invited(invitation)
    team.tell_accepted(invitation, tom)
    team.tell_removed(membership)
    for tell in (team.tell_role, team.tell_handed_over):
        tell(membership, by=person)
    moves.tell_published(shop)
    moves.tell_suspended(shop, "Travaux.")
    moves.tell_closed(shop, "Fermé.")
    moves.tell_merged(paul, shop, [person], photos=1, withdrawn=1)
    moves.tell_removed(shop, tom, "À sa demande.")
    links.tell_dead(shop, Link(shop=shop, kind="website", url="https://gone.example/"))
    kinds = [Report.Kind.HOURS, Report.Kind.CONTENT, Report.Kind.MISSING]
    for kind in kinds:
        about = None if kind == Report.Kind.MISSING else shop
        report = Report.objects.create(
            shop=about, kind=kind, name="Cordonnier", topic=f"x:{kind}", email="nina@example.example",
            language="fr", created_at=at, answer="Merci.", outcome="corrected", answered_side="city",
        )  # fmt: skip
        reports.tell_received(report)
        reports.tell_answer(report)
        if about:
            reports.tell_merchant(report)
            reports.tell_removed(report)


def test_a_scanner_that_follows_every_link_of_every_mail_changes_nothing(
    client, marie, paul, marie_herself, tom, claire, letters, clock
):
    """Every mail that the project can send is sent, every address in it asked for by GET, HEAD and OPTIONS."""
    from accounts import letters as door
    from shops.editing import letters as decisions

    PublicHoliday.objects.get_or_create(on=FRIDAY, defaults={"name": "Noël"})
    at = (TUESDAY_10H + timedelta(days=25)).astimezone(UTC)
    clock(at)
    Shop.objects.filter(pk=marie.pk).update(due_at=at)
    assert reminders.send_due(at=at) == 1
    mails = [door.letter(name, "nina@example.example", "fr", {"code": "123"}) for name in door.WORDS]
    save = revisions.propose(
        marie, {"summary": "Du pain."}, base={"summary": ""}, base_version=0, by=marie_herself, side=ConfirmedBy.MERCHANT, at=at
    )  # fmt: skip
    change = save.revision.changes.get()
    decisions.tell_decisions(marie, [change], [])
    decisions.tell_undone(marie, change)
    send_every_letter_about(marie, paul, marie_herself, tom, at)
    mails += letters()
    assert len(mails) > 40
    found = set()
    for outgoing in [letter.message() for letter in mails]:
        texts = [outgoing.body, *[other.content for other in getattr(outgoing, "alternatives", [])]]
        found |= {link for text in texts for link in re.findall(r"https?://[^\s\"<>]+", text)}
    # Her own address, named so that she knows which one leads nowhere.
    found.remove("https://gone.example/")
    assert sum("/confirmer/" in link for link in found) == 1
    assert sum("/jour-ferie/" in link for link in found) == 1
    before = everything()
    for link in found:
        # The site's name at the foot is an address without a path.
        path = link.removeprefix("http://127.0.0.1:8000") or "/"
        assert path.startswith("/"), "no mail leads elsewhere"
        for method in (client.get, client.head, client.options):
            with CaptureQueriesContext(connection) as captured:
                assert method(path).status_code in (200, 302, 405), path
            writes = [
                query["sql"]
                for query in captured
                # Tries are counted by address, and a message for whoever is sent to the door waits in a session.
                if re.match(r"(INSERT|UPDATE|DELETE)(?!.*(vitrine_cache|django_session))", query["sql"])
            ]
            assert not writes, (path, writes)
    assert everything() == before
