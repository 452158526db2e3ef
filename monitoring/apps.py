from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """The signal: from the device endpoint to the board."""

    name = "monitoring"
