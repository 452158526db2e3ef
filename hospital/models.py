"""All models of this app, so that Django finds them; each lives in its topic."""

from hospital.access.models import AuditEvent
from hospital.accounts.models import User
from hospital.ops.models import Beat, Installation

__all__ = ["AuditEvent", "Beat", "Installation", "User"]
