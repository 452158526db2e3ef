from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """The signal: from the device endpoint to the board."""

    name = "monitoring"

    def ready(self) -> None:
        """Listen for what may take a screen away from somebody."""
        from monitoring.board import signals

        signals.connect()
