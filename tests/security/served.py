"""What a page serves, read as a browser reads it: its forms with their fields, its links, its elements."""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import html5lib
from django.urls import Resolver404, resolve

# What a browser sends for itself.
OWN = {"csrfmiddlewaretoken", "_selected_action"}


@dataclass
class Field:
    """One name of a form: what kind of control it is, what it holds, what it offers."""

    name: str
    kind: str
    values: list = field(default_factory=list)
    offered: list = field(default_factory=list)
    required: bool = False
    longest: int = 0


@dataclass
class Form:
    """A form as it was served: `page` is where, `action` where it goes."""

    page: str
    action: str
    method: str
    fields: dict
    buttons: list = field(default_factory=list)
    # Names that its address may take beside its own fields.
    listed: set = field(default_factory=set)

    @property
    def goes_to(self):
        """The name of the address that it is sent to."""
        return name_of(self.action)

    def sent(self):
        """What a browser would send of it, untouched, by its first button."""
        data = {one.name: list(one.values) for one in self.fields.values() if one.values}
        for name, value in self.buttons[:1]:
            data[name] = [value]
        return data


def name_of(address):
    """The name of an address, or "" where nothing answers."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


@lru_cache(maxsize=4)
def parsed(text):
    return html5lib.HTMLParser(namespaceHTMLElements=False).parse(text)


def body_of(response):
    """All of an answer. One that streams is closed by being read: who asks for pages at random reads every one."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def is_page(response):
    return response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")


def links(text, page):
    """Where a page leads on this site, and what its htmx asks for."""
    for element in parsed(text).iter():
        for attribute in ("href", "hx-get", "hx-post", "src"):
            if value := element.attrib.get(attribute):
                yield urljoin(page, value)


def forms(text, page) -> list[Form]:
    """The forms of a page. What stands outside a form and names it (`form=`) is its own too."""
    tree = parsed(text)
    found, by_id = [], {}
    for element in tree.iter("form"):
        form = Form(
            page,
            urljoin(page, element.attrib.get("action") or page),
            element.attrib.get("method", "get").lower(),
            {},
        )
        found.append(form)
        if "id" in element.attrib:
            by_id[element.attrib["id"]] = form
        for control in element.iter():
            if "form" not in control.attrib:
                _take(form, control)
    for control in tree.iter():
        if control.attrib.get("form") in by_id:
            _take(by_id[control.attrib["form"]], control)
        # What htmx sends by itself, with the address that the element names.
        if control.tag != "form" and (address := control.attrib.get("hx-post")):
            found.append(Form(page, urljoin(page, address), "post", {}))
    return found


def _take(form, control):
    name = control.attrib.get("name")
    if not name or name in OWN or "disabled" in control.attrib:
        if name == "csrfmiddlewaretoken":
            form.fields.pop(name, None)
        return
    kind = control.attrib.get("type", "text").lower() if control.tag == "input" else control.tag
    value = control.attrib.get("value", "on" if kind in ("checkbox", "radio") else "")
    if control.tag == "button" or kind in ("submit", "image"):
        form.buttons.append((name, value))
        if control.attrib.get("formaction"):
            form.fields.setdefault(name, Field(name, "button")).offered.append(value)
        return
    if control.tag not in ("input", "select", "textarea"):
        return
    one = form.fields.setdefault(name, Field(name, kind))
    one.required |= "required" in control.attrib
    one.longest = int(control.attrib.get("maxlength") or 0)
    if control.tag == "select":
        for option in control.iter("option"):
            text = option.attrib.get("value", option.text or "")
            one.offered.append(text)
            if "selected" in option.attrib:
                one.values.append(text)
        if not one.values and one.offered and "multiple" not in control.attrib:
            one.values.append(one.offered[0])
    elif control.tag == "textarea":
        one.values.append("".join(control.itertext()).removeprefix("\n"))
    elif kind in ("checkbox", "radio"):
        one.offered.append(value)
        if "checked" in control.attrib:
            one.values.append(value)
    elif kind != "file":
        one.values.append(value)
