"""The engine that a caller requests, from the keyword to the array."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.backends import Recording
from zarr._engine.engines.names import Asked
from zarr._engine.keyword.requested import (
    asks_engine_alone,
    engine_of,
    groups_ignore_engine,
    inherit,
    with_engine,
)
from zarr.core.array_spec import ArrayConfig

BACKEND = Recording()
CONFIGS: list[tuple[Any, Any]] = [
    (None, None),
    ({}, None),
    ({"order": "F"}, None),
    ({"engine": None}, None),
    ({"engine": "zarr"}, "zarr"),
    ({"engine": "zarrs", "order": "F"}, "zarrs"),
    ({"engine": Asked("auto")}, "auto"),
    ({"engine": BACKEND}, BACKEND),
    (ArrayConfig("C", False), None),
    (ArrayConfig("F", False, engine="zarrs"), "zarrs"),
]
"""Configurations, and the engine that each names."""


@pytest.mark.parametrize(("config", "engine"), CONFIGS)
def test_a_config_names_an_engine_or_none(config: Any, engine: Any) -> None:
    """Catches a default of a configuration object that is treated as a request."""
    assert engine_of(config) == engine


@pytest.mark.parametrize(("config", "engine"), CONFIGS)
def test_a_request_is_added_to_the_config_unless_that_names_another(
    config: Any, engine: Any
) -> None:
    """Catches one of two engines that silently takes precedence, or settings that are lost."""
    assert with_engine(config, None) is config
    if engine not in (None, "zarrs"):
        with pytest.raises(ValueError, match="'zarrs' contradicts the engine"):
            with_engine(config, "zarrs")
        assert inherit(config, "zarrs") is config
        return
    for made in (with_engine(config, "zarrs"), inherit(config, "zarrs")):
        assert engine_of(made) == "zarrs"
        before = config if isinstance(config, dict) else vars(config or ArrayConfig("C", False))
        after = made if isinstance(made, dict) else vars(made)
        assert after.get("order", "C") == before.get("order", "C")
    assert inherit(config, None) is config


def test_a_config_with_nothing_but_the_keyword_is_told_from_others() -> None:
    """Catches a config that a group refuses because of `engine=`, or one that it ignores."""
    refused: list[Any] = []
    refuse = groups_ignore_engine(refused.append)
    for config in ({"engine": Asked("zarrs")}, {"engine": "zarrs"}, {}, None, [("engine", 1)]):
        refuse(config)
    assert refused == [{"engine": "zarrs"}, {}, None, [("engine", 1)]]
    assert not asks_engine_alone({"engine": Asked("zarrs"), "order": "F"})
