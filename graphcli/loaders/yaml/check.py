"""Everything that can be known to be wrong with a YAML graph before it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from graphcli.errors import did_you_mean
from graphcli.loaders.yaml.fields import check_fields, check_name, fits, type_words
from graphcli.loaders.yaml.findings import MOST, Finding, refusal
from graphcli.loaders.yaml.positions import Document, Path
from graphcli.loaders.yaml.references import Known
from graphcli.loaders.yaml.shape import check_shape
from graphcli.loaders.yaml.words import LAST, one_line, verb_of

_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEMPLATED: Final = re.compile(r"\{\{-?\s*(?:inputs|state|nodes)\b")


def check(document: Document) -> None:
    """Check a whole document.

    Raises:
        InvalidGraphError: it is wrong; its problems are in it, up to MOST of them.
    """
    found = list(islice(check_shape(document), MOST))
    # What lies beyond is not known to have its shape: its meaning cannot be asked for.
    if len(found) < MOST:
        meaning = _Meaning(document, frozenset(_item(finding.path) for finding in found))
        found += islice(meaning.findings(), MOST - len(found))
    if error := refusal(document, found):
        raise error


def _item(path: Path) -> Path:
    """The input, state key, node or section that a path is in: if its shape is wrong, no more."""
    return path[:2]


class _Meaning:
    """Checks each part whose shape is right, so that one run tells everything."""

    def __init__(self, document: Document, broken: frozenset[Path]) -> None:
        self._document = document
        self._broken = broken
        self._data: Mapping[str, Any] = document.data if isinstance(document.data, dict) else {}
        self._known = Known(self._data)
        self._targets: dict[str, list[str]] = {}

    def findings(self) -> Iterator[Finding]:
        yield from check_fields(self._document, ("inputs",), self._sound("inputs"), templates=False)
        for name, spec in self._sound("state").items():
            yield from self._state(("state", name), spec)
        nodes = self._sound("nodes")
        for name in self._section("nodes"):
            yield from self._id(("nodes", name))
        for name, node in nodes.items():
            yield from self._node(("nodes", name), node)
        yield from self._known.check_data(("output",), self._data.get("output"))
        yield from self._unreachable()

    def _section(self, name: str) -> dict[str, Any]:
        section = self._data.get(name)
        return section if isinstance(section, dict) else {}

    def _sound(self, name: str) -> dict[str, Any]:
        """The items of a section whose shape is right."""
        return {
            key: item
            for key, item in self._section(name).items()
            if (name, key) not in self._broken
        }

    def _state(self, path: Path, spec: Mapping[str, Any]) -> Iterator[Finding]:
        yield from check_name(path, frozenset(("inputs",)))
        reducer = spec.get("reducer", "last")
        wanted = {"append": "list", "merge": "map"}.get(reducer)
        kind = spec.get("type", wanted or "any")
        if wanted and kind not in (wanted, "any"):
            yield Finding((*path, "type"), f"`{reducer}` needs a {wanted}, not `{kind}`")
        elif "default" in spec and not fits(wanted or kind, spec["default"]):
            yield Finding((*path, "default"), f"must be {type_words(wanted or kind)}")

    def _id(self, path: Path) -> Iterator[Finding]:
        name = str(path[-1])
        if not _ID.fullmatch(name):
            rule = "small letters, digits and `_`, a letter first"
            yield Finding(path, f"`{name}` is no node id: {rule}", key=True)
        else:
            yield from check_name(path)

    def _node(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        verb = verb_of(node)
        yield from _VERB_CHECKS[verb](self, path, node)
        yield from self._next((*path, "next"), str(path[-1]), node.get("next", LAST))
        yield from self._retry((*path, "retry"), verb, node.get("retry", {}))

    def _run(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        for match in _TEMPLATED.finditer(node["run"]):
            remedy = 'put the value into `env:` and use it as "$NAME"'
            yield Finding((*path, "run"), f"`run` is never templated: {remedy}", span=match.span())
        for name, value in node.get("env", {}).items():
            here = (*path, "env", name)
            if not _ENV_NAME.fullmatch(name):
                yield Finding(here, f"`{name}` is no name of a variable", key=True)
            yield from self._env_value(here, value)

    def _env_value(self, path: Path, value: Any) -> Iterator[Finding]:
        if isinstance(value, int | float) and json.dumps(value) != (raw := self._raw(path)):
            yield Finding(path, f'`{raw}` would become `{json.dumps(value)}`; write `"{raw}"`')
        yield from self._known.check_data(path, value, takes=True)

    def _raw(self, path: Path) -> str:
        return self._document.raw(path)

    def _python(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        for name in node.get("with", {}):
            if not name.isidentifier():
                yield Finding((*path, "with", name), f"`{name}` is no argument's name", key=True)
        for name, value in node.get("with", {}).items():
            yield from self._known.check_data((*path, "with", name), value, takes=True)

    def _ask(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        ask, here = node["ask"], (*path, "ask")
        if isinstance(ask, str):
            yield from self._known.check_data(here, ask)
            return
        for key in ("message", "show"):
            yield from self._known.check_data((*here, key), ask.get(key))
        fields = ask.get("fields", {})
        if fields and "type" in ask:
            yield Finding(
                (*here, "type"), "with `fields` each field has a type of its own", key=True
            )
        yield from check_fields(self._document, (*here, "fields"), fields, templates=True)
        for name, field in fields.items():
            default = (*here, "fields", name, "default")
            yield from self._known.check_data(default, field.get("default"))

    def _set(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        state = self._section("state")
        for name, value in node["set"].items():
            if name not in state:
                near = did_you_mean(name, state) or "; name it under `state:`"
                yield Finding((*path, "set", name), f"`state` has no `{name}`{near}", key=True)
            yield from self._known.check_data((*path, "set", name), value)

    def _fail(self, path: Path, node: Mapping[str, Any]) -> Iterator[Finding]:
        yield from self._known.check_data((*path, "fail"), node["fail"])

    def _retry(self, path: Path, verb: str, retry: Mapping[str, Any]) -> Iterator[Finding]:
        on = retry.get("on", [])
        for index, name in enumerate(on if isinstance(on, list) else [on]):
            here = (*path, "on", index) if isinstance(on, list) else (*path, "on")
            if isinstance(name, str) and not name.isidentifier():
                yield Finding(here, "must be `exit`, `timeout` or the name of an exception")
            elif verb != "run" and (name == "exit" or not isinstance(name, str)):
                yield Finding(here, "only a command has an exit code")

    def _next(self, path: Path, source: str, next_: Any) -> Iterator[Finding]:
        targets = self._targets.setdefault(source, [])
        if isinstance(next_, str):
            targets.append(next_)
            yield from self._target(path, next_)
        elif all(isinstance(item, str) for item in next_):
            for index, name in enumerate(next_):
                yield from self._target((*path, index), name)
                if name in targets:
                    yield Finding((*path, index), f"`{name}` is named twice")
                targets.append(name)
        else:
            yield from self._choices(path, next_, targets)

    def _choices(self, path: Path, next_: list[Any], targets: list[str]) -> Iterator[Finding]:
        seen: set[str] = set()
        for index, item in enumerate(next_):
            here = (*path, index)
            if isinstance(item, str):
                yield Finding(here, f"among conditions, write `{{to: {item}}}`")
                continue
            targets.append(item["to"])
            yield from self._target((*here, "to"), item["to"])
            if "when" not in item:
                if index < len(next_) - 1:
                    yield Finding(here, "without `when` it always fits: what follows is in vain")
                continue
            yield from self._known.check_condition((*here, "when"), item["when"])
            if one_line(item["when"]) in seen:
                yield Finding((*here, "when"), "this condition was asked before")
            seen.add(one_line(item["when"]))

    def _target(self, path: Path, name: str) -> Iterator[Finding]:
        nodes = self._section("nodes")
        if name == LAST or name in nodes:
            return
        near = did_you_mean(name, [*nodes, LAST])
        if name.upper() == LAST:
            near = f"; did you mean `{LAST}`?"
        yield Finding(path, f"`{name}` is not a node{near or f'; the nodes are {_listed(nodes)}'}")

    def _unreachable(self) -> Iterator[Finding]:
        """Yield nodes that nothing leads to; silent while a target is wrong: it would be noise."""
        nodes = self._section("nodes")
        leads = {name for targets in self._targets.values() for name in targets}
        if len(self._targets) != len(nodes) or leads - {*nodes, LAST}:
            return
        reached, waiting = set[str](), [*nodes][:1]
        while waiting:
            name = waiting.pop()
            if name not in reached and name in nodes:
                reached.add(name)
                waiting += self._targets[name]
        for name in nodes:
            if name not in reached:
                yield Finding(("nodes", name), f"nothing leads to `{name}`", key=True)


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join([*names][:12])


_VERB_CHECKS: Final = {
    "run": _Meaning._run,
    "python": _Meaning._python,
    "ask": _Meaning._ask,
    "set": _Meaning._set,
    "fail": _Meaning._fail,
}
