"""A server for each test, and no settings from the environment of the tests."""

from tests.remote.fixtures import no_environment, server

__all__ = ["no_environment", "server"]
