"""Figures with their targets, printed as they come."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from django.db import connection

_PACKAGES: Final = ("Django", "channels", "daphne", "msgspec", "psycopg", "uvloop")


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of all values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass
class Report:
    """Prints figures and remembers which missed their target."""

    missed: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """Begin a group of figures."""
        print(f"\n{text}")  # noqa: T201

    def line(self, name: str, value: str, remark: str = "") -> None:
        """Print one line."""
        print(f"  {name:<50} {value:>12}  {remark}", flush=True)  # noqa: T201

    def figure(
        self,
        name: str,
        value: float,
        form: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> None:
        """Print a figure in a format such as ``{:.0f} ms``, and whether it will do."""
        if at_least is None and at_most is None:
            self.line(name, form.format(value))
            return
        ok = (at_least is None or value >= at_least) and (
            at_most is None or value <= at_most
        )
        word = "at least" if at_least is not None else "at most"
        aim = f"{word} {form.format(at_least if at_least is not None else at_most)}"
        self.line(name, form.format(value), f"{aim}: {'met' if ok else 'MISSED'}")
        if not ok:
            self.missed.append(f"{name}: {form.format(value)}, target {aim}")

    def machine(self) -> None:
        """Print what the figures were measured on."""
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (postgres,) = cursor.fetchone()
            cursor.execute("SHOW fsync")
            (fsync,) = cursor.fetchone()
            cursor.execute("SHOW synchronous_commit")
            (commit,) = cursor.fetchone()
        packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
        self.heading("Machine")
        self.line("processor", f"{os.cpu_count()} x {_processor()}")
        self.line("Python", platform.python_version())
        self.line("PostgreSQL", f"{postgres}, fsync {fsync}, commit {commit}")
        self.line("packages", packages)

    def close(self) -> None:
        """Say what was missed; the process then ends with 1."""
        if self.missed:
            self.heading("Missed")
            for text in self.missed:
                self.line(text, "")
            sys.exit(1)
        self.heading("All targets met.")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for text in info.read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or "unknown"
