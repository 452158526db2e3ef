"""Reading settings from the environment, strictly.

A value that cannot be meant (``DEBUG=maybe``, a retention of no days) stops the
start with one sentence naming the variable; nothing is guessed and nothing falls
back to a default in silence. An empty value counts as not given.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


class BadSetting(ImproperlyConfigured):
    """A variable is missing or makes no sense. The text is for whoever starts this."""


class Environment:
    """The variables of this process, and of a ``.env`` file for those not set."""

    def __init__(self, file: Path) -> None:
        if file.is_file():
            environ.Env.read_env(str(file))

    def text(self, name: str, default: str = "") -> str:
        """Return a text as it stands, without spaces around it."""
        return os.environ.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return yes or no: 1, true, yes, on; 0, false, no, off."""
        given = self.text(name).lower()
        if given and given not in _YES | _NO:
            raise BadSetting(f"{name} must be 1 or 0; it is {given!r}.")
        return given in _YES if given else default

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number between two bounds, both allowed."""
        given = self.text(name, str(default))
        if not given.isdecimal() or not least <= int(given) <= most:
            raise BadSetting(
                f"{name} must be a whole number from {least} to {most}; "
                f"it is {given!r}."
            )
        return int(given)

    def number(self, name: str, default: float, *, above: float = 0) -> float:
        """Return a number greater than ``above``."""
        given = self.text(name, str(default))
        try:
            value = float(given)
        except ValueError:
            value = float("nan")
        if not above < value < float("inf"):
            raise BadSetting(
                f"{name} must be a number above {above:g}; it is {given!r}."
            )
        return value

    def one_of(self, name: str, default: str, choices: Collection[str]) -> str:
        """Return one of a few words, in capitals."""
        given = self.text(name, default).upper()
        if given not in choices:
            raise BadSetting(
                f"{name} must be one of {', '.join(choices)}; it is {given!r}."
            )
        return given

    def hosts(self, name: str) -> list[str]:
        """Return host names; this machine's own where none are given."""
        given = [host.strip() for host in self.text(name).split(",") if host.strip()]
        if "*" in given:
            raise BadSetting(
                f"{name} must name the hosts that browsers and devices use, with "
                "commas between; * would let any page on the web pose as this one."
            )
        return given or sorted(LOOPBACK)

    def zone(self, name: str, default: str) -> str:
        """Return the name of a time zone."""
        given = self.text(name, default)
        if given not in available_timezones():
            raise BadSetting(
                f"{name} must be a name such as Europe/London; it is {given!r}."
            )
        return given

    def url(self, name: str, *schemes: str) -> str:
        """Return an address beginning with one of ``schemes``, or nothing."""
        given = self.text(name)
        if given and urlsplit(given).scheme not in schemes:
            # Not repeated here: it may hold a password.
            raise BadSetting(f"{name} must begin with {schemes[0]}://")
        return given

    def database(self, name: str) -> dict[str, Any] | None:
        """Return Django's description of a PostgreSQL database, or None."""
        given = self.url(name, "postgres", "postgresql")
        if not given:
            return None
        try:
            described: dict[str, Any] = environ.Env.db_url_config(given)
        except ValueError:
            raise BadSetting(f"{name} cannot be read: is its port a number?") from None
        if not described["NAME"]:
            raise BadSetting(f"{name} names no database after the host.")
        return described | {"ENGINE": "django.db.backends.postgresql"}

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings for sending mail."""
        given = self.text(name, default)
        if urlsplit(given).scheme not in environ.Env.EMAIL_SCHEMES:
            raise BadSetting(
                f"{name} must be like smtp+tls://user:password@host:587, or "
                "consolemail:// to print mails."
            )
        described: dict[str, Any] = environ.Env.email_url_config(given)
        return described


def must_be_given(name: str, what: str, *, is_given: bool) -> None:
    """Stop an installation that serves other machines from starting without ``name``.

    ``what`` is needed, says the sentence.
    """
    if not is_given:
        raise BadSetting(
            f"{name} is missing or too short. ALLOWED_HOSTS names more than this "
            f"machine, so {what} is needed."
        )
