"""Who may, whatever the state of things. Each check raises with its sentence."""

from hospital.access.refusals import NotPermitted
from hospital.accounts.models import User


def check_is_admin(user: User) -> None:
    """Let only the admissions desk pass.

    Raises:
        NotPermitted: ``user`` is not an admin, or their account is closed.
    """
    if not (user.is_active and user.is_admin):
        raise NotPermitted("Only the admissions desk may do this.")


def check_is_staff_member(user: User) -> None:
    """Let everybody pass who works here: nurses, doctors and the admissions desk.

    Raises:
        NotPermitted: ``user`` has no role yet, or their account is closed.
    """
    if not (user.is_active and (user.is_admin or user.is_clinical)):
        raise NotPermitted("Your account has no role yet, so it shows nothing here.")


def check_is_clinical(user: User) -> None:
    """Let only nurses and doctors pass, wherever they work.

    Raises:
        NotPermitted: ``user`` does not care for patients, or their account is closed.
    """
    if not (user.is_active and user.is_clinical):
        raise NotPermitted("Only nurses and doctors see measured values.")
