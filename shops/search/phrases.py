"""Words that mean the same in every city: articles, words for "shop", for kinds of streets, for "open"."""


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Joining words and articles: they narrow nothing.
STOP_WORDS = word_set(
    "a ai al am an and at au aux avec by d da dal dans das de dei del dem den der des det di die do dos du e ein "
    "eine em en engem et eng for fir from fuer fur i im in it l la le les los ma mat me mein meine mes meng mit mon my "
    "na no of on op os ou para "
    "pour s sur t the to u um un une und vom von vu vum y zu zum zur"
)
# « Thé », typed in haste: a French page's reader means no English article.
NO_STOP_WORDS = {"fr": frozenset({"the"})}
# Words for "shop" and "near": they narrow nothing either, in a city of shops.
GENERIC_WORDS = word_set(
    "adresse boutique boutiques buttek butteker commerce commerces geschaft geschaefter geschafte geschefter laden "
    "loja lojas magasin magasins negozio quartier quarter district stadtteil viertel shop shops shopping store "
    "stores bei beim chez dichtbij near nearby nahe proche pres umgebung acheter buy kaufen kafen ou wo where "
    "trouver find finden"
)
# A street's kind, as written and as shortened.
STREET_KINDS = word_set(
    "allee avenue boulevard chaussee chemin cite cote esplanade impasse montee passage place plateau pont "
    "promenade quai rond rives route rue ruelle sentier square strasse strooss street val voie wee weg"
)
SHORTENED = {
    "all": "allee",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "blvd": "boulevard",
    "bld": "boulevard",
    "bvd": "boulevard",
    "ch": "chemin",
    "dr": "docteur",
    "imp": "impasse",
    "mte": "montee",
    "pl": "place",
    "r": "rue",
    "rte": "route",
    "st": "saint",
    "ste": "sainte",
    "str": "strasse",
}
# Of the words for "at" and the like, those with which names begin: alone, they ask for these names.
NAMES_BEGIN = word_set("chez bei beim")
OPEN_WORDS = word_set(
    "open ouvert ouverte ouverts ouvertes offen geoffnet geoeffnet opgemaach aberto aberta abertos abertas"
)
# Luxembourgish « op » means open at the end of what is said, and "on" elsewhere.
OPEN_LAST_WORDS = OPEN_WORDS | {"op"}
NOW_WORDS = word_set("maintenant now jetzt elo agora actuellement")
# Facets of a shop that are no category or place, by the words that ask for them.
SAID_FACETS = {
    "w:sunday": "dimanche, le dimanche, sunday, sundays, on sunday, sonntag, sonntags, am sonntag, sonndes, sonndeg",
    "a:step_free": "accessible, fauteuil roulant, pmr, wheelchair, wheelchair accessible, rollstuhl, rollstuhlgerecht, "
    "rollstull, barrierefrei, barriärefräi, sans marche, entrée sans marche, step-free, step free, no steps, stufenlos, "
    "ohne stufen, ouni trap, ouni trapen, sem degraus",
}
