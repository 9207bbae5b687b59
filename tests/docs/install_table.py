"""What works with zarr-python alone, the overlay and the fork: `python -m tests.docs.install_table`
writes it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from fork.fetch import ROOT
from tests.overlay.conftest import Folders, folders_in

PAGE: Final = ROOT / "docs" / "install.md"
PROBE: Final = Path(__file__).with_name("install_probe.py")
BEGIN: Final = "<!-- made by tests/docs/install_table.py: begin -->\n"
END: Final = "<!-- end -->\n"


def answers(folders: Folders) -> dict[str, dict[str, str]]:
    """What the probe says in each environment."""
    started = folders.started()
    return {
        "zarr-python alone": probe([folders.stock]),
        "overlay": probe([folders.stock, folders.overlay], started),
        "fork": probe([ROOT / "packages" / "zarr-crud" / "src"]),
    }


def probe(path: list[Path], started: str = "") -> dict[str, str]:
    """Run the probe with folders before what is installed for the tests."""
    code = f"{started}import runpy; runpy.run_path({str(PROBE)!r}, run_name='__main__')"
    env = {k: v for k, v in os.environ.items() if not k.startswith("ZARR_")}
    env["PYTHONPATH"] = os.pathsep.join(map(str, path))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def table(folders: Folders) -> str:
    """The table of the page."""
    columns = answers(folders)
    lines = [f"| | {' | '.join(columns)} |", f"|---{'|---' * len(columns)}|"]
    for row in columns["fork"]:
        cells = [column[row] for column in columns.values()]
        lines += [f"| {row} | {' | '.join(cells)} |"]
    return "\n".join(lines) + "\n"


def made() -> str:
    """The table that the page has."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write the table."""
    with tempfile.TemporaryDirectory() as name:
        text = table(folders_in(Path(name)))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
