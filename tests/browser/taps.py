"""Counting what a person's hands do on a page: taps, fields that are typed into, keys pressed.

`Hands(page)` does what a test asks for and counts it; nothing else may touch the page meanwhile.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page


@dataclass
class Hands:
    """Taps and keys of one person on one page.

    Attributes:
        taps: what was tapped, in words, in order. To go into a field is a tap, too.
        typed: what was typed into, field by field; the keys are the length of it.
    """

    page: Page
    taps: list[str] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)

    def tap(self, what: Locator) -> None:
        """Tap one thing, where a thumb would: it must be in sight or scrolled to, and large enough."""
        what.scroll_into_view_if_needed()
        self.taps.append((what.inner_text() or what.get_attribute("aria-label") or "").strip() or str(what))
        what.click()

    def choose(self, where: Locator, value: str) -> None:
        """Open a list of choices and pick one: two taps."""
        name = where.get_attribute("aria-label") or where.get_attribute("name")
        where.scroll_into_view_if_needed()
        self.taps += [f"▾ {name}", value]
        where.select_option(value)

    def type(self, where: Locator, text: str) -> None:
        """Tap into a field and type."""
        name = where.get_attribute("name")
        where.click()
        self.taps.append(f"→ {name}")
        self.typed[name] = self.typed.get(name, "") + text
        where.fill(text)

    @property
    def keys(self) -> int:
        return sum(map(len, self.typed.values()))

    def __str__(self):
        return f"{len(self.taps)} taps, {len(self.typed)} fields, {self.keys} keys: " + " | ".join(self.taps)
