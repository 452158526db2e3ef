"""List pages: search as you type, filters, sorting and paging, all one way."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.forms import CheckboxInput, Form, Select
from django.forms.widgets import TextInput
from django.http import HttpResponse
from django.shortcuts import render
from django_filters import FilterSet
from django_tables2 import RequestConfig, Table

from hospital.http import Request, wants_partial

PER_PAGE = 25
NOTHING: Final = "—"
"""What a cell without a value shows, as django-tables2 has it."""


def cell(*classes: str, label: str = "") -> dict[str, dict[str, Any]]:
    """Column ``attrs``: classes, and how the value looks where a row is a card.

    On a phone (``records.css``) the column without this stands on top of the card, the
    others follow, behind ``label`` if the value does not explain itself; cells without
    a value are left out.
    """
    return {
        "th": {"class": "text-end" if "text-end" in classes else ""},
        "td": {
            "class": " ".join(classes),
            "data-label": label,
            "data-empty": lambda value: True if value == NOTHING else None,
        },
    }


def list_page(
    request: Request,
    *,
    queryset: QuerySet[Any],
    table_class: type[Table],
    template: str,
    filterset_class: type[FilterSet] | None = None,
    context: Mapping[str, object] | None = None,
    per_page: int = PER_PAGE,
    **empty: str,
) -> HttpResponse:
    """Render a list as a page, or for htmx only the region that changes.

    ``queryset`` is already narrowed to what this person may see; the filters narrow
    it further. ``template`` extends ``components/list.html``. ``empty_title``,
    ``empty_text``, ``empty_url`` and ``empty_label`` say what to do where there is
    nothing yet. Wrong filter values (a letter where a date belongs) match nothing
    and are named beside the field.
    """
    chosen = filterset_class and filterset_class(
        request.GET, queryset=queryset, request=request
    )
    rows = chosen.qs if chosen else queryset
    if chosen:
        dress(chosen.form)
        rows = rows if chosen.is_valid() else queryset.none()
    table = table_class(rows)
    RequestConfig(request, paginate=False).configure(table)
    # How many rows a page has is ours to say: an address could ask for all at once.
    table.paginate(per_page=per_page)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
    table.label = str(queryset.model._meta.verbose_name_plural).capitalize()
    narrowed = chosen is not None and any(
        request.GET.get(name) for name in chosen.form.fields
    )
    page: dict[str, object] = {
        "table": table,
        "filter": chosen,
        "list_is_narrowed": narrowed,
        "list_sort": request.GET.get(table.prefixed_order_by_field, ""),
        **_counted(table, queryset, narrowed=narrowed),
        **empty,
        **(context or {}),
    }
    region = wants_partial(request)
    return render(request, "components/list_region.html" if region else template, page)


def _counted(
    table: Table, queryset: QuerySet[Model], *, narrowed: bool
) -> dict[str, str]:
    """How many there are, in words: "12 of 40 devices", "40 devices, page 2 of 2"."""
    names = queryset.model._meta
    found = table.paginator.count
    total = queryset.count() if narrowed else found
    plural = str(names.verbose_name_plural)
    noun = str(names.verbose_name) if total == 1 else plural
    sentence = f"{found} of {total} {noun}" if narrowed else f"{total} {noun}"
    if table.paginator.num_pages > 1:
        sentence += f", page {table.page.number} of {table.paginator.num_pages}"
    return {"list_sentence": sentence, "list_noun_plural": plural}


def dress(form: Form) -> None:
    """Give filter fields Bootstrap's classes, and the search its kind and limits."""
    for name, field in form.fields.items():
        widget = field.widget
        kind = "form-control"
        if isinstance(widget, Select):
            kind = "form-select"
        elif isinstance(widget, CheckboxInput):
            kind = "form-check-input"
        widget.attrs.setdefault("class", kind)
        widget.attrs.setdefault("autocomplete", "off")
        if name == "query" and isinstance(widget, TextInput):
            widget.input_type = "search"
            widget.attrs.setdefault("spellcheck", "false")
