from django.apps import AppConfig


class WardsConfig(AppConfig):
    """Places, people, equipment and who lies where."""

    name = "wards"
