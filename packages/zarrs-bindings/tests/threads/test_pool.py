"""The threads of a forked child."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from tests.patience import HANG

if TYPE_CHECKING:
    from pathlib import Path


CHILD = """
    import os, sys
    import numpy as np
    from pathlib import Path
    from tests.bindings.support import *
    text = document((400, 400), (40, 40), codecs=(LITTLE, ZSTD))
    ours = local(Path(sys.argv[1]), text)
    ours.write_all(ramp((400, 400)))
    assert (ours.read_all() == ramp((400, 400))).all()
    children = [os.fork() for _ in range(1)]
    value = -ramp((400, 400)) if children == [0] else ramp((400, 400))
    ours.write(value[:200] if children == [0] else value[200:],
               ((0, 1, 200) if children == [0] else (200, 1, 200)), (0, 1, 400))
    got = ours.read((0, 1, 200) if children == [0] else (200, 1, 200), (0, 1, 400))
    assert (got == (value[:200] if children == [0] else value[200:])).all()
    if children == [0]:
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
    print("both")
"""


def test_a_forked_child_works_after_use_in_the_parent(tmp_path: Path) -> None:
    """Catches a hang on threads or locks that the child does not have."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("both\n", 0), done.stderr
