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
        # A change is not to fail for what it did not touch; elsewhere every run looks further.
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("default")
