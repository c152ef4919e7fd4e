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

    search.alternatives(query, totals=reference.totals(request.catalogue))   # what has shops, nearest first
    search.count_empty(response, query, district=slug_or_empty, at=request.now)   # written after the answer is sent

`understand` needs at most one statement (none for trades and places alone), a result one, alternatives one.
docs/search.md tells how it works.
"""

from shops.search.index import index, names_of
from shops.search.query import Part, Query, understand
from shops.search.words import key

__all__ = ["Part", "Query", "index", "key", "names_of", "understand"]
