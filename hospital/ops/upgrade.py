"""Renew the pins of the requirements files: what `make upgrade` runs.

pip chooses the newest versions that fit together; what it installed is then written
back, so that a pinned set is always one that has been installed as a whole.
"""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

FILES: Final = (Path("requirements.txt"), Path("requirements-dev.txt"))

HELD: Final = {"Django": "Django<5.3"}
"""What may not simply go to the newest: Django stays on its long-term line."""

_PIN: Final = re.compile(
    r"^(?P<name>[\w.-]+)(?P<extras>\[[\w,]+\])?==.+$", re.MULTILINE
)


def main() -> None:
    """Upgrade every pinned package and rewrite the pins."""
    wanted = [
        HELD.get(pin["name"], pin["name"] + (pin["extras"] or ""))
        for file in FILES
        for pin in _PIN.finditer(file.read_text())
    ]
    pip = [sys.executable, "-m", "pip", "install", "--upgrade", "--quiet"]
    subprocess.run([*pip, *wanted], check=True)  # noqa: S603
    for file in FILES:
        file.write_text(_PIN.sub(_installed, file.read_text()))


def _installed(pin: re.Match[str]) -> str:
    return f"{pin['name']}{pin['extras'] or ''}=={version(pin['name'])}"


if __name__ == "__main__":
    main()
