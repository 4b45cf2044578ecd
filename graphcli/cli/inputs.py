"""The graph's input: `-i KEY=VALUE`, `--input JSON|@FILE|-`, and what a person is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TextIO

from graphcli import prompts
from graphcli.cli.files import read_text
from graphcli.engine.resuming.question import Question
from graphcli.engine.values.model import Asked
from graphcli.errors import InvalidAnswerError, UsageError, did_you_mean


def read_inputs(
    schema: Mapping[str, Any], pairs: Sequence[str], document: str | None, stdin: TextIO
) -> dict[str, Any]:
    """Return the inputs that the flags give, read and checked one by one.

    Raises:
        UsageError: an input is unknown, has the wrong type, or is not JSON.
    """
    if not pairs and document is None:
        return {}
    form = _form(schema, tuple(schema.get("properties", {})))
    values = (
        {} if document is None else _checked(schema, form, _document(document, stdin), "--input")
    )
    named: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"-i `{pair}` is not KEY=VALUE", "for example -i tag=v1.2.0")
        _require_known(form, name)
        if name in named:
            raise UsageError(f"-i {name} is given twice", "give it once")
        named[name] = _read(form, name, text)
    return values | named


def spoken(pairs: Sequence[str], document: str | None) -> list[tuple[str, str]]:
    """Return each text that the flags themselves hold, and how messages call it."""
    texts = [(f"-i {name}", text) for name, _, text in (pair.partition("=") for pair in pairs)]
    with suppress(ValueError):
        said = prompts.parse_json(document or "null")
        items = said.items() if isinstance(said, dict) else ()
        texts += [(f"--input {name}", text) for name, text in items if isinstance(text, str)]
    return texts


def given_inputs(schema: Mapping[str, Any], document: Any, source: str) -> dict[str, Any]:
    """Return the inputs that a file of answers gives, checked; `source` names the file.

    Raises:
        UsageError: an input is unknown, or does not fit.
    """
    if not isinstance(document, dict):
        raise UsageError(f"{source} must map inputs to values", "for example `-i: {tag: v1}`")
    return _checked(schema, _form(schema, tuple(schema.get("properties", {}))), document, source)


def missing_inputs(schema: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the inputs that are required and have neither a value nor a default."""
    properties = schema.get("properties", {})
    return tuple(
        name
        for name in schema.get("required", ())
        if name not in values and "default" not in properties.get(name, {})
    )


def refuse_missing(schema: Mapping[str, Any], names: Sequence[str]) -> UsageError:
    """Return the refusal of a run without required inputs."""
    properties = schema.get("properties", {})
    lines = [
        f"  {name}: {properties.get(name, {}).get('description', '')}".rstrip(": ")
        for name in names
    ]
    several = "inputs are" if len(names) > 1 else "input is"
    return UsageError(
        f"{len(names)} {several} missing:\n" + "\n".join(lines),
        "give " + " ".join(f"-i {name}=…" for name in names),
    )


def question_for(schema: Mapping[str, Any], names: Sequence[str], graph: str) -> Question:
    """Return the form that asks a person for the inputs `names`."""
    return _form(schema, names, f"What `{graph}` needs to know")


def _form(schema: Mapping[str, Any], names: Sequence[str], message: str = "") -> Question:
    properties = {name: schema["properties"][name] for name in names}
    required = [name for name in schema.get("required", ()) if name in properties]
    part = {"type": "object", "properties": properties, "required": required}
    asked = Asked("", "", "", 0, {"message": message or "inputs"}, part, "")
    return prompts.recognise(asked)


def _checked(
    schema: Mapping[str, Any], form: Question, document: Mapping[str, Any], source: str
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in document.items():
        _require_known(form, name)
        try:
            checked |= prompts.check(_form(schema, (name,)), {name: value})
        except InvalidAnswerError as error:
            raise UsageError(f"{source}: {error.message}", error.remedy) from None
    return checked


def _document(text: str, stdin: TextIO) -> dict[str, Any]:
    source = "--input"
    if text == "-":
        text = read_text("-", f"{source} -", stdin)
    elif text.startswith("@"):
        source = f"--input {text}"
        text = read_text(text[1:], source, stdin)
    try:
        document = prompts.parse_json(text)
    except ValueError as error:
        raise UsageError(
            f"{source} is not JSON: {error}", """for example '{"tag": "v1"}'"""
        ) from None
    if not isinstance(document, dict):
        raise UsageError(f"{source} must be a JSON object", """for example '{"tag": "v1"}'""")
    return document


def _require_known(form: Question, name: str) -> None:
    known = [field.name for field in form.field.fields]
    if name not in known:
        raise UsageError(
            f"the graph has no input `{name}`" + did_you_mean(name, known),
            f"its inputs are {', '.join(known)}" if known else "it takes none",
        )


def _read(form: Question, name: str, text: str) -> Any:
    try:
        return prompts.fit_field(form, name, text)
    except InvalidAnswerError as error:
        raise UsageError(f"-i {error.message}", error.remedy) from None
