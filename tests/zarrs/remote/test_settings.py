"""The checks that all families share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zarr.zarrs._remote._settings import (
    NotNativeError,
    Settings,
    check_known,
    check_no_proxy,
    has_any,
    milliseconds,
)


def test_what_is_not_known_is_named() -> None:
    """Catches an unknown option that passes, or a reason without its name."""
    check_known("it", {"a": 1}, {"a", "b"})
    with pytest.raises(NotNativeError, match=r"it has options .*\['c', 'd'\]") as raised:
        check_known("it", ["d", "a", "c"], {"a"})
    assert raised.value.is_final


def test_a_proxy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches requests through a proxy that the library does not use."""
    check_no_proxy("it")
    monkeypatch.setenv("NO_PROXY", "localhost")
    check_no_proxy("it")
    monkeypatch.setenv("ALL_PROXY", "http://proxy:1")
    with pytest.raises(NotNativeError, match="proxy"):
        check_no_proxy("it")


def test_times_and_characters() -> None:
    """Catches a fraction of a second that is cut off."""
    assert milliseconds(0.25) == "250ms"
    assert milliseconds(5) == "5000ms"
    assert has_any(frozenset("%#"), "a#b")
    assert not has_any(frozenset("%#"), "a/b")


def test_settings_are_not_shown() -> None:
    """Catches a key in a message or a log."""
    settings = Settings("s3", config=[("secret_access_key", "SECRET")])
    assert "SECRET" not in f"{settings!r} {settings}"


LOCAL = """
import sys
sys.modules["urllib.request"] = None
import zarr
array = zarr.create_array(sys.argv[1], shape=3, dtype="i2", engine="zarrs")
array[...] = 7
print(array[...].sum())
"""


def test_local_files_load_nothing_that_speaks_http(tmp_path: Path) -> None:
    """Catches an import that makes every process with an engine start later."""
    command = [sys.executable, "-c", LOCAL, str(tmp_path / "a.zarr")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "21"), done.stderr
