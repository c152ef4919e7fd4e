"""Finding shops by what people type, in four languages, with typing errors.

For a list page::

    query = search.understand(text, language=language, structure=reference.structure(request.catalogue))
    if not query.is_empty:
        found = query.apply(queryset, at=request.now)      # matching, bounded, the most relevant first
        found = query.filter(queryset, at=request.now)     # matching only: to count up to a cap, or another order
    query.reasons(language)                                # « trouvé pour : boucherie, ouvert maintenant »
    query.corrections                                      # [("knidelhaus", "kniddelhaus")]

`queryset` carries all other filters already; it is published shops, with whatever `only()` the page wants.
When nothing was found::

    search.alternatives(query, totals=reference.totals(request.catalogue))    # label, url, shops: nearest first
    search.count_empty(response, query, at=request.now, district=slug_or_empty)   # written once it has been sent

`understand` needs at most one statement (none for trades and places alone), a result one, alternatives one.
docs/search.md tells how it works.
"""

from shops.search.alternatives import Alternative, alternatives
from shops.search.empties import count_empty
from shops.search.index import count_words, index, names_of
from shops.search.query import Part, Query
from shops.search.reading import understand
from shops.search.suggestions import Suggestion, suggest
from shops.search.words import key

__all__ = [
    "Alternative",
    "Part",
    "Query",
    "Suggestion",
    "alternatives",
    "count_empty",
    "count_words",
    "index",
    "key",
    "names_of",
    "suggest",
    "understand",
]
