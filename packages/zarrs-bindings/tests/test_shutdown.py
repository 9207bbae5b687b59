"""The interpreter exits while Rust code is running."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from tests.patience import HANG

if TYPE_CHECKING:
    from pathlib import Path


CHILD = """
    import sys, threading
    from pathlib import Path
    from tests.bindings.support import document, local
    ours = local(Path(sys.argv[1]), document((1 << 14, 1 << 14), (4, 4)))
    started = threading.Event()
    def read():
        started.set()
        ours.read_all()
    threading.Thread(target=read, daemon=True).start()
    started.wait()
"""


def test_the_interpreter_may_end_while_a_read_runs(tmp_path: Path) -> None:
    """Catches a crash or a hang at exit."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
