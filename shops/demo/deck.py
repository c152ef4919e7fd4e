"""How many merchants of what, and where: the deck from which the city is dealt."""

import math
from collections import Counter
from dataclasses import dataclass
from random import Random

DECK = 600


@dataclass(frozen=True)
class Card:
    """What is settled of a shop before it is drawn: its trade, its district, what happens to it."""

    category: str
    district: str
    written: dict | None = None  # as in shops.toml
    twist: str = ""


# What happens to how many of a deck. The rest is open as usual.
TWISTS = {
    "unclaimed": 120,
    "away": 10,  # closed for holidays today
    "away_soon": 8,
    "special_day": 10,
    "unclear": 8,  # hours that no machine reads
    "closed": 7,
    "renamed": 2,
    "draft": 3,
    "submitted": 3,
    "suspended": 1,
    "merged": 1,
}
# A district of few shops keeps them all.
SPARSE = 4


def deal(data, categories, districts, seed) -> list[Card]:
    """The deck of this city: every category and district in its due number, the shops written by hand first."""
    lot = Random(f"{seed}:deck")  # noqa: S311
    written = [shop for shop in data.shops if shop["category"] in categories]
    per_district = data.districts["shops"]
    wanted = _shares({slug: per_district.get(slug, DECK / 24) for slug in districts}, DECK)
    hands = []
    for shop in written:
        slug = shop["district"]
        if slug not in wanted:
            slug = lot.choices(list(wanted), list(wanted.values()))[0]
        wanted[slug] = max(0, wanted[slug] - 1)
        hands.append(Card(shop["category"], slug, shop))
    there = Counter(card.category for card in hands)
    weights = {code: data.trade(code)["weight"] for code in categories}
    total = sum(weights.values())
    rest = DECK - len(hands)
    due = {code: max(0.0, weight * DECK / total - there[code]) for code, weight in weights.items()}
    shares = _shares(due, rest, least={code for code in categories if not there[code]})
    trades = [code for code, share in shares.items() for _one in range(share)]
    lot.shuffle(trades)
    # The rare ones choose their district first: the one department store belongs in the centre.
    trades.sort(key=lambda code: shares[code])
    placed = [(code, _district_for(data, code, wanted, lot)) for code in trades]
    lot.shuffle(placed)
    twists = iter(_twists(placed, per_district, lot))
    return hands + [Card(code, slug, None, next(twists)) for code, slug in placed]


def _shares(weights: dict, total: int, least: set | None = None) -> dict[str, int]:
    """Split `total` in proportion to the weights, whole numbers; those in `least` (or all) get one at least."""
    least = set(weights) if least is None else least
    shares = {name: int(name in least) for name in weights}
    over = total - sum(shares.values())
    exact = {name: max(0.0, weight - shares[name]) for name, weight in weights.items()}
    scale = over / (sum(exact.values()) or 1)
    for name in weights:
        shares[name] += math.floor(exact[name] * scale)
    by_remainder = sorted(weights, key=lambda name: (-(exact[name] * scale % 1), name))
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def _district_for(data, category, wanted, lot):
    """A district that still wants shops, as the trade likes it; pitches decide for those without an address."""
    trade = data.trade(category)
    likes = data.districts["where"].get(trade["where"], {})
    pitches = {pitch["district"] for pitch in data.districts["pitches"] if category in pitch["categories"]}
    candidates = [slug for slug in wanted if slug in pitches] or list(wanted)
    weights = [wanted[slug] * likes.get(slug, likes.get("default", 1)) for slug in candidates]
    if not any(weights):
        candidates, weights = list(wanted), [max(0, number) for number in wanted.values()]
    slug = lot.choices(candidates, weights)[0] if any(weights) else lot.choice(candidates)
    wanted[slug] = max(0, wanted[slug] - 1)
    return slug


def _twists(placed, per_district, lot):
    """What happens to each of these: a list as long as they are."""
    twists = [""] * len(placed)
    free = [index for index, (_code, slug) in enumerate(placed) if per_district.get(slug, DECK) > SPARSE]
    lot.shuffle(free)
    for twist, number in TWISTS.items():
        for _one in range(number if twist == "unclaimed" else min(number, len(free))):
            if free:
                twists[free.pop()] = twist
    # A page is merged into the one before it, which must be there to be found.
    for index, twist in enumerate(twists):
        if twist == "merged" and index:
            twists[index - 1] = ""
    return twists
