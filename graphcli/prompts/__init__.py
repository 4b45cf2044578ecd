"""Payload → Question (PURE) → widget → answer, checked (PURE). The only home of questionary."""

from graphcli.prompts.asking import ask, interactive
from graphcli.prompts.draft import Draft
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
from graphcli.prompts.ui import Terminal
from graphcli.prompts.vault import keep, resolve

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
