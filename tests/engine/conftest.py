"""Shared fixtures for tests of functions and methods that take an engine."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """The synchronous or the asynchronous interface."""
    name: str = request.param
    return name


@pytest.fixture(params=["reference", "zarrs", "auto", "zarr"])
def asked(request: pytest.FixtureRequest) -> str:
    """Every valid engine name."""
    name: str = request.param
    return name
