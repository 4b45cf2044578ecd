"""Each verb of the YAML → a function from state to update."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from graphcli.engine.resuming.sealed import SECRET, ask_sealed, unseal
from graphcli.engine.values.model import Secret
from graphcli.errors import NodeTimeoutError, Rejected, RunFailedError
from graphcli.hidden import redact
from graphcli.loaders.yaml.fields import fits, type_words
from graphcli.loaders.yaml.process import run_command
from graphcli.loaders.yaml.questions import form, required_fields
from graphcli.loaders.yaml.values import Computed, Names, channel_of, plain
from graphcli.loaders.yaml.words import seconds

Update = dict[str, Any]
Node = Callable[[Any], Any]
#: How expressions see a state.
View = Callable[[Any], Names]

_LAST_LINES: Final = 5


class CommandFailedError(RunFailedError):
    """A command ended with a status other than 0."""

    def __init__(self, node: str, status: int, stderr: str) -> None:
        lines = [line for line in stderr.splitlines() if line.strip()][-_LAST_LINES:]
        said = "".join(f"\n    {line}" for line in lines)
        how = f"ended with exit code {status}"
        if status < 0:
            how = f"was ended by signal {-status}"
        super().__init__(f"node `{node}`: the command {how}{said}")
        self.node = node
        self.status = status


def run_node(name: str, spec: Mapping[str, Any], view: View, folder: Path) -> Node:
    """Return a node that runs a command."""
    env = Computed(spec.get("env", {}), f"node `{name}`, env")
    timeout = seconds(spec["timeout"]) if "timeout" in spec else None

    def run(state: dict[str, Any]) -> Update:
        given = _unsealed(name, env(view(state)))
        variables = {key: _variable(item) for key, item in given.items()}
        try:
            ended = run_command(spec["run"], variables, folder, timeout)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise RunFailedError(f"node `{name}`: the command cannot be started: {why}") from None
        if ended.timed_out and timeout is not None:
            raise NodeTimeoutError(name, timeout)
        if ended.exit_code:
            raise CommandFailedError(name, ended.exit_code, redact(ended.stderr))
        # It may have been given a secret, and what it says is stored.
        said = {"stdout": redact(ended.stdout), "stderr": redact(ended.stderr)}
        left = {key: text.rstrip("\n") for key, text in said.items()}
        return {channel_of(name): {**left, "exit_code": ended.exit_code}}

    return run


def _unsealed(node: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a command or a function, each that is a secret read."""
    return {
        key: unseal(item, _once_more(node, key)) if isinstance(item, Secret) else item
        for key, item in values.items()
    }


def _once_more(node: str, key: str) -> dict[str, str]:
    why = "the secret was typed in a process that has ended, and is kept nowhere"
    return {"message": f"`{key}` for `{node}`, once more: {why}"}


def _variable(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def python_node(
    name: str, spec: Mapping[str, Any], view: View, function: Callable[..., Any]
) -> Node:
    """Return a node that calls a function, sync or async as the function is."""
    arguments = Computed(spec["with"], f"node `{name}`, with") if "with" in spec else None

    def call(state: Any) -> Any:
        names = view(state)
        if arguments is None:
            return function(dict(names))
        return function(**_unsealed(name, arguments(names)))

    async def run_async(state: dict[str, Any]) -> Update:
        return {channel_of(name): plain(await call(state))}

    def run(state: dict[str, Any]) -> Update:
        return {channel_of(name): plain(call(state))}

    return run_async if inspect.iscoroutinefunction(function) else run


def ask_node(name: str, spec: Mapping[str, Any], view: View) -> Node:
    """Return a node that asks a person; what it leaves has every field, unanswered ones null."""
    said = spec["ask"]
    ask: Mapping[str, Any] = {"message": said} if isinstance(said, str) else said
    shown = {key: ask[key] for key in ("message", "show") if key in ask}
    payload = Computed(shown, f"node `{name}`, ask")
    fields = ask.get("fields", {})
    offers = {key: field["default"] for key, field in fields.items() if "default" in field}
    defaults = Computed(offers, f"node `{name}`, the defaults")

    def run(state: dict[str, Any]) -> Update:
        names = view(state)
        schema = _answer_schema(fields, defaults(names), ask.get("type", "text"))
        answer = ask_sealed(payload(names), schema)
        if fields:
            answer = {key: answer.get(key) for key in fields}
        return {channel_of(name): answer}

    return run


def _answer_schema(
    fields: Mapping[str, Any], defaults: Mapping[str, Any], kind: str
) -> dict[str, Any]:
    if not fields:
        return SECRET if kind == "secret" else {"type": "string"}
    offered = {
        name: {**field, "default": defaults[name]} if name in defaults else field
        for name, field in fields.items()
    }
    return form(offered, required_fields(fields))


def set_node(name: str, spec: Mapping[str, Any], view: View, state_spec: Mapping[str, Any]) -> Node:
    """Return a node that updates keys of the state: a value, one element, or more keys."""
    values = Computed(spec["set"], f"node `{name}`, set")

    def run(state: dict[str, Any]) -> Update:
        computed = values(view(state))
        return {key: _written(name, key, item, state_spec[key]) for key, item in computed.items()}

    return run


def _written(node: str, key: str, value: Any, spec: Mapping[str, Any]) -> Any:
    reducer = spec.get("reducer", "last")
    if reducer == "append":
        return [value]
    kind = "map" if reducer == "merge" else spec.get("type", "any")
    if not fits(kind, value):
        raise RunFailedError(
            f"node `{node}`: `state.{key}` takes {type_words(kind)}, not a {type(value).__name__}"
        )
    return value


def fail_node(name: str, spec: Mapping[str, Any], view: View) -> Node:
    """Return a node that ends the thread as rejected."""
    text = Computed(spec["fail"], f"node `{name}`, fail")

    def run(state: dict[str, Any]) -> Update:
        said = text(view(state))
        raise Rejected(said if isinstance(said, str) else json.dumps(said, default=str))

    return run
