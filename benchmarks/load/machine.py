"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """Processor, cores, versions and how busy the machine was before, in one line."""
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores of {model}, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}, load average {os.getloadavg()[0]:.2f} before the start."
    )
