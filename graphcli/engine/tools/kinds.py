"""The two kinds of tools: plain functions, and LangChain's, which are never imported."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from graphcli.engine.graph.annotations import json_schema, without_definitions
from graphcli.engine.graph.building import build_answer
from graphcli.engine.graph.functions import is_async, named
from graphcli.engine.graph.injection import INJECTED
from graphcli.engine.tools.calls import ToolCall
from graphcli.engine.tools.tool import Tool, hints_of, is_hidden, lent_to
from graphcli.errors import InvalidGraphError, ToolInvocationError
from graphcli.schema import BadSchemaError, problems

Config = Mapping[str, Any]


def tool_of(given: Any) -> Tool:
    """Return a plain function, or a tool of LangChain, as a Tool.

    Raises:
        InvalidGraphError: it is neither, or a model could not call it.
    """
    if hasattr(given, "invoke") and hasattr(given, "tool_call_schema"):
        return _langchain(given)
    return _plain(*named(given, None))


def _plain(name: str, function: Callable[..., Any]) -> Tool:
    hints = hints_of(name, function)
    parameters = inspect.signature(function).parameters
    lent = lent_to(hints, parameters.values(), INJECTED)
    hidden = frozenset(lent) | {key for key, hint in hints.items() if is_hidden(hint)}
    seen = [p for p in parameters.values() if p.name not in hidden]
    schema = _object(name, seen, hints)
    waits = is_async(function)

    async def call(call: ToolCall, arguments: dict[str, Any], _config: Config) -> Any:
        _check(call, schema, {key: v for key, v in arguments.items() if key not in hidden})
        built = {key: _built(call, key, v, hints.get(key)) for key, v in arguments.items()}
        returned = function(**built)
        return await returned if waits else returned

    return Tool(name, inspect.getdoc(function) or "", lambda: schema, lent, hidden, waits, call)


def _object(
    name: str, parameters: list[inspect.Parameter], hints: Mapping[str, Any]
) -> dict[str, Any]:
    """The JSON Schema of what a function takes by name."""
    shared: dict[str, Any] = {}
    properties, required, more = {}, [], False
    for parameter in parameters:
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise InvalidGraphError(
                f"tool `{name}` takes `{parameter.name}` only by position",
                "a model gives arguments by name: leave the `/` out of its parameters",
            )
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            more = more or parameter.kind is parameter.VAR_KEYWORD
            continue
        properties[parameter.name] = _property(hints.get(parameter.name), shared)
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    said = {"type": "object", "properties": properties, "required": required}
    return {**said, "additionalProperties": more} | ({"$defs": shared} if shared else {})


def _property(hint: Any, shared: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = without_definitions(json_schema(hint), shared)
    texts = [text for text in get_args(hint)[1:] if isinstance(text, str)]
    wanted = texts if get_origin(hint) is Annotated else []
    return {**schema, "description": wanted[0]} if wanted else schema


def _check(call: ToolCall, schema: Mapping[str, Any], given: dict[str, Any]) -> None:
    try:
        found = problems(schema, given)
    except BadSchemaError as error:  # text that is no text, say: nothing that a schema is about
        raise ToolInvocationError(call.name, str(error)) from None
    if found:
        said = [
            ": ".join([*(".".join(map(str, p.path)),) * bool(p.path), p.message]) for p in found
        ]
        raise ToolInvocationError(call.name, "; ".join(said))


def _built(call: ToolCall, key: str, value: Any, hint: Any) -> Any:
    """A value as the type that the parameter is annotated with."""
    hint = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if key not in call.args:
        return value
    try:
        return build_answer(hint, value)
    except (ValueError, TypeError) as error:  # pydantic's, and those of a dataclass
        raise ToolInvocationError(call.name, f"{key}: {error}") from error


def _langchain(tool: Any) -> Tool:
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None) or tool._run
    hints = {**hints_of(tool.name, function), **_fields(tool.args_schema)}
    lent = lent_to(hints, inspect.signature(function).parameters.values(), ())
    lent = {key: source for key, source in lent.items() if source.source == "state"}
    hidden = frozenset(lent) | {key for key, hint in hints.items() if is_hidden(hint)}
    waits = getattr(tool, "func", None) is None and getattr(tool, "coroutine", None) is not None

    async def call(call: ToolCall, arguments: dict[str, Any], config: Config) -> Any:
        given = {"name": call.name, "args": arguments, "id": call.id, "type": "tool_call"}
        try:
            return await tool.ainvoke(given, config) if waits else tool.invoke(given, config)
        except ValueError as error:
            if getattr(error, "title", None) != tool.get_input_schema().__name__:
                raise  # the tool's own: only pydantic's, about the arguments, has that title
            raise ToolInvocationError(call.name, "; ".join(_said(error, hidden))) from error

    schema = tool.tool_call_schema
    parameters = schema.model_json_schema if hasattr(schema, "model_json_schema") else schema.copy
    return Tool(tool.name, tool.description, parameters, lent, hidden, waits, call)


def _fields(schema: Any) -> dict[str, Any]:
    return dict(getattr(schema, "__annotations__", {}))


def _said(error: Any, hidden: frozenset[str]) -> Iterator[str]:
    """What pydantic finds wrong with what the model gave."""
    for problem in error.errors():
        if not problem["loc"] or problem["loc"][0] not in hidden:
            yield f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
