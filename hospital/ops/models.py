"""What the installation knows of itself."""

from django.db import models


class Installation(models.Model):
    """The one row that says what this database is for.

    ``is_demo`` is set once, by ``manage.py demo`` in an empty database; every page
    then says "Demo".
    """

    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1), name="installation_has_one_row"
            )
        ]

    def __str__(self) -> str:
        return "Demo installation" if self.is_demo else "Installation"


class Beat(models.Model):
    """When a job that must never stop last ran, by the database's clock."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    leader = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
