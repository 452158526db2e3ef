"""The file that says which devices to simulate, and with which keys."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

from monitoring.simulator.device import DEFAULT_SEED
from monitoring.simulator.profiles import DEFAULT_PROFILE, PROFILES

DEFAULT_INTERVAL: Final = 2.0


class BadFleet(ValueError):
    """A file no devices can be simulated from; the text never repeats a key."""


_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Entry(msgspec.Struct, frozen=True):
    """One device: its serial, a key that may post for it, seconds between readings.

    ``key`` is left out in the file where a gateway posts for the device.
    """

    serial: _Text
    key: str = ""
    interval: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] = DEFAULT_INTERVAL
    profile: str = DEFAULT_PROFILE


class GatewayEntry(msgspec.Struct, frozen=True):
    """A gateway's key, and the serials of the devices it posts for."""

    key: _Text
    devices: list[str]


class Fleet(msgspec.Struct, frozen=True):
    """All devices of one file, and the seed their patients grow from."""

    devices: Annotated[list[Entry], msgspec.Meta(min_length=1)]
    seed: int = DEFAULT_SEED
    gateways: list[GatewayEntry] = []


def read_fleet(path: Path) -> Fleet:
    """Return what a file of device keys says, every device with the key to use.

    Raises:
        BadFleet: missing, not of that form, an unknown profile, a serial given twice,
            a device for which no key is given.
    """
    try:
        fleet = msgspec.json.decode(path.read_bytes(), type=Fleet)
    except OSError as error:
        raise BadFleet(f"{path}: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise BadFleet(f"{path} is no file of device keys: {error}.") from None
    through = {serial: g.key for g in fleet.gateways for serial in g.devices}
    devices: dict[str, Entry] = {}
    for entry in fleet.devices:
        if entry.profile not in PROFILES:
            raise BadFleet(
                f"{path}: {entry.serial} has the profile {entry.profile!r}; known: "
                f"{', '.join(PROFILES)}."
            )
        if entry.serial in devices:
            raise BadFleet(f"{path}: {entry.serial} is there twice.")
        key = entry.key or through.get(entry.serial)
        if not key:
            raise BadFleet(f"{path}: {entry.serial} has no key and no gateway.")
        devices[entry.serial] = msgspec.structs.replace(entry, key=key)
    return msgspec.structs.replace(fleet, devices=list(devices.values()))
