"""The database's own refusals, turned into the sentences they stand for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction

from hospital.access.refusals import NotPossible


@contextmanager
def refused_by_constraints(fields: Mapping[type[models.Model], str]) -> Iterator[None]:
    """Run a transaction in which a broken constraint of these models is NotPossible.

    The sentence is the constraint's own. ``fields`` says, for each model, beside
    which form field it belongs. This is the backstop: actions look before they
    write, under locks, and say more than a constraint can.

    Raises:
        NotPossible: a constraint of one of the models was broken.
        IntegrityError: something else was; that is a defect, not a refusal.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        broken = _name_of_broken(error)
        for model, field in fields.items():
            for constraint in model._meta.constraints:
                if constraint.name == broken:
                    message = str(constraint.violation_error_message)
                    raise NotPossible(message, field=field) from error
            if what := _unique_columns(model).get(broken or ""):
                raise NotPossible(
                    f"That {what} is taken already.", field=field
                ) from error
        raise


def _unique_columns(model: type[models.Model]) -> dict[str, str]:
    """Map what PostgreSQL calls the constraint of a unique column to our name of it."""
    return {
        f"{model._meta.db_table}_{field.column}_key": str(field.verbose_name)
        for field in model._meta.concrete_fields
        if field.unique
    }


def _name_of_broken(error: IntegrityError) -> str | None:
    """Return the constraint's name, as PostgreSQL gives it with the error."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
