"""Measure this machine and print the figures."""

import asyncio
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

import uvloop
from django.core.management.base import BaseCommand
from django.db import connection

from monitoring.bench import measures, servers, world
from monitoring.bench.report import Report
from monitoring.bench.world import BenchBed
from monitoring.ingest.store import COLUMNS
from monitoring.readings.summaries import summarise


class Command(BaseCommand):
    """Runs in a database of its own, which it makes and drops."""

    help = "Measure ingest, boards and memory; ends with 1 if a target is missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds", type=float, default=5.0, help="length of each measurement"
        )
        parser.add_argument(
            "--rows",
            type=int,
            default=200_000,
            help="readings stored before the first measurement; ten times as many "
            "before the second",
        )

    def handle(self, *args: Any, seconds: float, rows: int, **options: Any) -> None:
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        report = Report()
        with world.bench_database() as address:
            report.machine()
            beds = world.build(wards=10, beds_per_ward=30, prefix="ward-")
            more = world.build(wards=20, beds_per_ward=35, prefix="more-")
            world.build(wards=1, beds_per_ward=40, prefix="forty-")
            with servers.wardwatch(address) as server, servers.ceiling() as noop:
                self._measure(report, server, noop, beds, more, seconds, rows)
        report.close()

    def _measure(
        self,
        report: Report,
        server: servers.Server,
        noop: servers.Server,
        beds: list[BenchBed],
        more: list[BenchBed],
        seconds: float,
        rows: int,
    ) -> None:
        stored = _fill(beds, rows)
        report.heading(f"Ingest, with {stored:,} readings stored")
        first = measures.singles(report, server, noop, beds, seconds)
        first_batch = measures.batches(report, server, beds, seconds)
        report.heading("Screens")
        first_page = measures.board_page(report, "forty-0", 40)
        measures.post_to_frame(
            report, server, beds, viewers=40, seconds=20, judged=True
        )
        measures.post_to_frame(
            report, server, beds + more, viewers=40, seconds=20, judged=False
        )
        stored = _fill(beds, rows * 10)
        report.heading(f"The same with {stored:,} readings stored")
        second = measures.singles(report, server, noop, beds, seconds)
        second_batch = measures.batches(report, server, beds, seconds)
        second_page = measures.board_page(report, "forty-0", 40)
        for name, before, after in (
            ("single posts", first, second),
            ("batches", first_batch, second_batch),
            ("board page", first_page, second_page),
        ):
            report.figure(f"{name}: rate kept", after[0] / before[0], "{:.0%}")
            # The machine itself is faster and slower: the share tells more.
            report.figure(
                f"{name}: share of the ceiling kept",
                after[1] / before[1],
                "{:.0%}",
                at_least=0.9,
            )
        report.heading("Memory")
        report.figure(
            "server process after all of it",
            server.memory_mb,
            "{:.0f} MB",
            at_most=250,
        )


def _fill(beds: list[BenchBed], rows: int) -> int:
    """Have at least ``rows`` readings stored over the last days; return how many."""
    spacing = timedelta(days=5).total_seconds() / max(1, rows // len(beds))
    start = datetime.now(UTC) - timedelta(days=6)
    devices = [bed.device_id for bed in beds]
    admissions = [bed.admission_id for bed in beds]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO monitoring_reading ({COLUMNS}) "
            "SELECT device, at, at, at, admission, false, 0, 60 + random() * 40, NULL, "
            "97, 16, 118, 76, 90, 36.8, NULL, NULL, NULL "
            "FROM unnest(%s::bigint[], %s::bigint[]) bed (device, admission), "
            "LATERAL generate_series("
            "  %s::timestamptz, %s::timestamptz, make_interval(secs => %s)) at "
            "ON CONFLICT DO NOTHING",
            [devices, admissions, start, start + timedelta(days=5), spacing],
        )
        cursor.execute("ANALYZE monitoring_reading")
        cursor.execute("SELECT count(*) FROM monitoring_reading")
        (count,) = cursor.fetchone()
    summarise(since=None, oldest=start)
    return int(count)
