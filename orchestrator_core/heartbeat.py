"""How a gateway tells its wardens that all is well. Knows nothing of what "well" depends on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A file of one process. Its wardens end their CLIs `seconds` after the last beat.

    That is also when the process is paused, or cut off from what it must ask. A warden looks
    twice a second.
    """

    path: Path
    seconds: float

    def beat(self, at: float) -> None:
        """`at` is a `time.monotonic()` of *before* that was asked which the beat stands for.

        A beat must come before the first CLI is started: it is measured by the file it finds.
        """
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(f"{at:.3f}")
        fresh.replace(self.path)
