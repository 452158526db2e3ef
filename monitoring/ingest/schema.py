"""What a device may say: decoding and checking one body.

A body is decoded twice at most. The first pass checks everything in C and succeeds
for nearly every post. Only when it fails does the second look at each reading by
itself, so that one bad item never costs its neighbours their place.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from monitoring.vitals import VITAL_NAMES, VITALS, off_bit

MAX_READINGS: Final = 1000
LATE_AFTER: Final = timedelta(seconds=60)
"""Older than this on arrival is late: it joins the trend and rings no bell."""
MAX_AHEAD: Final = timedelta(days=1)
"""A clock may be wrong by a time zone; by more than a day it says nothing."""


class Item(Struct, gc=False):
    """One accepted reading on its way to the database.

    ``values`` has one place for every vital, in registry order; ``off`` marks those
    the device said it has no value for. ``at`` is aware. ``device`` is the serial as
    posted, None when the key says which device it is.
    """

    index: int
    at: datetime
    device: str | None
    values: tuple[float | None, ...]
    off: int = 0
    battery: float | None = None
    firmware: str | None = None


class Rejection(Struct):
    """Why one reading of a post was not stored."""

    index: int
    field: str
    code: str
    message: str


class BadBody(Exception):
    """The body as a whole is not what the contract says; answered with 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


# Printable ASCII: what a version string is made of, and nothing a screen or the
# database would stumble over.
_Firmware = Annotated[str, Meta(max_length=64, pattern=r"^[ -~]*$")]


def _struct(name: str, vital_type: dict[str, Any], at_type: Any) -> Any:
    return msgspec.defstruct(
        name,
        [
            ("at", at_type, None),
            ("device", Annotated[str, Meta(max_length=64)], None),
            ("battery", Annotated[float, Meta(ge=0, le=100)], None),
            ("firmware", _Firmware, None),
            *((vital, vital_type[vital], None) for vital in VITAL_NAMES),
        ],
        forbid_unknown_fields=True,
        gc=False,
    )


_Instant = Annotated[datetime, Meta(tz=True)]

# A vital that is absent is None; one that is there must be a number in bounds.
# Anything else, such as null for "sensor off", sends the body to the second pass.
_Strict = _struct(
    "StrictReading",
    {
        vital.name: Annotated[float, Meta(ge=vital.low, le=vital.high)]
        for vital in VITALS.values()
    },
    _Instant,
)
_Body: Any = msgspec.defstruct(
    "Body",
    [
        (
            "readings",
            Annotated[list[_Strict], Meta(min_length=1, max_length=MAX_READINGS)],  # type: ignore[valid-type]
        )
    ],
)
_LooseBody: Any = msgspec.defstruct("LooseBody", [("readings", list[msgspec.Raw])])
_Lenient: Any = msgspec.defstruct(
    "LenientReading",
    [
        ("at", _Instant | UnsetType, UNSET),
        ("device", Annotated[str, Meta(max_length=64)] | None, None),
        ("battery", Annotated[float, Meta(le=100)] | None, None),
        ("firmware", _Firmware | None, None),
        *((vital, float | None | UnsetType, UNSET) for vital in VITAL_NAMES),
    ],
    forbid_unknown_fields=True,
)

_decode_strict: Final = msgspec.json.Decoder(_Body).decode
_decode_loose: Final = msgspec.json.Decoder(_LooseBody).decode
_decode_item: Final = msgspec.json.Decoder(_Lenient).decode
_NO_VALUES: Final = (None,) * len(VITAL_NAMES)
_OFF_BITS: Final = {name: off_bit(name) for name in VITAL_NAMES}


def read_body(
    body: bytes, *, received_at: datetime, oldest: datetime
) -> tuple[list[Item], list[Rejection]]:
    """Return the readings of a body that may be stored, and why others may not.

    ``received_at`` is aware and stands for readings without a time. Readings before
    the aware ``oldest`` or more than a day ahead of ``received_at`` are refused.

    Raises:
        BadBody: not JSON, not the contract's shape, or not 1 to 1,000 readings.
    """
    try:
        readings = _decode_strict(body).readings
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _read_item_by_item(body, received_at=received_at, oldest=oldest)

    newest = received_at + MAX_AHEAD
    items: list[Item] = []
    rejected: list[Rejection] = []
    for index, reading in enumerate(readings):
        at, device, battery, firmware, *rest = msgspec.structs.astuple(reading)
        values = tuple(rest)
        if at is None:
            at = received_at
        elif not oldest <= at <= newest:
            rejected.append(_bad_time(index, at, oldest))
            continue
        if values == _NO_VALUES:
            rejected.append(_empty(index))
            continue
        items.append(Item(index, at, device, values, 0, battery, firmware))
    return items, rejected


def _read_item_by_item(
    body: bytes, *, received_at: datetime, oldest: datetime
) -> tuple[list[Item], list[Rejection]]:
    try:
        raws: list[msgspec.Raw] = _decode_loose(body).readings
    except msgspec.ValidationError as error:
        raise BadBody("wrong_shape", f"{_sentence(error)} {_SHAPE}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadBody("not_json", "The body is not valid JSON in UTF-8.") from None
    if not 1 <= len(raws) <= MAX_READINGS:
        raise BadBody(
            "wrong_shape",
            f"A post holds 1 to {MAX_READINGS} readings; this one has {len(raws)}.",
        )
    items: list[Item] = []
    rejected: list[Rejection] = []
    for index, raw in enumerate(raws):
        result = _read_item(index, raw, received_at=received_at, oldest=oldest)
        if isinstance(result, Item):
            items.append(result)
        else:
            rejected.append(result)
    return items, rejected


def _read_item(
    index: int, raw: msgspec.Raw, *, received_at: datetime, oldest: datetime
) -> Item | Rejection:
    try:
        reading: Any = _decode_item(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _explain(index, error)
    at = received_at if reading.at is UNSET else reading.at
    if not oldest <= at <= received_at + MAX_AHEAD:
        return _bad_time(index, at, oldest)

    off = 0
    values: list[float | None] = []
    said_anything = False
    for name in VITAL_NAMES:
        value = getattr(reading, name)
        if value is UNSET:
            values.append(None)
            continue
        said_anything = True
        # Monitors send null or a negative number (-1, -100, -999, ...) to say "no
        # value"; none of our vitals can be negative (clinical reference, section 3).
        if value is None or value < 0:
            off |= _OFF_BITS[name]
            values.append(None)
            continue
        vital = VITALS[name]
        if not vital.low <= value <= vital.high:
            return Rejection(
                index,
                name,
                "out_of_range",
                f"{vital.label} must be {vital.low:g} to {vital.high:g} "
                f"{vital.unit_label}; {value:g} cannot be true.",
            )
        values.append(value)
    if not said_anything:
        return _empty(index)
    return Item(
        index,
        at,
        reading.device,
        tuple(values),
        off,
        # As with vitals, a negative number says "no value".
        None if (reading.battery or 0) < 0 else reading.battery,
        reading.firmware,
    )


# -- sentences ---------------------------------------------------------------------

_SHAPE: Final = 'The body must be {"readings": [{"at": "…", "heart_rate": 78, …}]}.'
_PATH: Final = re.compile(r"`\$\.([a-z0-9_]+)")
_UNKNOWN: Final = re.compile(r"unknown field `([^`]{0,64})")


def _sentence(error: Exception) -> str:
    return f"{str(error)[:200].rstrip('.')}."


def _explain(index: int, error: Exception) -> Rejection:
    """Turn a decoder's complaint about one item into the contract's form."""
    text = str(error)
    if unknown := _UNKNOWN.search(text):
        return Rejection(
            index,
            unknown[1],
            "unknown_field",
            f"{unknown[1]!r} is no vital we know. The names are: "
            f"{', '.join(VITAL_NAMES)}.",
        )
    path = _PATH.search(text)
    field = path[1] if path else ""
    if field == "at":
        message = "at must be an RFC 3339 time with an offset: 2026-11-20T10:00:00Z."
        return Rejection(index, "at", "bad_time", message)
    if field == "battery":
        message = "battery must be a number of percent, 0 to 100."
        return Rejection(index, field, "out_of_range", message)
    for vital in VITALS.values():
        if vital.name != field:
            continue
        message = (
            f"{vital.label} must be a JSON number, in {vital.unit_label}, or null."
        )
        return Rejection(index, field, "not_a_number", message)
    return Rejection(index, field, "wrong_type", _sentence(error))


def _bad_time(index: int, at: datetime, oldest: datetime) -> Rejection:
    if at < oldest:
        message = (
            "This reading is older than readings are kept "
            f"(since {oldest.astimezone(UTC):%Y-%m-%dT%H:%MZ}). "
            "Check the device's clock."
        )
        return Rejection(index, "at", "too_old", message)
    message = "This reading is more than a day ahead. Check the device's clock."
    return Rejection(index, "at", "in_future", message)


def _empty(index: int) -> Rejection:
    message = "A reading needs at least one vital; null says a sensor is off."
    return Rejection(index, "", "empty", message)
