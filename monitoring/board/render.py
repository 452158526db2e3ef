"""Turning a picture into HTML: the page and every socket use these and no other."""

from functools import partial
from typing import Any, Final, Literal

from django.template.loader import get_template

from hospital.words import span
from monitoring.board.picture import Tile, WardPicture
from monitoring.board.states import blank_after, state_of
from monitoring.vitals import VITALS, VitalName
from wards.devices.models import stale_after
from wards.devices.words import is_drifted, skew_in_words

Cell = dict[str, Any]
Naming = Literal["names", "initials"]

CELLS: Final[tuple[tuple[VitalName, ...], ...]] = (
    ("heart_rate",),
    ("spo2",),
    ("respiratory_rate",),
    ("systolic", "diastolic", "mean_pressure"),
    ("temperature",),
    ("pulse_rate",),
    ("etco2",),
    ("glucose",),
    ("weight",),
)
"""A place for every vital, in the same place on every tile, so that nothing moves.

The last four, which few devices measure, are written only once seen.
"""

_SMALL: Final = frozenset({"pulse_rate", "etco2", "glucose", "weight"})
_LIVE: Final = partial(get_template, "board/live.html")
_PRESSURE: Final = ("BP", "Blood pressure, systolic over diastolic, mean in brackets")
_TREND_TEXT: Final = {"up": "rising", "down": "falling", "steady": "steady"}
_TREND_SIGN: Final = {"up": "↑", "down": "↓", "steady": "→"}


def render_live(tile: Tile, *, now: int) -> str:
    """Return the changing part of one bed, for swapping out of band by its id.

    The same text fits the board and the patient's page. ``now`` is in milliseconds
    since 1970 UTC.
    """
    context = {"live": live_context(tile, now=now), "oob": True}
    return _LIVE().render(context).strip()


def render_board(picture: WardPicture, *, now: int, naming: Naming) -> str:
    """Return a whole board, for swapping out of band."""
    context = board_context(picture, now=now, naming=naming)
    context |= {"oob": True}
    return get_template("board/ward.html#board").render(context).strip()


def render_now(tile: Tile, picture: WardPicture, *, now: int) -> str:
    """Return all that is live on a patient's page, for swapping out of band."""
    context = {"tile": tile, "picture": picture, "live": live_context(tile, now=now)}
    context |= {"oob": True}
    return get_template("patient/patient.html#now").render(context).strip()


def render_closed() -> str:
    """Return what wipes a page whose user may not look any more."""
    return get_template("board/closed.html").render({})


def board_context(
    picture: WardPicture, *, now: int, naming: Naming
) -> dict[str, object]:
    """What the board's template needs: full tiles, and beds with nobody in them."""
    occupied = [tile for tile in picture.tiles if tile.occupant]
    return {
        "picture": picture,
        "private": naming == "initials",
        "tiles": [
            {"tile": tile, "live": live_context(tile, now=now)} for tile in occupied
        ],
        "free": [t for t in picture.tiles if not t.occupant and t.bed.in_use],
        "closed": [t for t in picture.tiles if not t.occupant and not t.bed.in_use],
        "density": _density(len(occupied)),
        "now": now,
    }


def live_context(tile: Tile, *, now: int) -> dict[str, Any]:
    """What the template of a bed's changing part needs, all texts made up."""
    assert tile.occupant is not None
    return {
        "admission": str(tile.occupant.admission_id),
        "cells": [
            _cell(tile, names, now)
            for names in CELLS
            if names[0] not in _SMALL or names[0] in tile.values
        ],
    } | _signal(tile, now)


def _density(occupied: int) -> str:
    """How closely tiles must stand for a ward to fit its screen."""
    if occupied <= 16:
        return "roomy"
    return "dense" if occupied <= 36 else "tight"


def _cell(tile: Tile, names: tuple[VitalName, ...], now: int) -> Cell:
    """One place on a tile: a vital, or the three pressures of one measurement."""
    vital = VITALS[names[0]]
    numbers = [_number(tile, name, now) for name in names]
    ages = [number["age"] for number in numbers if number["age"] is not None]
    # An arrow beside a number that is not live would speak of another time.
    is_live = numbers[0]["state"] == "live"
    trend = tile.trends.get(names[0]) if is_live else None
    is_off = any(number["state"] == "off" for number in numbers)
    short, label = _PRESSURE if len(names) > 1 else (vital.short, vital.label)
    return {
        "name": names[0],
        "short": short,
        "label": label,
        "unit": vital.unit_label,
        "small": names[0] in _SMALL,
        "numbers": numbers,
        "off": is_off,
        # The oldest of the three speaks for a pressure.
        "note": "sensor off" if is_off else span(max(ages)) if ages else "",
        "trend": trend,
        "trend_sign": _TREND_SIGN.get(trend or ""),
        "trend_text": _TREND_TEXT.get(trend or ""),
    }


def _number(tile: Tile, name: VitalName, now: int) -> Cell:
    value = tile.values.get(name)
    if value is None or tile.device is None:
        return {"name": name, "state": "none", "text": "--", "age": None}
    interval = tile.device.interval_of(name)
    state = state_of(value, now=now, interval=interval)
    number = value.value if state in ("live", "stale") else None
    return {
        "name": name,
        "state": state,
        "text": "--" if number is None else VITALS[name].shown(number),
        "at": str(value.true_at),
        "stale": f"{stale_after(interval) * 1000:.0f}",
        "blank": f"{blank_after(interval) * 1000:.0f}",
        "age": (now - value.true_at) / 1000,
    }


def _signal(tile: Tile, now: int) -> dict[str, Any]:
    """What the tile says of the device as a whole."""
    device, contact = tile.device, tile.contact
    if device is None:
        return {"signal": "none", "words": "No monitor"}
    since = contact.heard or device.since
    quiet = (now - since) / 1000
    silent = quiet > device.silent_after
    silent_words = "Device silent" if contact.heard else "Nothing received for"
    if silent:
        words = f"{silent_words} {span(quiet)}"
    else:
        words = "" if contact.heard else "Waiting for the first reading"
    if not device.in_service:
        words = f"Device: {device.status.lower()}"
    battery = contact.battery
    return {
        "signal": "silent" if silent else "ok" if contact.heard else "waiting",
        "words": words,
        "heard": str(since),
        "silent_words": silent_words,
        "silent_after": f"{device.silent_after * 1000:.0f}",
        "battery": None if battery is None else f"{battery:.0f}",
        "battery_low": battery is not None and battery <= _BATTERY_LOW,
        "skew": (
            f"device clock {skew_in_words(contact.skew)}"
            if is_drifted(contact.skew)
            else ""
        ),
    }


_BATTERY_LOW: Final = 20
"""Percent at which the battery is drawn heavily: a rule for drawing, no alarm."""
