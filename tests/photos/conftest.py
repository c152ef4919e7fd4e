"""A shelf of one's own for each test, and photos drawn by code."""

import pytest

from tests.people import claire, marie_herself, paul_himself, tom  # noqa: F401
from tests.photos import files
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, settings):
    """Photos lie in a folder that goes with the test."""
    settings.STORAGES = {**settings.STORAGES, "default": files.disk(tmp_path / "media")}
    return tmp_path / "media"


@pytest.fixture(scope="session")
def jpeg():
    """A plain photo, 800 × 600."""
    return files.jpeg()
