"""The folder `demo` of a city pack: names, texts and habits of merchants who do not exist."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Data:
    """The folder `demo` of a city pack, read. Each file says what its keys mean."""

    shops: list[dict]
    trades: dict
    hours: dict
    districts: dict
    people: dict
    contacts: dict
    desks: dict = field(default_factory=dict)  # a pack may do without: then nothing lies on the desks

    @classmethod
    def read(cls, folder: Path) -> "Data":
        """Raises FileNotFoundError where a pack has no such folder."""
        files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.toml")}
        missing = {"shops", "trades", "hours", "districts", "people", "contacts"} - files.keys()
        if missing:
            raise FileNotFoundError(
                f"{folder} lacks {', '.join(sorted(f'{name}.toml' for name in missing))}."
            )
        return cls(
            shops=files["shops"]["shop"],
            **{name: files[name] for name in ("trades", "hours", "districts", "people", "contacts")},
            desks=files.get("desks", {}),
        )

    def trade(self, category: str) -> dict:
        return self.trades.get(category) or self.trades["*"]
