"""Published files are downloaded once and checked by hash; a fake replaces the package client."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fork import ForkError, fetch
from fork.pin import Pin
from tests.fork.conftest import refusal

RIGHT = b"right"
PIN = Pin("1.2.3", sha256(RIGHT).hexdigest(), sha256(b"sdist").hexdigest(), "0")


@dataclass
class Client:
    """A fake package client: its answers, and the requests that it received."""

    files: dict[str, bytes] = field(default_factory=dict)
    error: str | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        wanted = Path(command[command.index("--requirement") + 1]).read_text()
        kind = next(word for word in command if word in ("--only-binary", "--no-binary"))
        self.asked.append((kind, wanted))
        for name, data in self.files.items():
            Path(command[command.index("--dest") + 1], name).write_bytes(data)
        return subprocess.CompletedProcess(command, self.error is not None, "", self.error or "")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr(fetch, "_CACHE", tmp_path / "cache")
    monkeypatch.setattr(subprocess, "run", made.run)
    return made


def test_a_file_is_downloaded_by_its_hash_and_once(client: Client) -> None:
    """Catches a build that needs the network each time, or accepts any file of that name."""
    client.files = {"zarr-1.2.3-py3-none-any.whl": RIGHT, "other-1.whl": b""}
    found = [fetch.fetch_wheel(PIN), fetch.fetch_wheel(PIN)]
    assert client.asked == [("--only-binary", f"zarr===1.2.3 --hash=sha256:{PIN.wheel_sha256}")]
    assert [path.read_bytes() for path in found] == [RIGHT, RIGHT]
    assert [path.name for path in found[0].parent.iterdir()] == ["zarr-1.2.3-py3-none-any.whl"]


def test_a_cached_file_with_another_hash_is_downloaded_again(client: Client) -> None:
    """Catches half a download, or the file of an earlier pin, that counts as the pinned file."""
    client.files = {"zarr-1.2.3-py3-none-any.whl": b"half"}
    fetch.fetch_wheel(PIN)
    client.files = {"zarr-1.2.3-py3-none-any.whl": RIGHT}
    assert fetch.fetch_wheel(PIN).read_bytes() == RIGHT
    assert len(client.asked) == 2


def test_the_source_distribution_has_a_hash_of_its_own(client: Client) -> None:
    """Catches a source distribution that is checked against the hash of the wheel."""
    client.files = {"zarr-1.2.3.tar.gz": b"sdist"}
    assert fetch.fetch_sdist(PIN).read_bytes() == b"sdist"
    assert client.asked == [("--no-binary", f"zarr===1.2.3 --hash=sha256:{PIN.sdist_sha256}")]


def test_a_release_that_is_not_pinned_comes_in_both_forms(client: Client) -> None:
    """Catches a bump that requires the very hash that it is meant to find."""
    client.files = {"zarr-1.3.0-py3-none-any.whl": b"w", "zarr-1.3.0.tar.gz": b"s"}
    wheel, sdist = fetch.fetch_release("1.3.0")
    assert (wheel.read_bytes(), sdist.read_bytes()) == (b"w", b"s")
    assert client.asked == [("--only-binary", "zarr===1.3.0"), ("--no-binary", "zarr===1.3.0")]


@pytest.mark.parametrize(
    ("error", "words"), [("WARNING: a\nERROR: no match.\n", "(ERROR: no match)"), ("", "(no mess")]
)
def test_a_client_that_fails_is_quoted_in_one_sentence(
    client: Client, error: str, words: str
) -> None:
    """Catches a page of output from the package client, or a missing file without a reason."""
    client.error = error
    with pytest.raises(ForkError, match=r"could not get `zarr===1\.2\.3 --hash=sha256:") as raised:
        fetch.fetch_wheel(PIN)
    assert words in refusal(raised)
    assert list(fetch._CACHE.iterdir()) == []


def test_another_project_has_files_of_its_own(client: Client) -> None:
    """Catches a source distribution of another project that is taken for zarr's."""
    client.files = {"zarr-1.2.3.tar.gz": b"sdist", "other-1.2.3.tar.gz": RIGHT}
    found = fetch.fetch_other("other", "1.2.3", PIN.wheel_sha256)
    assert found.read_bytes() == RIGHT
    assert client.asked == [("--no-binary", f"other===1.2.3 --hash=sha256:{PIN.wheel_sha256}")]
    assert [path.name for path in found.parent.iterdir()] == ["other-1.2.3.tar.gz"]
