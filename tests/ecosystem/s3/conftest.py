"""Servers for `./dev test-ecosystem`, which installs them; `./dev test` collects nothing here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ecosystem.s3.servers import moto, s3s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ecosystem.s3.servers import Account

BINARIES = Path(os.environ.get("S3_SERVERS", "")).resolve()

collect_ignore_glob = [] if "S3_SERVERS" in os.environ else ["test_*.py"]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store takes no settings from whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def s3s_fs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """s3s-fs."""
    with s3s(BINARIES, tmp_path_factory.mktemp("s3s-fs")) as account:
        yield account


@pytest.fixture(scope="session")
def free_moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """moto that takes every key."""
    with moto(BINARIES, tmp_path_factory.mktemp("moto")) as account:
        yield account


@pytest.fixture(params=["s3s_fs", "free_moto"])
def account(request: pytest.FixtureRequest) -> Account:
    """Both servers."""
    found: Account = request.getfixturevalue(request.param)
    return found
