"""What `?` tells of a field: what it takes, and where each answer leads. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from graphcli.engine.resuming.question import Field
from graphcli.prompts.checking import is_shown
from graphcli.prompts.keys import key_table
from graphcli.prompts.kinds import needs
from graphcli.prompts.labels import shown_labels
from graphcli.prompts.pager import Section
from graphcli.prompts.wrapping import GUTTER
from graphcli.text import safe_line, safe_text

#: As many options are described; a longer list is searched, not read.
_DESCRIBED = 50


def about_field(field: Field) -> list[Section]:
    """Return what a person may want to know of one field."""
    sections: list[Section] = [("What is asked", list(_takes(field)))]
    if choices := list(_choices(field)):
        leads = field.leads or any(option.leads for option in field.options)
        sections.append(("What each choice leads to" if leads else "The choices", choices))
    return sections


def about_parts(form: Field) -> list[Section]:
    """Return what a person may want to know of a form, at its review."""
    parts = [part for part in form.fields if part.asked]
    return [("What is asked", [line for part in parts for line in _takes(part)])]


def keys_section() -> Section:
    """Return every key with what it does."""
    return ("Keys", [*key_table(), "For a text that begins with `?`, type it once more."])


def _takes(field: Field) -> Iterator[str]:
    label = safe_line(field.label or field.name)
    rule = needs(field).removeprefix("it takes ")
    optional = "" if field.required else " (may be left empty)"
    yield f"{label}: {rule}{optional}" if label else f"{rule}{optional}"
    yield from _help(field.help, "  ")
    if field.validate:
        yield f"  rule: {safe_line(field.validate)}"


def _choices(field: Field) -> Iterator[str]:
    labels = shown_labels(field.options)
    for option, label in list(zip(field.options, labels, strict=True))[:_DESCRIBED]:
        yield f"{label}  {safe_line(option.leads)}".rstrip()
        yield from _help(option.help, "    ")
    if len(field.options) > _DESCRIBED:
        yield f"and {len(field.options) - _DESCRIBED} more"
    for answer, leads in field.leads:
        yield f"{answer or 'any answer'}  {leads}"


def _help(text: str, inset: str) -> Iterator[str]:
    for line in safe_text(text).splitlines():
        yield f"{inset}{GUTTER}{line}"


def opened_by(form: Field, lead: Field, value: object) -> list[Field]:
    """Return the fields that are asked for once the field `lead` of a form is `value`."""
    after = [part for part in form.fields if part.after == lead.name and part.asked]
    return [part for part in after if is_shown(part, {lead.name: value})]
