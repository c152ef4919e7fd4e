"""Hints beside the fields of a form, at both desks: shown once before a text is saved, and never in the way of it.

A form that mixes in `Advised` names its texts. Its view asks `unheard()` before it saves: what was not shown yet is shown
first, with the form as it was typed. The second press saves.
"""

from dataclasses import dataclass

from django.conf import settings

from shops.desks import wording
from shops.desks.wording import Hint


@dataclass(frozen=True)
class Shown:
    """A hint beside its field.

    Attributes:
        key: names it in the form: « summary:capitals ».
        label: the field's.
        anchor: where it stands on the page.
        moves_to: what the field is called that the text belongs to, where it is free.
    """

    hint: Hint
    key: str
    label: str
    anchor: str
    moves_to: str = ""

    @property
    def can_repair(self) -> bool:
        return bool(self.hint.repaired or self.moves_to)


class Advised:
    """For a form whose texts people read or hear. The hints of a field are its bound field's `hints`."""

    def texts(self) -> dict[str, dict]:
        """By field, what `wording.hints_on` takes besides the text."""
        return {}

    def sibling(self, name: str, language: str) -> str:
        """The field for the same text in another language; "" where there is none."""
        return ""

    def advice(self) -> list[Shown]:
        """All hints on what the form holds now, in the order of the page; each field gets its own."""
        found = []
        for name, facts in self.texts().items():
            field = self[name]
            field.hints = [
                Shown(
                    hint,
                    f"{name}:{hint.code}",
                    str(field.label),
                    field.id_for_label,
                    self._moves_to(name, hint),
                )
                for hint in wording.hints_on(field.value(), **facts)
            ]
            if field.hints and "aria-describedby" not in field.field.widget.attrs:
                described = [field.aria_describedby, f"{field.auto_id}_hints"]
                field.field.widget.attrs["aria-describedby"] = " ".join(filter(None, described))
            found += field.hints
        return found

    def unheard(self) -> list[Shown]:
        """The hints that its writer has not been shown yet."""
        heard = self.data.getlist("advised")
        return [shown for shown in self.advice() if shown.key not in heard]

    def put_right(self, key: str):
        """What was sent, with one hint followed: to be shown again, not yet saved. As it was where there is no such hint."""
        data = self.data.copy()
        for shown in self.advice():
            if shown.key != key or not shown.can_repair:
                continue
            name = self[key.partition(":")[0]].html_name
            if shown.hint.repaired:
                data[name] = shown.hint.repaired
            else:
                other = self.sibling(key.partition(":")[0], shown.hint.language)
                data[self[other].html_name], data[name] = self.data.get(name, ""), ""
        return data

    def _moves_to(self, name, hint):
        other = self.sibling(name, hint.language) if hint.language else ""
        if not other or self[other].value():
            return ""
        return dict(settings.LANGUAGES)[hint.language]
