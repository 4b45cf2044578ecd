"""Payload → Question (PURE) → widget → answer, checked (PURE). The only home of questionary.

What asks is loaded when somebody is asked: the widgets are half of what a start would import.
"""

from typing import TYPE_CHECKING

from graphcli.deferred import names_of
from graphcli.prompts.fit import (
    answer_schema,
    check,
    check_named,
    example,
    field_data,
    fit,
    fit_data,
    fit_field,
)
from graphcli.prompts.habits import same
from graphcli.prompts.reading import parse_json
from graphcli.prompts.recognise import recognise
from graphcli.prompts.tty import interactive
from graphcli.prompts.vault import keep, resolve

if TYPE_CHECKING:
    from graphcli.prompts.asking import ask
    from graphcli.prompts.draft import Draft
    from graphcli.prompts.ui import Terminal

__all__ = [
    "Draft",
    "Terminal",
    "answer_schema",
    "ask",
    "check",
    "check_named",
    "example",
    "field_data",
    "fit",
    "fit_data",
    "fit_field",
    "interactive",
    "keep",
    "parse_json",
    "recognise",
    "resolve",
    "same",
]

_HOMES = {
    "graphcli.prompts.asking": "ask",
    "graphcli.prompts.draft": "Draft",
    "graphcli.prompts.ui": "Terminal",
}

if not TYPE_CHECKING:  # else a misspelt name would be no error
    __getattr__ = names_of(__name__, _HOMES)
