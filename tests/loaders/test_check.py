"""Every mistake in a YAML graph: one line each, with its place, all of them at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcli.errors import InvalidGraphError
from graphcli.loaders import format_schema
from graphcli.loaders.yaml.check import check
from graphcli.loaders.yaml.positions import Document, read
from graphcli.schema import problems


def found(text: str) -> tuple[str, ...]:
    try:
        check(read(text, "g.yaml"))
    except InvalidGraphError as error:
        return error.problems
    return ()


def heads(text: str) -> list[str]:
    return [problem.splitlines()[0] for problem in found(text)]


def pointed_at(problem: str) -> str:
    """The characters above the caret."""
    _, line, caret = problem.splitlines()
    start = caret.index("^")
    return line[start : start + caret.count("^")]


GOOD = """\
# yaml-language-server: $schema=graph.schema.json
version: 1
name: release
description: Release a tag
inputs:
  tag: {type: text, help: Git tag, placeholder: v1.0}
  regions: {type: json, default: [a, b]}
  when_: {type: date, default: 2026-01-31, required: false}
state:
  log: {type: list, reducer: append}
  facts: {reducer: merge, default: {a: 1}}
  n: {type: integer, default: 0}
nodes:
  build:
    run: echo "$TAG" && docker ps --format '{{.Names}}'
    env: {TAG: "{{ inputs.tag }}", N: 3, ALL: "{{ state }}"}
    timeout: 5m
    retry: {max: 2, backoff: 500ms, on: [exit, timeout, 75, OSError]}
    on_crash: rerun
    next: [approve, side]
  side: {set: {log: x, facts: {b: "{{ nodes.build.exit_code }}"}, n: 1}}
  approve:
    ask:
      message: "Release {{ inputs.tag }}?"
      show: {out: "{{ nodes.build.stdout }}", who: ["{{ inputs.regions }}"]}
      fields:
        decision: {choices: [deploy, "no", "1.10"], default: deploy}
        many: {choices: [a, b], multiselect: true, default: [a]}
        why: {multiline: true, required: false, default: "{{ nodes.build.stdout }}"}
        age: {type: integer, validate: value > 0 and decision != 'no', when: decision == 'deploy'}
    next:
      - {when: nodes.approve.decision == 'deploy', to: note}
      - {when: "nodes.approve.age | default(0) > 3", to: END}
      - {to: stop}
  note: {ask: "Anything else?", next: again}
  again:
    run: "true"
    next: {}
  stop: {fail: "no: {{ nodes.approve.why or nodes.note }}"}
output: {log: "{{ state.log }}", note: "{{ nodes.note }}"}
""".replace("    next: {}\n", "")


def test_a_good_graph_has_no_problems() -> None:
    assert found(GOOD) == ()


#: (what stands in GOOD, what stands there instead, characters that are pointed at, the message)
MISTAKES: list[tuple[str, str, str, str]] = [
    ("version: 1", "version: 2", "2", "must be `1`, not `2`"),
    ("version: 1", 'version: "1"', '"1"', "must be 1 without quotes"),
    ("version: 1\n", "", "name: release", "`version` is missing"),
    ("name: release", "nam: release", "nam", "unknown key `nam`; did you mean `name`?"),
    ("name: release", "name: a b", "a b", "letters, digits"),
    ("type: text,", "type: txt,", "txt", "did you mean `text`"),
    ("type: integer, default: 0}", "type: secret}", "secret", "must be `text`, `integer`"),
    ("help: Git tag", "hlep: Git tag", "hlep", "did you mean `help`"),
    ("help: Git tag", "help: 3", "3", "must be text, not `3`"),
    ("  tag: {", "  class: {", "class", "a word of the expression language"),
    ("  tag: {", "  a-b: {", "a-b", "is no name"),
    ("default: 2026-01-31", "default: 2026-02-31", "2026-02-31", "must be a date"),
    ("default: 2026-01-31", "default: 20260131", "20260131", 'write `"20260131"`'),
    ("reducer: append", "reducer: apend", "apend", "did you mean `append`"),
    ("type: list, reducer", "type: text, reducer", "text", "`append` needs a list"),
    ("default: {a: 1}", "default: [1]", "[1]", "must be a mapping"),
    ("type: integer, default: 0", "type: integer, default: x", "x", "must be a whole number"),
    ("type: integer, default: 0", "type: integer, default: true", "true", "a whole number"),
    ("  n: {type", "  inputs: {type", "inputs", "the name `inputs` is taken"),
    ("    run: echo", "    rnu: echo", "rnu", "unknown key `rnu`; did you mean `run`?"),
    ("    run: echo", "    map: echo", "map", "`map` is not supported yet"),
    ("    timeout: 5m", "    needs: [side]", "needs", "`needs` is not supported yet"),
    ("    timeout: 5m", "    ask: x", "ask", "make them two nodes"),
    ("    timeout: 5m", "    timeout: 5x", "5x", "as in `90s`"),
    ("    timeout: 5m", "    timeout: 0", "0", "more than 0 seconds"),
    ("    timeout: 5m", "    timeout: -1", "-1", "more than 0 seconds"),
    ("max: 2", "max: two", "two", "must be a whole number, not `two`"),
    ("max: 2", "max: 1000", "1000", "from 0 to 100"),
    ("{max: 2, ", "{", "retry", "`max` is missing"),
    ("75, OSError", "75, OS-Error", "OS-Error", "name of an exception"),
    ("on_crash: rerun", "on_crash: retry", "retry", "must be `ask` or `rerun`"),
    ('"$TAG" &&', '"{{inputs.tag}}" &&', "{{inputs", "`run` is never templated"),
    ("N: 3", "N: 1.10", "1.10", '`1.10` would become `1.1`; write `"1.10"`'),
    ("N: 3", "N-A: 3", "N-A", "no name of a variable"),
    ("inputs.tag }}\", N", "inputs.tga }}\", N", "inputs.tga", "did you mean `tag`"),
    ("inputs.tag }}\", N", "inpts.tag }}\", N", "inpts", "did you mean `inputs`"),
    ("{{ inputs.tag }}?", "{{ inputs.tag }?", "{{", "`{{` without `}}`"),
    ("{{ inputs.tag }}?", "{{ inputs.tag | upr }}?", "upr", "did you mean `upper`"),
    ("[approve, side]", "[approve, sid]", "sid", "`sid` is not a node; did you mean `side`?"),
    ("[approve, side]", "[approve, side, side]", "side", "is named twice"),
    ("[approve, side]", "[]", "[]", "leads nowhere"),
    ("[approve, side]", "{to: approve}", "{to: approve}", "must be text, not a mapping"),
    ("{log: x,", "{lgo: x,", "lgo", "did you mean `log`"),
    ("nodes.build.exit_code", "nodes.build.code", "nodes.build.code", "did you mean `exit_code`"),
    ("nodes.build.exit_code", "nodes.biuld.x", "nodes.biuld.x", "did you mean `build`"),
    ("nodes.build.exit_code", "nodes.side.x", "nodes.side.x", "leaves nothing behind"),
    ("nodes.build.exit_code", "nodes.note.x", "nodes.note.x", "is one text"),
    ("      message:", "      mesage:", "mesage", "did you mean `message`"),
    ("      message:", "      expires: 24h\n      message:", "expires", "not supported yet"),
    ('[deploy, "no"', "[deploy, no", "no", 'a choice is text; write `"no"`'),
    ('"1.10"]', "1.10]", "1.10", 'a choice is text; write `"1.10"`'),
    ('"1.10"]', "true]", "true", 'a choice is text; write `"true"`'),
    ('"1.10"]', "deploy]", "deploy", "given twice"),
    ('"1.10"]', '" "]', '" "', "not empty"),
    ('[deploy, "no", "1.10"]', "[]", "[]", "at least one option"),
    ("default: deploy", "default: dploy", "dploy", "did you mean `deploy`"),
    ("default: [a]", "default: [a, c]", "c", "not among the choices"),
    ("default: [a]", "default: a", "a", "must be a list of choices"),
    ("{choices: [a, b], multi", "{multi", "multiselect", "`multiselect` needs `choices`"),
    ("why: {multiline", "why: {type: choice, multiline", "why", "a choice needs `choices`"),
    ("why: {multiline", "why: {type: path, multiline", "multiline", "is for text"),
    ("why: {", "value: {", "value", "the name `value` is taken"),
    ("value > 0", "valu > 0", "valu", "did you mean `value`"),
    ("when: decision ==", "when: later ==", "later", "unknown name"),
    ("when: decision ==", "when: decision =", "=", "invalid syntax"),
    ("{when: nodes.approve.decision == 'deploy', ", "{", "{to: note}", "what follows is in vain"),
    ("nodes.approve.decision == 'deploy'", "nodes.approve.decison", "nodes.approve.decison",
     "did you mean `decision`"),
    ("nodes.approve.decision == 'deploy'", '"{{ state.n }}"', '"{{ state.n }}"', "bare expression"),
    ("nodes.approve.decision == 'deploy'", "state.n &&", "&", "write `and`"),
    ('"nodes.approve.age | default(0) > 3"', "nodes.approve.decision  ==  'deploy'",
     "nodes.approve.decision  ==  'deploy'", "was asked before"),
    ("- {to: stop}", "- stop", "stop", "write `{to: stop}`"),
    ("- {to: stop}", "- {too: stop}", "too", "did you mean `to`"),
    ("next: again", "next: end", "end", "did you mean `END`"),
    ("next: again", "next: END", "again", "nothing leads to `again`"),
    ("  stop: {fail", "  Stop: {fail", "Stop", "is no node id"),
    ('stop: {fail: "no', 'stop: {next: END, fail: "no', "next", "unknown key `next`"),
    ("{{ state.log }}", "{{ state.lgo }}", "state.lgo", "did you mean `log`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "message"), MISTAKES, ids=[f"{m[1][:24]}" for m in MISTAKES]
)
def test_each_mistake_has_its_message_and_its_place(
    old: str, new: str, place: str, message: str
) -> None:
    assert old in GOOD
    lines = [line for line in found(GOOD.replace(old, new, 1)) if message in line]
    assert lines, found(GOOD.replace(old, new, 1))
    assert pointed_at(lines[0]).startswith(place[:1])
    assert place in (pointed_at(lines[0]), pointed_at(lines[-1]))


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = "version: 1\nnodes:\n  a: {run: x, nxt: b, next: c}\n  b: {set: {k: 1}, next: d}\n"
    assert heads(text) == [
        "g.yaml:3:15: unknown key `nxt`; did you mean `next`?",
        "g.yaml:4:13: `state` has no `k`; name it under `state:`",
        "g.yaml:4:26: `d` is not a node; the nodes are a, b",
    ]


def test_a_problem_shows_the_line_and_a_caret() -> None:
    (problem,) = found("version: 1\nnodes:\n  a: {run: x, next: b}\n  bb: {run: y, next: a}\n")[:1]
    assert problem == (
        "g.yaml:3:21: `b` is not a node; did you mean `bb`?\n"
        "      a: {run: x, next: b}\n"
        "                        ^"
    )


SHAPELESS = [
    "3", "[1]", "x", "null", "{}", "nodes: 3", "nodes: {}", "version: 1\nnodes: [a]",
    "version: 1\nnodes: {a: 3, b: null}", "inputs: 3\nstate: [1]\nnodes: {a: {}}\noutput: '{{'",
]  # fmt: skip


@pytest.mark.parametrize("text", SHAPELESS)
def test_wrong_shapes_are_problems_too(text: str) -> None:
    assert found(text)


def test_the_format_is_what_an_editor_takes() -> None:
    schema = format_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    words = json.dumps(schema)
    assert "$defs" not in words
    assert "prefixItems" not in words
    assert problems(schema, read(GOOD, "g").data) == []
    file = Path(check.__code__.co_filename).parent.parent / "graph.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == schema


KEYS = st.sampled_from(
    ["version", "nodes", "inputs", "state", "output", "run", "ask", "set", "fail", "python", "next",
     "when", "to", "fields", "message", "choices", "default", "type", "retry", "max", "on", "env",
     "with", "a", "b", "reducer", "validate", "timeout", "x-y", "label", "show", "multiselect"]
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, 2.5, "a", "b", "END", "choice", "{{ nodes.a.x }}", "{{",
                     "append", "5s", "nodes.b == 1", "./f.py:g"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=14,
)  # fmt: skip
NODES = st.fixed_dictionaries(
    {"version": st.just(1), "nodes": st.dictionaries(st.sampled_from("ab"), VALUES, max_size=2)},
    optional={"inputs": VALUES, "state": VALUES, "output": VALUES},
)


@given(VALUES | NODES)
def test_any_data_is_checked_without_a_crash(data: Any) -> None:
    text = json.dumps(data)
    document: Document = read(text, "g.yaml")
    assert document.data == data
    assert all(line.startswith("g.yaml:") for line in found(text))
