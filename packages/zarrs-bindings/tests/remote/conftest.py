"""A server for each test."""

from tests.remote.fixtures import no_environment, server

__all__ = ["no_environment", "server"]
