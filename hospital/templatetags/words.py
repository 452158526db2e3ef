"""Template filters that put times into words, with the exact time at hand."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hospital import words

register = template.Library()


def clock(moment: datetime) -> str:
    """Return an aware instant as the hospital's clocks show it, to the second."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'j M Y')}, {local:%H:%M:%S}"


@register.filter
def moment(value: datetime | None) -> str | SafeString:
    """``{{ at|moment }}``: date and time to the minute; the second in its title."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        value.isoformat(),
        clock(value),
        date_format(local, "j M Y"),
        f"{local:%H:%M}",
    )


@register.filter
def ago(value: datetime | None, never: str = "never") -> str | SafeString:
    """``{{ at|ago }}``: "12 s ago" with the absolute time in its title."""
    return _relative(value, words.ago, never)


@register.filter
def ahead(value: datetime | None) -> str | SafeString:
    """``{{ at|ahead }}``: "in 59 min" with the absolute time in its title."""
    return _relative(value, words.ahead, "")


def _relative(
    value: datetime | None, wording: words.Wording, none: str
) -> str | SafeString:
    if value is None:
        return none
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        clock(value),
        wording(value, timezone.now()),
    )
