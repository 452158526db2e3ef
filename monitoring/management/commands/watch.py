"""The clock alone, beside servers that share its Redis."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitoring.watch import run_until_cancelled


class Command(BaseCommand):
    """Every `manage.py serve` has a clock inside; this runs one more, alone."""

    help = "Run the clock alone (needs REDIS_URL)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "REDIS_URL is not set. A clock outside the server can only tell the "
                "boards through Redis; without it, `manage.py serve` has its own."
            )
        try:
            asyncio.run(run_until_cancelled())
        except KeyboardInterrupt:
            self.stdout.write("The clock has stopped.")
