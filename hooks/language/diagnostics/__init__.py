"""What can be wrong with a models.yml: the codes, their collector and the wording of messages."""

from __future__ import annotations

from .codes import GROUPS, Code
from .collector import Invalid, Problems
from .wording import did_you_mean, nearest, plain, show

__all__ = ["GROUPS", "Code", "Invalid", "Problems", "did_you_mean", "nearest", "plain", "show"]
