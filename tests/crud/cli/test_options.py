"""Options of file systems, as `name=value`."""

from __future__ import annotations

import pytest

from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.options import parsed


def test_values_are_json_or_text() -> None:
    """Catches a flag that is passed as text, or a secret that is taken for a number."""
    assert parsed(["anon=true", "key=me", "token=null", "n=3", 'id="3"', "url=http://a?b=c"]) == {
        "anon": True, "key": "me", "token": None, "n": 3, "id": "3", "url": "http://a?b=c",
    }  # fmt: skip


def test_dots_are_members() -> None:
    """Catches a mapping that replaces another."""
    assert parsed(["a.b=1", "a.c.d=x"]) == {"a": {"b": 1, "c": {"d": "x"}}}


@pytest.mark.parametrize("given", [["SECRET"], ["=SECRET"], ["a..b=SECRET"], ["a=SECRET", "a.b=1"]])
def test_what_is_no_option_is_refused_without_its_value(given: list[str]) -> None:
    """Catches a secret in a message."""
    with pytest.raises(UsageError) as raised:
        parsed(given)
    assert "SECRET" not in str(raised.value)
