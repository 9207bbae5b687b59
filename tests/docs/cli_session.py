"""The sessions of the page on the command line: `python -m tests.docs.cli_session` writes them."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

import zarr
from fork.fetch import ROOT
from tests.crud.cli.running import COMMAND, own_environment
from zarr.codecs import Crc32cCodec, ZstdCodec
from zarr.storage import LocalStore

PAGE: Final = ROOT / "docs" / "cli.md"
BEGIN: Final = "<!-- made by tests/docs/cli_session.py: {} -->\n"
END: Final = "<!-- end -->\n"

COMMANDS: Final = (
    "zarr-crud tree ocean.zarr",
    "zarr-crud info ocean.zarr/depth",
    "zarr-crud ls -lr ocean.zarr",
    "zarr-crud cat ocean.zarr/depth '0:2, :5'",
    "zarr-crud cat ocean.zarr/depth '0:2, :5' --format csv",
    "zarr-crud repack ocean.zarr/depth new.zarr --shards 180,360 --dry-run",
    "zarr-crud repack ocean.zarr/depth new.zarr --shards 180,360 --compressor zstd:checksum=true",
    "zarr-crud diff ocean.zarr/depth new.zarr",
    "zarr-crud chunks ocean.zarr/depth",
    "zarr-crud verify new.zarr --digest",
    "zarr-crud info ocean.zarr/dept",
    "zarr-crud cat ocean.zarr/depth '9:4:0'",
)

DOCTOR: Final = "zarr-crud doctor ocean.zarr/heat"


def make(folder: Path) -> None:
    """Write what the sessions look at."""
    root = zarr.create_group(LocalStore(folder / "ocean.zarr"), attributes={"title": "An ocean"})
    depth = np.add.outer(np.arange(180), np.arange(360)).astype("i4")
    # Chunks of the fill value are not stored.
    depth[60:, :90] = 0
    root.create_array("depth", data=depth, chunks=(60, 90), attributes={"unit": "m"})
    heat = np.round(np.random.default_rng(7).normal(10, 3, (24, 360, 720)), 2).astype("f4")
    chain = [ZstdCodec(level=3), Crc32cCodec()]
    root.create_array(
        "heat", data=heat, chunks=(12, 90, 90), shards=(12, 360, 720), compressors=chain
    )


def session(folder: Path, commands: tuple[str, ...]) -> str:
    """What a terminal shows."""
    shown = []
    for command in commands:
        arguments = [*COMMAND, *shlex.split(command)[1:]]
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=own_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        # The seconds that a repack took.
        text = re.sub(r"(?m)(?<=  )\d+\.\d$", "0.0", done.stdout)
        shown.append(f"$ {command}\n{text}")
    return f"```\n{'\n'.join(shown)}```\n"


def made(name: str) -> str:
    """The session that the page has."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN.format(name))[2].partition(END)[0]


def rows(text: str) -> list[str]:
    """The first words of the lines of `doctor`, which do not depend on the machine."""
    found = re.findall(r"^  ([a-z]+(?:, fused)?)  |^(read|time) ", text, re.MULTILINE)
    return [way or title for way, title in found]


def main() -> None:
    """Write both."""
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        for part, commands in (("begin", COMMANDS), ("doctor", (DOCTOR,))):
            text, start = PAGE.read_text(encoding="utf-8"), BEGIN.format(part)
            before, _, rest = text.partition(start)
            after = rest.partition(END)[2]
            new = session(Path(name), commands)
            PAGE.write_text(f"{before}{start}{new}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
