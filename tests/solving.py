"""What a browser does with a public form before it sends it: read the hidden fields, solve the challenge."""

import html
import json
import re
from base64 import b64encode

import altcha


def fields(page):
    """The hidden fields of the page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))


def challenge_of(page):
    return json.loads(html.unescape(re.search(r'data-challenge="([^"]+)"', page)[1]))


def proof_for(challenge):
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    return b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()


def send(browser, address, **typed):
    """Open a form, solve its challenge, send it."""
    page = browser.get(address).content.decode()
    return browser.post(address, {**fields(page), "proof": proof_for(challenge_of(page)), **typed})
