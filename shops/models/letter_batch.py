"""Letters with codes, printed together at the City's desk."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from shops.models.claim import LETTER_CODE_HOLDS, Claim
from shops.models.event import Event

LETTERS_A_BATCH = 100


class LetterBatch(models.Model):
    """Letters printed together. Codes exist on paper alone: printing again makes others."""

    made_at = models.DateTimeField(_("imprimées le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("imprimées par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("lot de lettres")
        verbose_name_plural = _("lots de lettres")
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.made_at:%Y-%m-%d %H:%M}"

    @classmethod
    def make(cls, ids: Iterable[int], *, by, at: datetime) -> "tuple[LetterBatch, list[tuple[Claim, str]]]":
        """Make a code for each of these claims that waits for its letter; whichever does not is left out.

        Returns:
            the batch, and each claim (with its shop and district) with the code to be printed. Earlier letters of
            these claims are worth nothing any more.
        """
        with transaction.atomic():
            batch = cls.objects.create(made_at=at, made_by=by)
            wanted = Claim.objects.wanting_letters().filter(pk__in=list(ids)[:LETTERS_A_BATCH])
            letters = []
            for claim in wanted.order_by("shop", "pk").select_related("user"):
                shop = claim._hold()
                contact = claim._way(Claim.Method.LETTER, shop)
                if not contact or claim.state not in Claim.UNDECIDED or claim.method != Claim.Method.LETTER:
                    continue
                claim.batch = batch
                code = claim._new_code(contact, LETTER_CODE_HOLDS, at)
                Event.note(
                    shop, "claim:letter_printed", by=by, at=at, after={"claim": claim.pk, "batch": batch.pk}
                )
                letters.append((claim, code))
            return batch, letters
