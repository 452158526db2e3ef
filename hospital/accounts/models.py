"""The people who sign in."""

from typing import Any, ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes users by email address; there are no user names."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Store a user. Without ``password`` nobody can sign in as them yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Store a user who may configure everything in the Django admin."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by email, whatever its letter case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff, signing in by email.

    The role decides what kind of work they do; ward membership decides whose
    patients they see. A superuser without a clinical role sees no vital signs.
    """

    class Role(models.TextChoices):
        NURSE = "nurse", "Nurse"
        DOCTOR = "doctor", "Doctor"
        ADMIN = "admin", "Admin"

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="Clear this instead of deleting an account."
    )
    is_staff = models.BooleanField(
        "may open the Django admin",
        default=False,
        help_text="For configuration. It shows no vital signs.",
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        ordering = ["full_name"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique_whatever_case",
                violation_error_message="Somebody has that email address already.",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def is_clinical(self) -> bool:
        """Whether this person cares for patients: a nurse or a doctor."""
        return self.role in (self.Role.NURSE, self.Role.DOCTOR)

    @property
    def is_admin(self) -> bool:
        """Whether this person runs the admissions desk."""
        return self.role == self.Role.ADMIN

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0]
