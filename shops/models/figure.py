"""What the public figures say, counted at night so that no page counts the catalogue."""

from django.db import models

from districts.models import District


class DistrictFigure(models.Model):
    """Of so many things in a district (`whole`), how many are as they should be (`part`). `shops.figures` writes it."""

    # A group of facts (`FactGroup`), or "coverage".
    measure = models.CharField(max_length=20)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    whole = models.PositiveIntegerField()
    part = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "measure"], name="district_figure_once"),
            models.CheckConstraint(
                condition=models.Q(part__lte=models.F("whole")), name="district_figure_is_a_share"
            ),
        ]

    def __str__(self):
        return f"{self.district_id} {self.measure}: {self.part}/{self.whole}"


class WeekFigure(models.Model):
    """The same share as it stood in a week, at its last count: what has passed is kept, so that one sees it move."""

    starts_on = models.DateField()
    measure = models.CharField(max_length=20)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    whole = models.PositiveIntegerField()
    part = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["starts_on", "measure", "district"], name="week_figure_once"),
            models.CheckConstraint(
                condition=models.Q(part__lte=models.F("whole")), name="week_figure_is_a_share"
            ),
        ]

    def __str__(self):
        return f"{self.starts_on} {self.district_id} {self.measure}: {self.part}/{self.whole}"
