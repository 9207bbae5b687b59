"""The settings of hypothesis for all tests of the project."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def load() -> None:
    """Choose the settings."""
    settings.register_profile(
        "default",
        deadline=None,
        print_blob=True,
        # In CI a change must not fail because of code that it did not touch; elsewhere every run
        # tries new examples.
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("default")
