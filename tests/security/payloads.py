"""Words that would run in a page that believes them: contexts to break out of, ways to run, ways to write them.

All of them call `__hit`, which the browser's tests listen to, and which no page of ours says.
"""

import itertools
import random

SEED = 28
CALL = "__hit(1)"

# What one might stand in, and has to get out of first.
CONTEXTS = [
    "", '">', "'>", '" ', "' ", "</p>", "</script>", "</style>", "</title>", "</textarea>", "</template>",
    "</option></select>", "</noscript>", "-->", "]]>", "\\\">", "</a></li></ul>", "<!--><", "<math><mtext>",
    '{"a":"</script>',
]  # fmt: skip

_TAGS = [
    "<script>{}</script>", "<script src=data:text/javascript,{}></script>", "<script type=module>{}</script>",
    "<img src=x onerror={}>", "<img/src='x'/onerror='{}'>", "<svg onload={}>", "<svg/onload='{}'/>",
    "<svg><script>{}</script></svg>", "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><a href='javascript:{}'><text>x</text></a></svg>", "<svg><use href='data:image/svg+xml,{}'/></svg>",
    "<body onload={}>", "<body onpageshow={}>", "<details open ontoggle={}>", "<video src=x onerror={}></video>",
    "<audio src=x onerror={}></audio>", "<video><source onerror={}></video>", "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}></select>", "<textarea autofocus onfocus={}></textarea>",
    "<button autofocus onfocus={} formaction='javascript:{}'>", "<marquee onstart={}>x</marquee>",
    "<iframe src='javascript:{}'></iframe>", "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<object data='javascript:{}'></object>", "<embed src='javascript:{}'>", "<a href='javascript:{}'>x</a>",
    "<form action='javascript:{}'><button>x</button></form>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href='javascript:{}//'>", "<link rel=stylesheet href='data:text/css,{}' onerror={}>",
    "<style>@import 'data:text/css,{}';</style>", "<style onload={}></style>",
    "<div style='animation-name:x' onanimationstart={}>", "<p style='background:url(javascript:{})'>",
    "<template shadowrootmode=open><img src=x onerror={}></template>", "<xss id=x tabindex=1 onfocus={} autofocus>",
    "<div hx-get='/fr/' hx-trigger=load hx-on::after-request='{}'>", "<div hx-on:load='{}' hx-trigger=load>",
    "<div data-hx-get='/fr/' data-hx-trigger=load data-hx-on='htmx:load:{}'>",
    "<div hx-vals='js:{{a:{}}}' hx-post='/fr/' hx-trigger=load>", "<div hx-trigger='load[{}]' hx-get='/fr/'>",
    "<img src=x hx-ext='{}' hx-swap-oob=true id=results>", "<math href='javascript:{}'>x</math>",
    "<dialog open oncancel={}>", "<div popover ontoggle={}>",
]  # fmt: skip
_ATTRIBUTES = [
    "autofocus onfocus={} x=", "onmouseover={} x=", "style=animation:x onanimationend={} x=", "onload={} x=",
    "onerror={} src=x x=", "hx-get=/fr/ hx-trigger=load hx-on:load={} x=", "data-hx-on:load={} x=", "href=javascript:{} x=",
]  # fmt: skip
_EXPRESSIONS = [
    "{{{{ {} }}}}", "${{{}}}", "{{% {} %}}", "javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "vbscript:{}",
    "data:text/html,<script>{}</script>", "\";{};//", "';{};//", "`${{{}}}`", "\\\";{};//", "</script><script>{}//",
    "\u2028{}\u2029", "alert`{}`", "#{{{}}}", "<%= {} %>", "[[{}]]", "//evil.example/{}", "@import'{}'",
]  # fmt: skip

_WIDE = str.maketrans({"<": "＜", ">": "＞", '"': "＂", "'": "＇"})
# Ways to write the same.
ENCODINGS = [
    lambda text: text,
    lambda text: text.upper().replace("__HIT", "__hit"),
    lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
    lambda text: text.replace("<", "&#60;").replace('"', "&#34;"),
    lambda text: text.replace("<", "&amp;lt;"),
    lambda text: text.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20"),
    lambda text: text.replace("<", "\\u003c").replace(">", "\\u003e"),
    lambda text: text.replace("<", "\\x3c"),
    lambda text: text.replace(" ", "/"),
    lambda text: text.replace(" ", "\n"),
    lambda text: text.replace("=", " = "),
    lambda text: text.removesuffix(">"),
    lambda text: text.replace("<", "<<"),
    lambda text: text.replace("script", "scr<script>ipt"),
    lambda text: text.translate(_WIDE),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.replace("(", "&lpar;").replace(")", "&rpar;"),
    lambda text: text.replace("__hit(1)", "__hit`1`"),
]


def every(number: int, longest: int = 180) -> list[str]:
    """So many different payloads, always the same ones; the first of them have each way to run in it."""
    ways = [way.replace("{}", CALL).replace("{{", "{").replace("}}", "}") for way in _TAGS + _EXPRESSIONS]
    plain = [context + way for way in ways for context in ("", '">')]
    plain += [f'"{quote} {way.replace("{}", CALL)}{quote}' for way in _ATTRIBUTES for quote in ("", "'", '"')]
    rest = [encode(context + way) for context, way, encode in itertools.product(CONTEXTS, ways, ENCODINGS)]
    random.Random(SEED).shuffle(rest)
    found = [text for text in dict.fromkeys([*plain, *rest]) if len(text) <= longest and "__hit" in text]
    assert len(found) >= number, len(found)
    return found[:number]


class Deck:
    """Payloads dealt out, to each field in its own order, as many at once as it holds."""

    def __init__(self, payloads):
        self.payloads, self.places, self.dealt = payloads, {}, {}

    def deal(self, field: str, room: int) -> str:
        """The next payloads for a field, up to its length: one at least, cut off where it is too long."""
        place, said = self.places.get(field, len(self.places) * 7), ""
        for _turn in range(len(self.payloads)):
            word = self.payloads[place % len(self.payloads)]
            if said and len(said) + 1 + len(word) > room:
                break
            place += 1
            if len(word) > room:
                continue
            said = f"{said} {word}".strip()
            self.dealt.setdefault(field, set()).add(word)
        self.places[field] = place
        return said or self.payloads[place % len(self.payloads)][:room]
