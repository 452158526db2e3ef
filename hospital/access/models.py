"""What was done, by whom, when."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditEvent(models.Model):
    """One act of one person on one thing, written in the act's own transaction.

    Rows are added, never changed or removed. ``actor`` is empty only for what the
    installation did by itself.
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_events",
    )
    kind = models.CharField(max_length=60, help_text="Such as admission.opened.")
    subject = models.CharField(
        max_length=80, help_text="What it was done to, such as admission:12."
    )
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject", "at"], name="audit_by_subject"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
