"""No settings from the environment of the tests."""

from tests.remote.fixtures import no_environment

__all__ = ["no_environment"]
