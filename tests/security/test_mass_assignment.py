"""Figure 27: every form of the site, sent as a browser sends it and once more with every field of every model beside it.

The second leaves the same rows as the first: nothing that a form does not list gets in by it. The forms are read from the
pages as they are served, the addresses come from the resolver: one that takes a POST and is not met here fails the test.
"""

import json
import re
import time
from copy import deepcopy as copy
from datetime import datetime, timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from django.views.generic import View

from accounts.models import LostAddress, User
from shops.models import Shop
from tests.door import enter
from tests.people import make_person
from tests.photos.files import jpeg
from tests.security import rows, served
from tests.solving import challenge_of, proof_for
from tests.test_permissions import EDITOR, NINA, NOBODY, OWNER, READ_ONLY, TABLE, World, row_of

INVITED, CITY = "invited", "sophie"

# What a person would type, by the end of a field's name, where the page leaves it empty.
TYPED = {
    "email": "quelqu.un@x.example", "new_email": "neuve@x.example", "phone": "+352 26 12 34 56", "name": "Nina Weber",
    "message": "Fermé le lundi.", "why": "Parce que c’est ainsi.", "words": "Merci.", "question": "Aidez-moi.",
    "on": "2027-03-02", "start": "2027-03-02", "end": "2027-03-03", "code": "ABCD-EFGH", "note": "Congé",
    "password": "des-lilas-bleus-au-vent", "password1": "des-lilas-bleus-au-vent",
    "password2": "des-lilas-bleus-au-vent", "oldpassword": "du-pain-sur-la-planche", "alt_fr": "Une vitrine",
    "legal_name": "Muller sàrl", "address": "1, Grand-Rue", "house_number": "7", "street": "Grand-Rue",
    "summary": "Du pain.", "url": "https://um-eck.example/",
}  # fmt: skip

# Addresses whose form is on no page of this street, and what they are sent: the steps at the door wait for a mail or a
# device, the rest for a state that this street is not in.
BY_HAND = {
    "account_confirm_login_code": (NOBODY, {"code": "ABC234"}),
    "account_confirm_password_reset_code": (NOBODY, {"code": "ABC234"}),
    "account_complete_password_reset": (
        NOBODY,
        {"password1": "lilas-au-vent-bleu", "password2": "lilas-au-vent-bleu"},
    ),
    "account_email_verification_sent": (NOBODY, {"code": "ABC234"}),
    "account_home": (OWNER, {}),
    "account_lost_address_sent": (NOBODY, {}),
    "account_set_password": (OWNER, {"password1": "lilas-au-vent-bleu", "password2": "lilas-au-vent-bleu"}),
    "mfa_authenticate": (NOBODY, {"code": "123456"}),
    "mfa_edit_webauthn": (OWNER, {"name": "clé"}),
    "mfa_remove_webauthn": (OWNER, {}),
    "mfa_reauthenticate_webauthn": (OWNER, {"credential": "{}"}),
    "payment_news": (NOBODY, {"id": "1", "payment": "1"}),
    "merchant:hours_reopen": (OWNER, {}),
    # Shown for who left no trace only.
    "admin:accounts_user_delete": (CITY, {"post": "yes"}),
    "city:call": (CITY, {}),
    "city:import_decide": (CITY, {"fingerprint": "Kanarimarie"}),
    "finance:bank_message": (CITY, {"do": "apply"}),
    "finance:campaign_open": (CITY, {}),
    "finance:hold": (CITY, {"sales": "1", "reason": "other"}),
    "finance:month_close": (CITY, {"month": "2026-10"}),
    "finance:payout_cancel": (CITY, {}),
    "finance:payout_release": (CITY, {"sure": "on"}),
    "finance:grant_decide": (CITY, {"agree": "1"}),
    "admin:password_change": (CITY, {"old_password": "x", "new_password1": "y", "new_password2": "y"}),
}
# A list of choices that is empty here draws no field, and is one all the same.
EMPTY_HERE = {"city:premises_one": {"shops"}}
PLANTED = re.compile(r"mallory|2031-01-01|98765")


def hostile_fields(theirs):
    """Every field of every model with a value that would do harm."""
    named = {"role": "owner", "status": "published", "state": "granted", "city_roles": "administrator", "is_staff": "on",
             "owner": str(theirs.people[OWNER].pk), "trust": "98765", "is_superuser": "on"}  # fmt: skip
    found = {}
    for model in rows.tables().values():
        for one in model._meta.get_fields():
            if not getattr(one, "concrete", False):
                continue
            for name in {one.name, getattr(one, "attname", one.name)}:
                found.setdefault(name, named.get(name) or _harm(one, theirs))
    return found | named


def _harm(one, theirs):
    if one.is_relation:
        known = {Shop: theirs.marie.pk, User: theirs.people[OWNER].pk}
        return str(known.get(one.related_model, 1))
    if one.choices:
        return str(list(one.choices)[-1][0])
    by_type = {
        models.BooleanField: "on", models.DateTimeField: "2031-01-01 00:00:00", models.DateField: "2031-01-01",
        models.IntegerField: "98765", models.FloatField: "9.8765", models.JSONField: '{"mallory": 1}',
        models.EmailField: "mallory@evil.example", models.UUIDField: "98765000-0000-4000-8000-000000000000",
    }  # fmt: skip
    return next((value for kind, value in by_type.items() if isinstance(one, kind)), "mallory")


def addresses(resolver=None, spaces=()):
    """Every address by its name, the door's too, with what it takes and the view."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif entry.name:
            yield ":".join([*spaces, entry.name]), tuple(entry.pattern.regex.groupindex), entry.callback


def takes_a_post(name, view):
    if name in TABLE:
        return TABLE[name][1] is not READ_ONLY and bool(TABLE[name][1])
    of_class = getattr(view, "view_class", None)
    return of_class is None or hasattr(of_class, "post") or not issubclass(of_class, View)


def fresh_at_the_door(person):
    """Somebody who has just typed her password: nothing asks for it again."""
    client = enter(Client(), person)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        *session.get(AUTHENTICATION_METHODS_SESSION_KEY, []),
        {"method": "password", "at": time.time(), "reauthenticated": True},
        *([{"method": "mfa", "at": time.time(), "reauthenticated": True}] if person.is_staff else []),
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(person)
    session.save()
    return client


class Visit:
    """Five people at every address that they may open, and the forms that they find there."""

    def __init__(self, hers):
        self.hers = hers
        sophie = make_person("sophie@x.example", is_superuser=True)
        self.people = {name: hers.people[name] for name in (OWNER, EDITOR, NINA, INVITED)} | {CITY: sophie}
        for person in self.people.values():
            person.set_password("du-pain-sur-la-planche")
            person.save()
        TOTP.activate(self.people[OWNER], generate_totp_secret())
        LostAddress.objects.create(
            name="Marie", phone="26123456", new_email="m@x.example", language="fr", created_at=timezone.now()
        )
        self.clients = {name: fresh_at_the_door(person) for name, person in self.people.items()} | {
            NOBODY: Client()
        }

    def arguments(self, name, takes):
        if row := row_of(name):
            model = apps.get_model(*row.split("_"))
            chosen = {"shop": self.hers.marie.pk, "user": self.people[OWNER].pk}
            first = model.objects.values_list("pk", flat=True).first()
            return {key: chosen.get(model._meta.model_name, first or 0) for key in takes}
        return World.arguments(self.hers, name, takes)

    def forms(self, every=1):
        """One of each form, of every so many addresses: (who, form), the page's text with it."""
        seen = set()
        for name, takes, _view in list(addresses())[::every]:
            try:
                address = reverse(name, kwargs=self.arguments(name, takes))
            except KeyError:
                continue
            for who in self.readers(name):
                response, _changed = self.send(who, "get", address, {})
                if not served.is_page(response):
                    continue
                text = response.content.decode()
                here = served.forms(text, address)
                for form in here:
                    # What another form of the page sends to the same address is that address's own.
                    form.listed = {
                        name for other in here if other.action == form.action for name in other.fields
                    }
                    form.listed |= {
                        name for other in here if other.action == form.action for name, _ in other.buttons
                    }
                    sign = (form.goes_to, tuple(sorted(re.sub(r"\d+", "0", field) for field in form.fields)))
                    if form.method == "post" and sign not in seen:
                        seen.add(sign)
                        yield who, form, text

    def readers(self, name):
        if name.startswith(("merchant:", "takings:", "tills:")):
            return (OWNER, EDITOR, NINA, INVITED)
        if name.startswith(("city:", "finance:", "admin:")):
            return (CITY,)
        if name.startswith(("account", "mfa")):
            return (NOBODY, OWNER, EDITOR)
        return (NOBODY, NINA)

    def send(self, who, method, address, data, *, before=None):
        """What a request answers and changes; then it is undone."""
        client = self.clients[who]
        cookies = copy(client.cookies)
        with transaction.atomic():
            response = getattr(client, method)(address, data)
            if response.streaming:
                served.body_of(response)
            changed = rows.difference(before, rows.everything()) if before is not None else []
            transaction.set_rollback(True)
        client.cookies = cookies
        return response, changed


def filled(form, text):
    """What a person would send of it: what is there, what she would type, the first choice, a file. One for each button."""
    data = form.sent()
    for one in form.fields.values():
        end = one.name.rsplit("-", 1)[-1]
        if one.kind == "file":
            data[one.name] = SimpleUploadedFile("photo.jpg", jpeg(width=300, height=300), "image/jpeg")
        elif one.name == "website":
            continue
        elif one.kind == "radio" or (one.kind == "select" and not "".join(data.get(one.name, []))):
            data[one.name] = [value for value in one.offered if value][-1:]
        elif one.kind == "checkbox" and one.required:
            data[one.name] = one.offered[:1]
        elif not "".join(data.get(one.name, [])) and end in TYPED:
            data[one.name] = [TYPED[end]]
        elif not "".join(data.get(one.name, [])) and one.required:
            data[one.name] = ["Quelque chose"]
    if "proof" in form.fields and text:
        data["proof"] = proof_for(challenge_of(text))
    return data


def said(changed, masked=()):
    """Changes in a form that can be compared; an instant of now is an instant of now."""
    now, found = timezone.now(), []
    for table, what, columns in changed:
        shown = {}
        for column, value in columns.items():
            if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
                at = datetime.fromisoformat(value)
                value = "now" if at.tzinfo and abs(at - now) < timedelta(minutes=30) else value
            shown[column] = "…" if (table, column) in masked else value
        found.append((table, what, shown))
    return sorted(json.dumps(one, sort_keys=True) for one in found)


def noise(one, two):
    """The columns that two equal requests leave different: keys, random names."""
    found = set()
    for (table, what, first), (other, how, second) in zip(one, two, strict=False):
        if (table, what) == (other, how):
            found |= {(table, name) for name in first if first.get(name) != second.get(name)}
    return found


def try_form(visit, who, form, data, hostile):
    """Returns what the form lists (as tables and columns), and what came in beside it."""
    before = rows.everything()

    def fresh():
        for value in data.values():
            if hasattr(value, "seek"):
                value.seek(0)
        return data

    answer, first = visit.send(who, "post", form.action, fresh(), before=before)
    _again, second = visit.send(who, "post", form.action, fresh(), before=before)
    masked = noise(first, second)
    own = form.listed | EMPTY_HERE.get(form.goes_to, set())
    extra = {name: value for name, value in hostile.items() if name not in own}
    other, third = visit.send(who, "post", form.action, {**extra, **fresh()}, before=before)
    wrong = []
    if other.status_code != answer.status_code:
        wrong.append((answer.status_code, other.status_code))
    expected, found = said(first, masked), said(third, masked)
    if expected != found:
        wrong.append((sorted({*found} - {*expected}), sorted({*expected} - {*found})))
    wrong += [
        one
        for one in third
        for column, value in one[2].items()
        if PLANTED.search(json.dumps(value)) and (one[0], column) in masked
    ]
    return {(table, what) for table, what, _columns in first}, wrong


def forms_by_hand(visit):
    for name, takes, _view in addresses():
        if name in BY_HAND:
            who, data = BY_HAND[name]
            words = (
                {**dict.fromkeys(takes, 1), **visit.arguments(name, ())} if name.startswith("mfa") else None
            )
            address = reverse(name, kwargs=words if words is not None else visit.arguments(name, takes))
            yield who, served.Form(address, address, "post", {}, listed=set(data)), data


def test_what_a_form_does_not_list_does_not_get_in_by_it(street, settings):
    """Some of the forms; the long form takes them all, and misses no address."""
    # All fields of all models are more than a request may have.
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None
    _hold_the_forms_against_the_models(street, every=14)


@pytest.mark.full
def test_of_no_form_of_the_site_does_anything_else_get_in(street, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None
    wrote = _hold_the_forms_against_the_models(street, every=1)
    # The test would say little of forms that changed nothing anyway.
    assert len([name for name, tables in wrote.items() if tables]) >= 55


def _hold_the_forms_against_the_models(street, every):
    hers, his = street
    visit, hostile = Visit(hers), hostile_fields(his)
    assert len(hostile) > 150
    found = [(who, form, filled(form, text)) for who, form, text in visit.forms(every)]
    if every == 1:
        met = {form.goes_to for _who, form, _data in found}
        wanted = {name for name, _takes, view in addresses() if takes_a_post(name, view)} - met
        assert (sorted(wanted - set(BY_HAND)), sorted(set(BY_HAND) - wanted)) == ([], [])
        assert len(found) > 100
        found += forms_by_hand(visit)
    assert found
    wrong, wrote = [], {}
    for who, form, data in found:
        for name, value in form.buttons or [("", "")]:
            sent = {**data, name: [value]} if name else data
            listed, faults = try_form(visit, who, form, sent, hostile)
            wrote.setdefault(form.goes_to, set()).update(listed)
            wrong += [(form.goes_to, fault) for fault in faults]
    assert wrong == [], "\n".join(str(fault) for fault in wrong)
    return wrote


def test_the_test_sees_a_form_that_lets_something_in(street, monkeypatch):
    """The control: a view that copies what it was sent is found out."""
    from shops.models import Membership

    hers, _his = street
    visit = Visit(hers)
    address = reverse("merchant:reminders", args=[hers.marie.public_id])
    response, _changed = visit.send(OWNER, "get", address, {})
    (form,) = [
        one for one in served.forms(response.content.decode(), address) if one.goes_to == "merchant:reminders"
    ]
    form.listed = set(form.fields)
    hostile = {"role": "till"}
    assert try_form(visit, OWNER, form, filled(form, ""), hostile)[1] == []

    from shops.desks.merchant import reminders

    kept = reminders.shop_of

    def careless(request, public_id):
        if role := request.POST.get("role"):
            Membership.objects.filter(user=request.user).update(role=role)
        return kept(request, public_id)

    monkeypatch.setattr(reminders, "shop_of", careless)
    assert try_form(visit, OWNER, form, filled(form, ""), hostile)[1] != []
