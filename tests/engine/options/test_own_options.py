"""Engine options that one array was given."""

from __future__ import annotations

import pickle
from dataclasses import fields
from typing import Any

import pytest

import zarr
from zarr._engine.options.fields import EngineOptions
from zarr._engine.options.own_options import (
    NONE_GIVEN,
    SHARED,
    UNSET,
    OwnOptions,
    given_by,
    own_options,
)
from zarr.core.array_spec import ArrayConfig
from zarr.crud import Options

GIVEN = {"concurrency": 2, "missing_chunks": "error"}
BEFORE = OwnOptions(GIVEN, frozenset({"read_missing_chunks"}))


def test_the_typed_options_are_those_of_the_functions() -> None:
    """Catches an option that type checkers refuse, or that only they know."""
    typed = EngineOptions.__annotations__
    assert list(typed) == [field.name for field in fields(Options)]
    assert typed.keys() >= SHARED.keys()
    assert all(hasattr(ArrayConfig("C", False), setting) for setting in SHARED.values())


@pytest.mark.parametrize(
    ("data", "options", "settings"),
    [
        ({}, GIVEN, {"read_missing_chunks"}),
        ({"engine_options": {}}, GIVEN, {"read_missing_chunks"}),
        ({"engine_options": None}, {}, set()),
        ({"engine_options": {"concurrency": None}}, {"missing_chunks": "error"},
         {"read_missing_chunks"}),
        ({"engine_options": {"concurrency": 3}}, {"concurrency": 3, "missing_chunks": "error"},
         {"read_missing_chunks"}),
        ({"engine_options": {"missing_chunks": "fill"}},
         {"concurrency": 2, "missing_chunks": "fill"}, set()),
        ({"read_missing_chunks": True}, {"concurrency": 2}, {"read_missing_chunks"}),
        ({"write_empty_chunks": True}, GIVEN, {"read_missing_chunks", "write_empty_chunks"}),
        ({"read_missing_chunks": False, "engine_options": {"missing_chunks": "error"}},
         GIVEN, set()),
        ({"read_missing_chunks": False, "engine_options": None}, {}, {"read_missing_chunks"}),
        ({"engine_options": OwnOptions({"memory_pool": 0})}, {"memory_pool": 0}, set()),
    ],
)  # fmt: skip
def test_options_are_added_to_those_given_before(
    data: dict[str, Any], options: dict[str, Any], settings: set[str]
) -> None:
    """Catches an option that is lost, that cannot be removed, or that hides a later setting."""
    found = given_by(data, BEFORE)
    assert found == options
    assert found.settings == settings


@pytest.mark.parametrize(
    ("option", "value", "setting"),
    [
        ("missing_chunks", "error", True),
        ("missing_chunks", "fill", False),
        ("write_empty_chunks", True, False),
        ("coalesce_max_gap", 5, 6),
        ("coalesce_max_bytes", 5, 6),
    ],
)
def test_two_names_with_two_meanings_are_refused(option: str, value: Any, setting: Any) -> None:
    """Catches one of two arguments that silently takes precedence."""
    name = SHARED[option]
    with pytest.raises(ValueError, match=f"{name}={setting!r} contradicts {option}={value!r}"):
        given_by({"engine_options": {option: value}, name: setting})


def test_own_options_are_a_mapping_that_keeps_its_source() -> None:
    """Catches configurations that differ because of a setting's source, or have no hash."""
    again = pickle.loads(pickle.dumps(BEFORE))
    assert again == BEFORE == GIVEN
    assert again.settings == BEFORE.settings
    other = OwnOptions(dict(reversed(GIVEN.items())))
    assert other == BEFORE
    assert hash(other) == hash(BEFORE)
    assert repr(BEFORE) == repr(GIVEN)


def test_a_config_that_is_constructed_gives_what_differs_from_the_configuration() -> None:
    """Catches an object's value that a setting overrides, or a default that overrides one."""
    config = ArrayConfig("C", True)
    nothing: tuple[Any, ...] = (UNSET, None, {})
    for given in nothing:
        assert own_options(given, config).settings == {"write_empty_chunks"}
    assert own_options(NONE_GIVEN, config) is NONE_GIVEN
    with zarr.config.set({"array.write_empty_chunks": True}):
        assert own_options(UNSET, config).settings == set()
