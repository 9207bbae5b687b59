"""Helpers for the tests of the extension, which are beside its crate."""
