"""The extensions, the function and the text-search configurations that the catalogue's indexes need."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# `unaccent(text)` depends on the search path and is only STABLE; with its dictionary named it is safe in an index.
FUNCTION = """
CREATE FUNCTION f_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN unaccent('unaccent'::regdictionary, $1);
"""

# One configuration for each language with a stemmer, and a plain one (names, Luxembourgish): all without accents.
CONFIGURATIONS = {
    "fr": ("french", "french_stem"),
    "de": ("german", "german_stem"),
    "en": ("english", "english_stem"),
    "simple": ("simple", "simple"),
}


def configuration(name, base, stemmer):
    return f"""
CREATE TEXT SEARCH CONFIGURATION vitrine_{name} (COPY = {base});
ALTER TEXT SEARCH CONFIGURATION vitrine_{name}
    ALTER MAPPING FOR hword, hword_part, word, asciihword, hword_asciipart, asciiword WITH unaccent, {stemmer};
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION f_unaccent(text);"),
        *[
            migrations.RunSQL(
                configuration(name, base, stemmer), f"DROP TEXT SEARCH CONFIGURATION vitrine_{name};"
            )
            for name, (base, stemmer) in CONFIGURATIONS.items()
        ],
    ]
