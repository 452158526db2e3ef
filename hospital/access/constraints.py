"""Turning a constraint the database held up into the sentence the user reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction

from hospital.access.refusals import NotPossible


@contextmanager
def refusing(*touched: type[models.Model]) -> Iterator[None]:
    """Run a block in a savepoint; a broken named constraint becomes a refusal.

    Forms and locks answer first. This is for what they cannot see: somebody else's
    commit between the check and the write. ``touched`` are the models whose
    constraints may be broken.

    Raises:
        NotPossible: with the sentence of the constraint, beside its field if it
            is about a single one.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        refusal = _refusal(error, touched)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(
    error: IntegrityError, touched: tuple[type[models.Model], ...]
) -> NotPossible | None:
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    for model in touched:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return NotPossible(
                    constraint.get_violation_error_message(), field=_field(constraint)
                )
        # Columns that are unique by themselves: PostgreSQL names those constraints.
        for field in model._meta.concrete_fields:
            if field.unique and name == f"{model._meta.db_table}_{field.column}_key":
                sentence = f"That {field.verbose_name} is taken already."
                return NotPossible(sentence, field=field.name)
    return None


def _field(constraint: models.BaseConstraint) -> str | None:
    """Name the one field a constraint is about, if it is about one."""
    fields = getattr(constraint, "fields", ())
    return fields[0] if len(fields) == 1 else None
