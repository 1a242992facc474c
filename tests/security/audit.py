"""Known weaknesses of all locked packages: `make audit`, or `python -m tests.security.audit`.

pip-audit ends alike when it has found a weakness and when nobody answered it, and then with a
traceback. Here these are told apart: 1 is a weakness, 75 that about some package nothing is known.
(`make` itself ends with 2 after either, and names the number.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements.lock"
WEAK = 1
# By convention: it may succeed later.
UNKNOWN = os.EX_TEMPFAIL
_MOST_NAMES = 5


def audit(lock: Path) -> int:
    """Ask about all packages of a lock file, say in a few lines what came of it; the exit code."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"),
            *("--progress-spinner", "off", "--format", "json", "-r", str(lock)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return verdict(done.stdout, done.stderr)


def verdict(report: str, errors: str) -> int:
    """What pip-audit's report means; says so, and gives the exit code."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        _say(f"pip-audit got no answer: {_reason(errors)}")
        return _unknown()
    weak = [package for package in packages if package.get("vulns")]
    for package in weak:
        for weakness in package["vulns"]:
            mended = ", ".join(weakness.get("fix_versions", ())) or "no version yet"
            _say(f"{package['name']} {package['version']}: {weakness['id']}, mended in: {mended}")
    unanswered = [package["name"] for package in packages if "skip_reason" in package]
    if unanswered:
        more = ", …" if len(unanswered) > _MOST_NAMES else ""
        names = ", ".join(unanswered[:_MOST_NAMES]) + more
        _say(f"No answer about {len(unanswered)} of {len(packages)} packages: {names}")
    if weak:
        return WEAK
    if unanswered or not packages:
        return _unknown()
    print(f"No known weakness in {len(packages)} packages.")
    return 0


def _unknown() -> int:
    _say(
        "Without an answer of the Python Package Index nothing is known. Run this where its own "
        "service can be reached (a mirror does not tell weaknesses), or set HTTPS_PROXY."
    )
    return UNKNOWN


def _reason(errors: str) -> str:
    """The last line of a traceback says what happened."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing."


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(audit(LOCK))
