"""Minute summaries: what stays when the raw readings go.

A minute is always computed whole, from its readings, so that doing it again after
late data, an added vital or a struck-out value gives the right answer and doing it
twice does no harm.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from monitoring.vitals import VITAL_NAMES, off_bit

OVERLAP: Final = timedelta(seconds=30)
"""A reading is noted as changed when its transaction begins to write, and seen by
others when it commits, at most 15 seconds later (`ingest.writer`). Looking back twice
that far misses none."""

_BIT: Final[dict[str, int]] = {name: off_bit(name) for name in VITAL_NAMES}


def _columns(name: str) -> str:
    value = f"CASE WHEN coalesce(s.struck, 0) & {_BIT[name]} = 0 THEN r.{name} END"
    return (
        f"min({value}) AS {name}_min, max({value}) AS {name}_max, "
        f"avg({value}) AS {name}_mean, nullif(count({value}), 0) AS {name}_count"
    )


_NAMES: Final = [
    f"{name}_{kind}" for name in VITAL_NAMES for kind in ("min", "max", "mean", "count")
]
_STRUCK_BITS: Final = " ".join(
    f"WHEN '{name}' THEN {bit}" for name, bit in _BIT.items()
)
_SUMMARISE: Final = f"""
    WITH touched AS (
        SELECT DISTINCT device_id, date_trunc('minute', at, 'UTC') AS minute
        FROM monitoring_reading
        WHERE changed_at >= %(since)s AND at >= %(oldest)s
    ),
    struck AS (
        SELECT device_id, at, bit_or(CASE vital {_STRUCK_BITS} END) AS struck
        FROM monitoring_struckoutvalue GROUP BY device_id, at
    ),
    fresh AS (
        SELECT t.device_id, t.minute, r.admission_id,
               {", ".join(_columns(name) for name in VITAL_NAMES)}
        FROM touched t
        JOIN monitoring_reading r
            ON r.device_id = t.device_id
            AND r.at >= t.minute AND r.at < t.minute + interval '1 minute'
        LEFT JOIN struck s ON s.device_id = r.device_id AND s.at = r.at
        GROUP BY t.device_id, t.minute, r.admission_id
    )
    INSERT INTO monitoring_minutesummary
        (device_id, minute, admission_id, {", ".join(_NAMES)})
    SELECT device_id, minute, admission_id, {", ".join(_NAMES)} FROM fresh
    ON CONFLICT (device_id, minute, (coalesce(admission_id, 0))) DO UPDATE
    SET ({", ".join(_NAMES)}) = ({", ".join(f"excluded.{name}" for name in _NAMES)})
    WHERE ({", ".join(f"monitoring_minutesummary.{name}" for name in _NAMES)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _NAMES)})
"""


@transaction.atomic
def summarise(*, since: datetime | None, oldest: datetime) -> tuple[datetime, int]:
    """Bring the summaries of every minute with news up to date.

    News is what was written after the aware ``since`` (everything if None) with a
    time not before the aware ``oldest``, where partitions begin. Returns the
    database's time to pass as ``since`` next, and how many summaries were written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
        cursor.execute(
            _SUMMARISE,
            {"since": since - OVERLAP if since else oldest, "oldest": oldest},
        )
        return now, cursor.rowcount
