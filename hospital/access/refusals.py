"""The two ways an action says no. Each carries the sentence the user will read."""

from django.core.exceptions import PermissionDenied


class NotPermitted(PermissionDenied):
    """This person may not do this, whatever the state of the ward."""


class NotPossible(Exception):
    """Nobody may do this now: the bed is taken, the stay has ended.

    ``field`` names the form field the sentence belongs beside, if one does.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NothingToDo(NotPossible):
    """What was asked for is so already, or never can be again.

    No other answer in the form would help, so pages leave the form and say so.
    """
