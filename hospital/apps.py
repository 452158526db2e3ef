from django.apps import AppConfig


class HospitalConfig(AppConfig):
    """The ground every part stands on: people, access, audit, running."""

    name = "hospital"
