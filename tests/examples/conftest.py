"""What is in this folder for tests, and is none."""

from __future__ import annotations

# If pytest imported it, it would be found in the place of PyTorch.
collect_ignore = ["stand_in"]
