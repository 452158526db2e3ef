"""What is measured, and the target of each figure (the issue's own numbers)."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from time import perf_counter, time
from typing import Any, Final

import psycopg
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hospital.accounts.models import User
from hospital.ops.database import connection_arguments
from monitoring.bench import bodies, load
from monitoring.bench.report import Report, quantile
from monitoring.bench.servers import Server
from monitoring.bench.viewers import Audience, session_cookie
from monitoring.bench.world import BenchBed
from monitoring.ingest.store import COLUMNS
from monitoring.readings.models import Reading
from monitoring.vitals import VITAL_NAMES

CONNECTIONS: Final = 128
BATCH: Final = 100
BATCH_CONNECTIONS: Final = 12
WARM_UP: Final = 5


def singles(
    report: Report, server: Server, noop: Server, beds: list[BenchBed], seconds: float
) -> tuple[float, float]:
    """Single-reading posts, in turn with the ceiling; rate and share of it."""
    keys = [bed.key for bed in beds]
    rates: list[float] = []
    shares: list[float] = []
    work: list[tuple[float, float]] = []
    for _ in range(3):
        top = _saturate(noop, keys, bodies.single, CONNECTIONS, seconds)
        got = _saturate(server, keys, bodies.single, CONNECTIONS, seconds)
        rates.append(got.rate)
        shares.append(got.rate / top.rate)
        work.append((got.cpu_us, top.cpu_us))
    rate, share = quantile(rates, 0.5), quantile(shares, 0.5)
    report.figure("single posts, durable, a second", rate, "{:,.0f}", at_least=2500)
    report.figure("share of a no-op application", share, "{:.0%}", at_least=0.65)
    ours, nothing = (quantile(column, 0.5) for column in zip(*work, strict=True))
    report.figure("server's processor time a post", ours, "{:.0f} us")
    report.figure("the same of the no-op application", nothing, "{:.0f} us")
    paced = asyncio.run(
        load.pace(server.port, keys[:100], bodies.single, rate=1000, seconds=seconds)
    )
    report.figure("at 1,000 posts/s: p50", paced.ms(0.5), "{:.1f} ms")
    report.figure("at 1,000 posts/s: p99", paced.ms(0.99), "{:.1f} ms", at_most=100)
    return rate, share


def batches(
    report: Report, server: Server, beds: list[BenchBed], seconds: float
) -> tuple[float, float]:
    """Batches of 100 over HTTP, in turn with plain SQL; rate and share of it."""
    keys = [bed.key for bed in beds[:BATCH_CONNECTIONS]]
    body = bodies.batch_of(BATCH)
    rates: list[float] = []
    shares: list[float] = []
    copies: list[float] = []
    for _ in range(3):
        top = plain_sql(beds, seconds)
        got = _saturate(server, keys, body, BATCH_CONNECTIONS, seconds).rate * BATCH
        copies.append(plain_copy(beds, seconds / 2))
        rates.append(got)
        shares.append(got / top)
    rate, share = quantile(rates, 0.5), quantile(shares, 0.5)
    report.figure(
        "readings a second in batches of 100", rate, "{:,.0f}", at_least=25_000
    )
    report.figure(
        "share of plain SQL bulk INSERT, same rows", share, "{:.0%}", at_least=0.5
    )
    report.figure(
        "share of COPY, the fastest way in", rate / quantile(copies, 0.5), "{:.0%}"
    )
    return rate, share


def _saturate(
    server: Server, keys: list[str], body: load.Body, connections: int, seconds: float
) -> load.Result:
    spent = server.cpu_seconds
    result = asyncio.run(
        load.saturate(server.port, keys, body, connections=connections, seconds=seconds)
    )
    result.cpu_seconds = server.cpu_seconds - spent
    return result


# -- the ceilings of storage ---------------------------------------------------------


def plain_sql(beds: list[BenchBed], seconds: float) -> float:
    """Rows a second by INSERT, 100 rows a commit, the faster of two ways.

    One statement of 100 rows, or one prepared statement sent 100 times in a pipeline.
    """
    row = f"({', '.join(['%s'] * (7 + len(VITAL_NAMES)))})"
    into = f"INSERT INTO monitoring_reading ({COLUMNS}) VALUES "

    def as_one(cursor: psycopg.Cursor[Any], rows: list[tuple[Any, ...]]) -> None:
        values = [value for row in rows for value in row]
        cursor.execute(into + ", ".join([row] * BATCH), values)  # type: ignore[arg-type]

    def in_pipeline(cursor: psycopg.Cursor[Any], rows: list[tuple[Any, ...]]) -> None:
        cursor.executemany(into + row, rows)  # type: ignore[arg-type]

    return max(_rows_a_second(beds, seconds / 2, way) for way in (as_one, in_pipeline))


def plain_copy(beds: list[BenchBed], seconds: float) -> float:
    """Rows a second by COPY of 100 rows a commit."""

    def write(cursor: psycopg.Cursor[Any], rows: list[tuple[Any, ...]]) -> None:
        with cursor.copy(f"COPY monitoring_reading ({COLUMNS}) FROM STDIN") as copy:  # type: ignore[arg-type]
            for row in rows:
                copy.write_row(row)

    return _rows_a_second(beds, seconds, write)


def _rows_a_second(beds: list[BenchBed], seconds: float, write: Any) -> float:
    stored = 0
    with closing(
        psycopg.connect(**connection_arguments(application="wardwatch bench"))
    ) as plain:
        cursor = plain.cursor()
        spent = 0.0
        while spent < seconds:
            rows = [_row(beds[stored % len(beds)]) for _ in range(BATCH)]
            began = perf_counter()
            write(cursor, rows)
            plain.commit()
            spent += perf_counter() - began
            stored += BATCH
    return stored / spent


def _row(bed: BenchBed) -> tuple[Any, ...]:
    now = datetime.now(UTC)
    values = {
        "heart_rate": 78.0,
        "spo2": 97.0,
        "respiratory_rate": 16.0,
        "systolic": 118.0,
        "diastolic": 76.0,
        "mean_pressure": 90.0,
        "temperature": 36.8,
    }
    return (
        bed.device_id,
        bodies.instant(),
        now,
        now,
        bed.admission_id,
        True,
        0,
        *(values.get(name) for name in VITAL_NAMES),
    )


# -- the screens -----------------------------------------------------------------------


def post_to_frame(
    report: Report,
    server: Server,
    beds: list[BenchBed],
    *,
    viewers: int,
    seconds: int,
    judged: bool,
) -> None:
    """Every bed posts once a second while people look; from post to frame."""
    audience = Audience()
    cookie = session_cookie()
    sent: dict[tuple[int, int], None] = {}
    result = asyncio.run(
        _ward_round(server.port, beds, audience, viewers, seconds, cookie, sent)
    )
    wards = sorted({bed.ward for bed in beds})
    of_ward = {bed.admission_id: bed.ward for bed in beds}
    due = {ward: {key for key in sent if of_ward[key[0]] == ward} for ward in wards}
    unseen = sum(
        len(due[wards[viewer % len(wards)]] - audience.seen[viewer])
        for viewer in range(viewers)
    )
    stored = Reading.objects.filter(
        admission_id__in=of_ward,
        at__gte=datetime.fromtimestamp(audience.counts_from_ms / 1000, UTC),
    ).count()
    p50, p99 = (quantile(audience.delays, share) * 1000 for share in (0.5, 0.99))
    name = f"{len(beds)} beds, {viewers} viewers"
    lost = len(sent) - stored
    report.figure(
        f"{name}: post to frame p50", p50, "{:.0f} ms", at_most=400 if judged else None
    )
    report.figure(
        f"{name}: post to frame p99", p99, "{:.0f} ms", at_most=900 if judged else None
    )
    report.figure(
        f"{name}: readings lost", lost, "{:.0f}", at_most=0 if judged else None
    )
    skipped = unseen / max(1, unseen + len(audience.delays))
    report.figure(f"{name}: overtaken by a newer value", skipped, "{:.2%}")
    report.figure(f"{name}: endpoint p99 meanwhile", result.ms(0.99), "{:.0f} ms")


async def _ward_round(
    port: int,
    beds: list[BenchBed],
    audience: Audience,
    viewers: int,
    seconds: int,
    cookie: str,
    sent: dict[tuple[int, int], None],
) -> load.Result:
    """Seat the viewers, warm up, and have every bed post once a second."""
    wards = sorted({bed.ward for bed in beds})
    await audience.take_seats(port, wards, viewers=viewers, cookie=cookie)
    # The first posts end every device's silence, and all boards are read anew.
    audience.counts_from_ms = round(time() * 1000) + WARM_UP * 1000

    def body(number: int) -> bytes:
        now_ms = round(time() * 1000)
        if now_ms >= audience.counts_from_ms:
            sent[beds[number % len(beds)].admission_id, now_ms] = None
        at = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat()
        return (
            f'{{"readings":[{{"at":"{at}","heart_rate":{60 + number % 40},'
            '"spo2":97,"respiratory_rate":16,"systolic":118,"diastolic":76,'
            '"mean_pressure":90,"temperature":36.8}]}'
        ).encode()

    keys = [bed.key for bed in beds]
    result = await load.pace(
        port, keys, body, rate=len(beds), seconds=WARM_UP + seconds
    )
    await asyncio.sleep(2)
    await audience.leave()
    return result


def board_page(report: Report, ward: str, beds: int) -> tuple[float, float]:
    """Server time and queries of the board page.

    Returns pages a second, and the same as a share of the smallest page there is.
    """
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email="bench@wardwatch.invalid"))
    url = reverse("board", args=[ward])
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    queries = len(captured)  # now: the next request empties the list
    spent: dict[str, list[float]] = {url: [], "/healthz": []}
    for _ in range(20):
        for address, times in spent.items():
            began = perf_counter()
            response = client.get(address)
            times.append(perf_counter() - began)
            assert response.status_code == 200
    median = quantile(spent[url], 0.5)
    # The quickest of many tells what the work takes; the rest is the machine.
    quickest, smallest = (min(times) for times in spent.values())
    report.figure(
        f"board page of {beds} beds, server time",
        median * 1000,
        "{:.0f} ms",
        at_most=60,
    )
    report.figure("its queries", queries, "{:.0f}", at_most=12)
    return 1 / quickest, smallest / quickest
