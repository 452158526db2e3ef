"""Play a recording through the device endpoint, over HTTP, like the device itself."""

from argparse import ArgumentTypeError
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.replay import formats
from monitoring.replay.delivery import PATIENCE, NotDelivered, connect
from monitoring.replay.formats.table import SECONDS_IN, parse_columns
from monitoring.replay.player import FAST_BATCH, Player
from monitoring.replay.progress import Progress
from monitoring.replay.recordings import BadRecording, Recording
from monitoring.replay.wire import MAX_READINGS, BadAddress

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number."""


def speed_factor(text: str) -> float:
    """Return a speed: finite and not negative."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError(f"{text} is no speed: 0, 1, 60 …")
    return value


def batch_size(text: str) -> int:
    """Return how many readings may share a post."""
    value = int(text)
    if not 1 <= value <= MAX_READINGS:
        raise ArgumentTypeError(f"a post holds 1 to {MAX_READINGS} readings")
    return value


def instant(text: str) -> datetime:
    """Return an RFC 3339 timestamp, which always says its offset."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ArgumentTypeError(f"{text} lacks an offset: end it with Z or +01:00")
    return value


def separator(text: str) -> str:
    """Return one character; ``tab`` and ``\\t`` stand for the tabulator."""
    value = "\t" if text in {"tab", r"\t"} else text
    if len(value) != 1:
        raise ArgumentTypeError("a delimiter is one character, or the word tab")
    return value


class Command(BaseCommand):
    """Reads a file and posts it; touches no database, so it runs from anywhere."""

    help = "Play a recording through the device endpoint, over HTTP, like a device."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file, the device, the pace and the format."""
        parser.add_argument("file", type=Path, help="the recording")
        parser.add_argument("--serial", help="the device's serial, sent with readings")
        parser.add_argument(
            "--key", required=True, help="the device's or gateway's key"
        )
        parser.add_argument(
            "--url", required=True, help="the server, such as http://127.0.0.1:8000"
        )
        parser.add_argument(
            "--speed",
            type=speed_factor,
            default=1.0,
            help="1: as recorded (default); 60: an hour a minute; 0: all at once",
        )
        parser.add_argument(
            "--start",
            type=instant,
            help="time of the first row (RFC 3339); default: such that the last row "
            "is stamped with the moment it is posted, so never in the future",
        )
        parser.add_argument(
            "--batch",
            type=batch_size,
            help="readings a post; default: 1 up to speed 1, else what is due "
            f"together, up to {FAST_BATCH}",
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE,
            help="seconds to try while the server is away (default %(default)g)",
        )
        self._add_format_arguments(parser)

    def _add_format_arguments(self, parser: CommandParser) -> None:
        group = parser.add_argument_group("what kind of file it is")
        group.add_argument(
            "--format", choices=formats.NAMES, help="default: found out from the file"
        )
        group.add_argument(
            "--columns",
            help='for any other table: "time=Time [s],heart_rate=HR,spo2=SpO2"',
        )
        group.add_argument(
            "--time-unit",
            choices=tuple(SECONDS_IN),
            default="s",
            help="of a table's numeric times (default s); timestamps need none",
        )
        group.add_argument(
            "--delimiter", type=separator, help="of a table; default: found out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Play the file; the exit code is 0 only if the server answered for all."""
        try:
            recording = _read(options)
            client = connect(options["url"], options["key"])
        except (BadRecording, BadAddress) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_introduction(recording))
        progress = Progress(
            len(recording.rows),
            write=partial(self.stdout.write, ending=""),
            flush=self.stdout.flush,
            live=self.stdout.isatty(),
        )
        player = Player(
            client,
            serial=options["serial"],
            speed=options["speed"],
            batch=options["batch"],
            start=options["start"],
            patience=options["patience"],
            on_progress=progress,
        )
        with client:
            self._play(player, recording, progress)

    def _play(self, player: Player, recording: Recording, progress: Progress) -> None:
        problem = None
        try:
            player.play(recording.rows)
        except NotDelivered as error:
            problem = str(error)
        except KeyboardInterrupt:
            problem = "Stopped by hand before the end."
            raise SystemExit(INTERRUPTED) from None
        finally:
            progress.finish()
            for line in player.counts.lines():
                self.stdout.write(line)
            if problem:
                self.stderr.write(problem)
        if problem:
            raise SystemExit(1)
        if not player.counts.taken:
            raise CommandError("The server stored none of it; the reasons stand above.")


def _read(options: dict[str, Any]) -> Recording:
    layout = None
    if options["columns"]:
        layout = parse_columns(
            options["columns"],
            time_unit=options["time_unit"],
            delimiter=options["delimiter"],
        )
    recording = formats.read(options["file"], options["format"], table_as=layout)
    if not any(row.values for row in recording.rows):
        raise BadRecording(f"{options['file']} holds no vital sign we know.")
    return recording


def _introduction(recording: Recording) -> str:
    hours = recording.seconds / 3600
    return (
        f"{recording.name} ({recording.format}): {len(recording.rows)} rows over "
        f"{hours:.1f} h"
        + (f"; not vitals: {', '.join(recording.ignored)}" if recording.ignored else "")
    )
