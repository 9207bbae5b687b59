"""A server for each test, and stores on it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.remote.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@contextmanager
def without_environment(home: Path) -> Iterator[None]:
    """A store takes no settings from the environment of the tests, nor from files of the user."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "AZURE_", "GOOGLE_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "NETRC"):
            patch.setenv(name, str(home / "no such file"))
        yield


@pytest.fixture(autouse=True)
def no_environment(tmp_path: Path) -> Iterator[None]:
    """Each test is as without settings of the environment."""
    with without_environment(tmp_path):
        yield
