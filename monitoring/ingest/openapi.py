"""The endpoint's own description, made from the vitals it accepts."""

from functools import cache
from typing import Any, Final

from monitoring.ingest.schema import MAX_READINGS
from monitoring.vitals import VITALS

OPENAPI_PATH: Final = "/api/openapi.json"

REJECTION_CODES: Final = {
    "out_of_range": "The value cannot physically be true.",
    "not_a_number": "A vital must be a JSON number, or null for a sensor that is off.",
    "unknown_field": "No vital has that name.",
    "bad_time": "`at` must be an RFC 3339 time with an offset.",
    "too_old": "Older than readings are kept.",
    "in_future": "More than a day ahead of the server's clock.",
    "empty": "A reading needs at least one vital.",
    "wrong_type": "The reading, or a field of it, has the wrong JSON type.",
    "conflict": "This instant is stored with another value, which stands.",
    "device_missing": "A gateway must say whose reading it is.",
    "unknown_device": "The key may not post for that device.",
    "device_in_maintenance": "That device is in maintenance.",
    "device_retired": "That device is retired.",
}

_EXAMPLE: Final = {
    "at": "2026-11-20T10:00:00Z",
    "heart_rate": 78,
    "spo2": 97,
    "respiratory_rate": 16,
    "systolic": 118,
    "diastolic": 76,
    "mean_pressure": 90,
    "temperature": 36.8,
}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of everything under ``/api/v1``."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wardwatch device endpoint",
            "version": "1.0.0",
            "summary": "Where bedside devices and gateways post readings.",
            "description": (
                "A reading is one instant of one device: its time is its key, so "
                "sending the same body again is always safe. An answer of 200 means "
                "every reading counted as stored is on disk."
            ),
        },
        "security": [{"device_key": []}],
        "paths": {
            "/api/v1/readings": {"post": _post_readings()},
            "/api/v1/device": {"get": _get_device()},
        },
        "components": {
            "securitySchemes": {
                "device_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of a device or of a gateway.",
                }
            },
            "schemas": {
                "Reading": _reading(),
                "Result": _result(),
                "Rejection": _rejection(),
                "Device": _device(),
                "Error": _error(),
            },
        },
    }


def _post_readings() -> dict[str, Any]:
    return {
        "operationId": "post_readings",
        "summary": f"Store 1 to {MAX_READINGS} readings",
        "description": (
            "Good readings are stored even where others of the same post are "
            "rejected. After 503, or no answer at all, send the same body again."
        ),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["readings"],
                        "properties": {
                            "readings": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": MAX_READINGS,
                                "items": {"$ref": "#/components/schemas/Reading"},
                            }
                        },
                    },
                    "example": {"readings": [_EXAMPLE]},
                }
            },
        },
        "responses": {
            "200": {
                "description": "Committed. What was stored, repeated and rejected.",
                "content": _json("Result"),
            },
            **_errors(
                {
                    "400": "Not JSON, or not of the shape above.",
                    "401": "No key, or one that is unknown or expired.",
                    "403": "The device is in maintenance or retired.",
                    "405": "Only POST is answered here.",
                    "413": "More than 1 MiB.",
                    "415": "Not application/json, or compressed.",
                    "429": "Too often; Retry-After says when.",
                    "503": "Storage is away; Retry-After says when to try again.",
                }
            ),
        },
    }


def _get_device() -> dict[str, Any]:
    return {
        "operationId": "get_device",
        "summary": "The key's own device, and the server's time",
        "responses": {
            "200": {
                "description": (
                    "The device, or for a gateway its name and its devices. Says "
                    "whether a device is assigned, never to whom."
                ),
                "content": _json("Device"),
            },
            **_errors(
                {
                    "401": "No key, or one that is unknown or expired.",
                    "405": "Only GET is answered here.",
                    "429": "Too often; Retry-After says when.",
                    "503": "Storage is away; Retry-After says when to try again.",
                }
            ),
        },
    }


def _reading() -> dict[str, Any]:
    vitals = {
        vital.name: {
            "type": ["number", "null"],
            "description": (
                f"{vital.label} in {vital.unit} (UCUM), {vital.low:g} to "
                f"{vital.high:g}. LOINC {vital.loinc}. null, or any negative number, "
                "says that the sensor is off."
            ),
            "maximum": vital.high,
        }
        for vital in VITALS.values()
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "at": {
                "type": "string",
                "format": "date-time",
                "description": (
                    "When it was measured, by the device's clock, with an offset. "
                    "Missing means now; then a repeat cannot be told from news."
                ),
            },
            "device": {
                "type": ["string", "null"],
                "maxLength": 64,
                "description": "Serial of the device; a gateway's key needs it.",
            },
            "battery": {
                "type": ["number", "null"],
                "maximum": 100,
                "description": "Charge in percent.",
            },
            "firmware": {"type": ["string", "null"], "maxLength": 64},
            **vitals,
        },
        "example": _EXAMPLE,
    }


def _result() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    return {
        "type": "object",
        "required": ["stored", "duplicates", "rejected"],
        "properties": {
            "stored": count,
            "duplicates": count | {"description": "Stored by an earlier post."},
            "rejected": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Rejection"},
            },
        },
    }


def _rejection() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["index", "field", "code", "message"],
        "properties": {
            "index": {"type": "integer", "description": "Place in the post, from 0."},
            "field": {"type": "string"},
            "code": {"type": "string", "enum": list(REJECTION_CODES)},
            "message": {"type": "string"},
        },
    }


def _device() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["server_time"],
        "properties": {
            "server_time": {"type": "string", "format": "date-time"},
            "serial": {"type": "string"},
            "model": {"type": "string"},
            "status": {"enum": ["in_service", "maintenance", "retired"]},
            "expected_interval": {"type": "number", "description": "Seconds."},
            "assigned": {"type": "boolean"},
            "gateway": {"type": "string"},
            "devices": {"type": "array", "items": {"type": "object"}},
        },
    }


def _error() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            }
        },
    }


def _errors(reasons: dict[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, reason in reasons.items():
        answers[status] = {"description": reason, "content": _json("Error")}
        if status in ("429", "503"):
            answers[status]["headers"] = {
                "Retry-After": {
                    "schema": {"type": "integer"},
                    "description": "Seconds.",
                }
            }
    return answers


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
