"""What stands over the door: invented names, the merchant's own sentence, the address of the page."""

import re

from django.utils.text import slugify

from shops.models.shop import PUBLIC_ID_ALPHABET
from shops.search import key


class Signs:
    """Names and addresses of pages, each address once."""

    def __init__(self, data, taken):
        self.data = data
        self.names = set()
        self.slugs = set(taken)
        self.public_ids = set()
        self.invented = {}
        self.summaries = {}

    def name(self, category, lot, is_first) -> tuple[str, str]:
        """A name and the language that is heard behind the counter."""
        if is_first:
            names = self.invented.get(category)
            if names is None:
                given = self.data.trade(category)["names"]
                names = [(name, language) for language, group in given.items() for name in group]
                lot.shuffle(names)
                self.invented[category] = names
            while names:
                name, language = names.pop()
                if name not in self.names:
                    self.names.add(name)
                    return name, language
        name = language = ""
        for _try in range(20):
            name, language = self.made_up(category, lot, plain=is_first)
            if not is_first or name not in self.names:
                break
        self.names.add(name)
        return name, language

    def made_up(self, category, lot, *, plain=True) -> tuple[str, str]:
        """A name put together; unless `plain`, with the double names that a large city needs."""
        patterns = self.data.trade(category)["patterns"]
        language, pattern = lot.choice([(lang, text) for lang, group in patterns.items() for text in group])
        return self.fill(pattern, language, lot, plain=plain), language

    def fill(self, pattern, language, lot, *, plain=True) -> str:
        people = self.data.people

        def word(match):
            if match[0] == "{child}":
                return lot.choice(people["children"].get(language, people["children"]["fr"]))
            if match[0] == "{surname}":
                origin = lot.choice(people["borrowed"].get(language, [language]))
                one, other = lot.sample(people["surnames"][origin], 2)
                return one if plain or lot.random() < 0.6 else f"{one}-{other}"
            one, other = lot.sample(people["forenames"][language], 2)
            return one if plain or "&" in pattern or lot.random() < 0.5 else f"{one} & {other}"

        name = re.sub(r"\{(?:surname|forename|child)\}", word, pattern)
        return re.sub(r"\{of\} (\w)", _of, name)

    def summary(self, category, lot, is_first) -> dict:
        """What the merchant says in a sentence, by language; empty when nothing is left to say in the first deck."""
        texts = self.data.trade(category)["summaries"]
        if not is_first:
            return lot.choice(texts) if texts else {}
        if category not in self.summaries:
            self.summaries[category] = lot.sample(texts, len(texts))
        return self.summaries[category].pop() if self.summaries[category] else {}

    def slug(self, name, district, wish="") -> str:
        # NFKD knows no decomposition of the dotless i.
        wish = wish or slugify(key(name).replace("ı", "i"))[:90].strip("-") or "commerce"
        slug, number = wish, 1
        while slug in self.slugs:
            number += 1
            slug = f"{wish}-{district}"[:110] if number == 2 else f"{wish}-{number - 1}"
        self.slugs.add(slug)
        return slug

    def public_id(self, lot) -> str:
        while True:
            public_id = "".join(lot.choices(PUBLIC_ID_ALPHABET, k=8))
            if public_id not in self.public_ids:
                self.public_ids.add(public_id)
                return public_id


def _of(match):
    return f"d’{match[1]}" if key(match[1]) in "aeiouyh" else f"de {match[1]}"
