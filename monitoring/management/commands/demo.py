"""Load the demo hospital into an empty database."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from monitoring.demo import access
from monitoring.demo.build import DemoRefused, build_demo


class Command(BaseCommand):
    """The only way demo data ever gets into a database; ``run`` does the same."""

    help = "Load the demo hospital into an empty database, and mark it as demo."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            build_demo()
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Sign in as {', '.join(access.SIGN_IN_AS)}")
        self.stdout.write(f"Password: {access.password()}")
        self.stdout.write(f"Device keys: {access.keys_file()}")
