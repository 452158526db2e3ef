"""Constraints of rows that last from one instant to another, as ranges ``[)``."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    BigIntegerRangeField,
    DateTimeRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q, Value


def never_twice(
    field: str,
    *,
    name: str,
    message: str,
    start: str = "started_at",
    end: str = "ended_at",
) -> ExclusionConstraint:
    """No two rows of one ``field`` may overlap in time.

    The id becomes a range of one number because the embedded PostgreSQL has no
    btree_gist, which plain equality in a GiST index would need.
    """
    return ExclusionConstraint(
        name=name,
        expressions=[
            (
                Func(
                    F(field),
                    F(field),
                    Value("[]"),
                    function="int8range",
                    output_field=BigIntegerRangeField(),
                ),
                RangeOperators.OVERLAPS,
            ),
            (
                Func(
                    F(start),
                    F(end),
                    function="tstzrange",
                    output_field=DateTimeRangeField(),
                ),
                RangeOperators.OVERLAPS,
            ),
        ],
        violation_error_message=message,
    )


def ends_well(start: str, end: str, *, name: str) -> list[models.CheckConstraint]:
    """An end is not before its start, and has an author exactly when it is set."""
    by = end.removesuffix("_at") + "_by"
    return [
        models.CheckConstraint(
            condition=Q(**{end: None}) | Q(**{f"{end}__gte": F(start)}),
            name=f"{name}_ends_after_it_starts",
            violation_error_message="The end is before the start.",
        ),
        models.CheckConstraint(
            condition=(
                Q(**{end: None, by: None})
                | Q(**{f"{end}__isnull": False, f"{by}__isnull": False})
            ),
            name=f"{name}_end_is_attributed",
        ),
    ]
