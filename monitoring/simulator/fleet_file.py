"""The file that says which devices to simulate, and with which keys."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

from monitoring.simulator.device import DEFAULT_SEED
from monitoring.simulator.profiles import DEFAULT_PROFILE, PROFILES

DEFAULT_INTERVAL: Final = 2.0


class BadFleet(ValueError):
    """A file no devices can be simulated from; the text never repeats a key."""


class Entry(msgspec.Struct, frozen=True):
    """One device: its serial, a key that may post for it, seconds between readings."""

    serial: Annotated[str, msgspec.Meta(min_length=1)]
    key: Annotated[str, msgspec.Meta(min_length=1)]
    interval: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] = DEFAULT_INTERVAL
    profile: str = DEFAULT_PROFILE


class Fleet(msgspec.Struct, frozen=True):
    """All devices of one file, and the seed their patients grow from."""

    devices: Annotated[list[Entry], msgspec.Meta(min_length=1)]
    seed: int = DEFAULT_SEED


def read_fleet(path: Path) -> Fleet:
    """Return what a file of device keys says.

    Raises:
        BadFleet: missing, not of that form, an unknown profile, a serial given twice.
    """
    try:
        fleet = msgspec.json.decode(path.read_bytes(), type=Fleet)
    except OSError as error:
        raise BadFleet(f"{path}: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise BadFleet(f"{path} is no file of device keys: {error}.") from None
    seen: set[str] = set()
    for entry in fleet.devices:
        if entry.profile not in PROFILES:
            raise BadFleet(
                f"{path}: {entry.serial} has the profile {entry.profile!r}; known: "
                f"{', '.join(PROFILES)}."
            )
        if entry.serial in seen:
            raise BadFleet(f"{path}: {entry.serial} is there twice.")
        seen.add(entry.serial)
    return fleet
