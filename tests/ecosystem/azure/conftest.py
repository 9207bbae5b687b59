"""A server for `./dev test-ecosystem`, which installs it; `./dev test` collects nothing here."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ecosystem.azure.servers import azurite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ecosystem.azure.servers import Account

collect_ignore_glob = [] if "AZURITE" in os.environ else ["test_*.py"]
numbers = count()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store takes no settings from whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Azurite."""
    folder = Path(os.environ["AZURITE"]).resolve()
    with azurite(folder, tmp_path_factory.mktemp("azurite")) as found:
        yield found


@pytest.fixture
def prefix() -> str:
    """A name that no other test uses; with signs that must be sent as they are."""
    return f"a b/ä{next(numbers)}"
