"""Payload → Question (PURE) → widget → answer, checked (PURE). The only home of questionary."""

from graphcli.prompts.asking import ask, interactive
from graphcli.prompts.fit import answer_schema, check, example, fit, fit_data, fit_field
from graphcli.prompts.recognise import recognise
from graphcli.prompts.ui import Terminal
from graphcli.prompts.vault import keep, resolve

__all__ = [
    "Terminal",
    "answer_schema",
    "ask",
    "check",
    "example",
    "fit",
    "fit_data",
    "fit_field",
    "interactive",
    "keep",
    "recognise",
    "resolve",
]
