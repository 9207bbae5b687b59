"""What the tests of functions and methods that take an engine share."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two interfaces is called."""
    name: str = request.param
    return name


@pytest.fixture(params=["reference", "zarrs", "auto", "zarr"])
def asked(request: pytest.FixtureRequest) -> str:
    """Every name that is no error."""
    name: str = request.param
    return name
