"""Options that callers give: by field, and checked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from zarr._engine.options.checks import FIELDS, checked
from zarr.crud import Options


def check(options: Any) -> dict[str, Any]:
    """Check options under names that the errors must contain."""
    return checked(options, "the whole", "each {} or {}")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, {}),
        ({"concurrency": 2}, {"concurrency": 2}),
        ({"concurrency": None}, {"concurrency": None}),
        ({"missing-chunks": "error"}, {"missing_chunks": "error"}),
        ({"validate_checksums": 0}, {"validate_checksums": False}),
    ],
)
def test_options_are_given_by_field(options: Any, found: dict[str, Any]) -> None:
    """Catches an unknown spelling from the configuration, or a `None` that becomes a value."""
    assert check(options) == found
    assert [type(value) for value in check(options).values()] == [type(v) for v in found.values()]


def test_an_object_of_options_gives_every_field() -> None:
    """Catches a default of the object that the configuration overrides."""
    options = Options(concurrency=3, durability="fsync")
    assert check(options) == {field.name: getattr(options, field.name) for field in fields(Options)}
    assert len(FIELDS) == len(check(options)) > 9


@pytest.mark.parametrize("options", [5, None, "concurrency", [("concurrency", 1)], Options])
def test_values_of_other_types_are_refused(options: Any) -> None:
    """Catches a bare `AttributeError`, or a list of pairs that is treated as no options."""
    with pytest.raises(TypeError, match=r"^the whole is .*use a mapping"):
        check(options)


@pytest.mark.parametrize("name", ["concurency", "", 5, None, ("a", "b"), "Concurrency"])
def test_a_name_that_is_no_option_is_refused(name: Any) -> None:
    """Catches a misspelled option without effect, or an error of `str.replace`."""
    with pytest.raises(TypeError) as caught:
        check({name: 1})
    assert str(caught.value).startswith(f"the whole names {name!r}, which is not an option; use ")
    assert all(field in str(caught.value) for field in FIELDS)


@pytest.mark.parametrize(
    ("option", "value"),
    [("concurrency", 0), ("concurrency", "2"), ("memory_pool", -1), ("locking", "none")],
)
def test_an_invalid_value_is_refused_under_the_name_that_the_caller_knows(
    option: str, value: Any
) -> None:
    """Catches an error that names the field of an object that the caller never made."""
    with pytest.raises(ValueError, match=f"^each {option} or {option.upper()} is {value!r}; use"):
        check({option: value})
