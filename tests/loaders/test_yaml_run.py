"""YAML graphs, run by the engine: every verb, `next`, retries, defaults, output."""

import os
from pathlib import Path
from typing import Any

import pytest

from graphcli.engine.running.events import TaskRetried
from graphcli.errors import InvalidGraphError
from graphcli.loaders import load
from tests.loaders.conftest import Runner

HEAD = "version: 1\n"


def test_a_release_is_approved_or_rejected(run: Runner) -> None:
    text = (
        HEAD
        + """\
inputs: {tag: {type: text}, regions: {type: json, default: [a, b]}}
state: {log: {reducer: append}}
nodes:
  build:
    run: printf '%s %s\\n' "$TAG" "$REGIONS"
    env: {TAG: "{{ inputs.tag }}", REGIONS: "{{ inputs.regions }}"}
    next: approve
  approve:
    ask:
      message: "Release {{ inputs.tag }}?"
      show: "{{ nodes.build.stdout }}"
      fields: {decision: {choices: [deploy, abort], default: abort}, why: {required: false}}
    next: [{when: nodes.approve.decision == 'deploy', to: done}, {to: stopped}]
  done: {set: {log: "deployed {{ inputs.tag }}"}}
  stopped: {fail: "aborted: {{ nodes.approve.why or 'no reason' }}"}
"""
    )
    waiting = run(text, tag="v1")
    assert waiting.status == "waiting"
    (asked,) = waiting.end.questions
    assert asked.payload == {"message": "Release v1?", "show": 'v1 ["a", "b"]'}
    assert list(asked.schema["properties"]) == ["decision", "why"]
    assert asked.schema["required"] == ["decision"]
    finished = waiting.answer({"decision": "deploy"})
    assert (finished.status, finished.output) == ("finished", {"log": ["deployed v1"]})
    rejected = run(text, tag="v1").answer({"decision": "abort"})
    assert (rejected.status, rejected.failure) == ("rejected", "aborted: no reason")


def test_unanswered_fields_are_null_and_a_lone_question_is_text(run: Runner) -> None:
    text = (
        HEAD
        + """\
nodes:
  form: {ask: {message: m, fields: {a: {}, b: {required: false}}}, next: text}
  text: {ask: "Say {{ nodes.form.a }}"}
output: {form: "{{ nodes.form }}", text: "{{ nodes.text }}"}
"""
    )
    second = run(text).answer({"a": "x"})
    (asked,) = second.end.questions
    assert (asked.payload, asked.schema) == ({"message": "Say x"}, {"type": "string"})
    assert second.answer("hi").output == {"form": {"a": "x", "b": None}, "text": "hi"}


def test_the_schema_of_a_question_has_every_word_of_its_fields(run: Runner) -> None:
    text = (
        HEAD
        + """\
nodes:
  n: {run: echo draft, next: f}
  f:
    ask:
      message: m
      fields:
        text: {label: T, help: H, placeholder: P, default: "{{ nodes.n.stdout }}"}
        long: {multiline: true}
        int: {type: integer, validate: value > 0, when: text != ''}
        num: {type: number}
        yes_: {type: boolean, default: true}
        one: {choices: [a, b]}
        many: {choices: [a, b], multiselect: true}
        day: {type: date}
        file: {type: path}
        data: {type: json}
"""
    )
    (asked,) = run(text).end.questions
    assert asked.schema["properties"] == {
        "text": {"type": "string", "title": "T", "description": "H", "default": "draft",
                 "x-graphcli": {"kind": "text", "placeholder": "P"}},
        "long": {"type": "string", "x-graphcli": {"kind": "long_text"}},
        "int": {"type": "integer", "x-graphcli": {
            "kind": "integer", "when": "text != ''", "validate": "value > 0"}},
        "num": {"type": "number", "x-graphcli": {"kind": "number"}},
        "yes_": {"type": "boolean", "default": True, "x-graphcli": {"kind": "confirm"}},
        "one": {"enum": ["a", "b"], "x-graphcli": {"kind": "choice"}},
        "many": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True,
                 "x-graphcli": {"kind": "choices"}},
        "day": {"type": "string", "format": "date", "x-graphcli": {"kind": "date"}},
        "file": {"type": "string", "x-graphcli": {"kind": "path"}},
        "data": {"x-graphcli": {"kind": "json"}},
    }  # fmt: skip


def test_state_folds_by_its_reducers_and_starts_with_its_defaults(run: Runner) -> None:
    text = (
        HEAD
        + """\
state:
  log: {reducer: append, default: [first]}
  facts: {reducer: merge, default: {a: 1}}
  last: {type: integer, default: 7}
  none: {}
nodes:
  a: {run: "true", next: [b, c]}
  b: {set: {log: [b], facts: {b: 2}, last: "{{ state.last + 1 }}"}, next: d}
  c: {set: {log: c, facts: {a: 3}}}
  d: {set: {log: "{{ state.last }}"}}
"""
    )
    assert run(text).output == {
        "log": ["first", ["b"], "c", 8],
        "facts": {"a": 3, "b": 2},
        "last": 8,
        "none": None,
    }


def test_a_value_of_the_wrong_type_fails_the_node(run: Runner) -> None:
    text = HEAD + "state: {n: {type: integer}}\nnodes: {a: {set: {n: '{{ \"x\" }}'}}}\n"
    failed = run(text)
    assert failed.status == "failed"
    assert failed.failure == "node `a`: `state.n` takes a whole number, not a str"


def test_next_fails_where_nothing_holds(run: Runner) -> None:
    text = HEAD + "nodes: {a: {run: 'true', next: [{when: nodes.a.exit_code > 0, to: END}]}}\n"
    failed = run(text)
    assert failed.status == "failed"
    assert "no condition of `next` holds" in failed.failure


def test_an_expression_that_fails_shows_itself(run: Runner) -> None:
    text = HEAD + "inputs: {x: {type: json}}\nnodes: {a: {fail: 'no: {{ inputs.x.scor }}'}}\n"
    failed = run(text, x={"score": 1})
    assert failed.status == "failed"
    assert failed.failure == (
        "node `a`, fail: no key `scor`; did you mean `score`?\n"
        "    no: {{ inputs.x.scor }}\n"
        "           ^^^^^^^^^^^^^"
    )


def test_a_failed_command_says_how_and_its_last_lines(run: Runner) -> None:
    script = "for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; exit 3"
    failed = run(HEAD + f"nodes: {{a: {{run: '{script}'}}}}\n")
    assert failed.status == "failed"
    assert failed.failure == (
        "node `a`: the command ended with exit code 3"
        + "".join(f"\n    line {n}" for n in range(3, 8))
    )


def test_a_command_runs_beside_its_file_with_few_variables(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHCLI_TEST_SECRET", "leak")
    text = (
        HEAD
        + """\
nodes:
  a: {run: "pwd; env | sed 's/=.*//' | sort | tr '\\n' ' '", env: {A: 1, B: {c: null}}, next: b}
  b: {run: 'echo "$X"; cat', env: {X: "{{ nodes.a }}"}}
output: "{{ nodes.a.stdout }}"
"""
    )
    finished = run(text)
    folder, names = finished.output.split("\n")
    assert Path(folder) == run.folder.resolve()
    given = set(names.split()) - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert given == {"A", "B"} | {"PATH", "HOME", "LANG", "TMPDIR"} & set(os.environ)
    assert finished.status == "finished"


def test_an_unset_variable_fails_the_command(run: Runner) -> None:
    failed = run(HEAD + "nodes: {a: {run: 'echo $NOPE; echo never'}}\n")
    assert failed.status == "failed"
    assert "NOPE" in failed.failure


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_a_value_that_no_command_can_take(run: Runner, value: str) -> None:
    text = HEAD + "inputs: {v: {}}\nnodes: {a: {run: 'true', env: {V: '{{ inputs.v }}'}}}\n"
    failed = run(text, v=value)
    assert failed.status == "failed"
    assert failed.failure.startswith("node `a`: the command cannot be started: ")


@pytest.mark.parametrize(
    ("on", "tries"),
    [("", 3), ("on: exit", 3), ("on: [7]", 3), ("on: [8]", 1), ("on: [timeout, OSError]", 1)],
)
def test_retries(run: Runner, on: str, tries: int) -> None:
    retry = f"{{max: 2, backoff: 1ms{', ' + on if on else ''}}}"
    failed = run(HEAD + f"nodes: {{a: {{run: 'echo x >> count; exit 7', retry: {retry}}}}}\n")
    assert failed.status == "failed"
    assert (run.folder / "count").read_text().count("x") == tries
    assert sum(isinstance(event, TaskRetried) for event in failed.events) == tries - 1


def test_a_condition_that_fails_does_not_run_the_command_again(run: Runner) -> None:
    next_ = "next: [{when: nodes.a.exit_code > 0, to: END}]"
    run(HEAD + f"nodes: {{a: {{run: 'echo x >> count', retry: {{max: 3}}, {next_}}}}}\n")
    assert (run.folder / "count").read_text().count("x") == 1


def test_a_timeout_ends_the_command(run: Runner) -> None:
    failed = run(HEAD + "nodes: {a: {run: 'sleep 600', timeout: 50ms}}\n")
    assert (failed.status, failed.failure) == ("failed", "node `a` took longer than 0.05 s")


FUNCTIONS = """\
import dataclasses

@dataclasses.dataclass
class Point:
    x: int

def names(seen):
    return {"inputs": seen["inputs"], "keys": sorted(seen)}

def add(a, b=2, *, c=0):
    print("not on stdout")
    return a + b + c

async def later(a):
    return [Point(a)]

def boom(a):
    raise ValueError("broken")

not_callable = 3
"""


def test_functions_are_called_with_names_or_arguments(run: Runner) -> None:
    (run.folder / "fns.py").write_text(FUNCTIONS)
    text = (
        HEAD
        + """\
inputs: {n: {type: integer, default: 1}}
nodes:
  a: {python: "./fns.py:names", next: b}
  b: {python: "./fns.py:add", with: {a: "{{ inputs.n }}", c: 4}, next: c}
  c: {python: "./fns.py:later", with: {a: "{{ nodes.b }}"}, timeout: 5s}
output: ["{{ nodes.a }}", "{{ nodes.b }}", "{{ nodes.c }}"]
"""
    )
    expected: list[Any] = [{"inputs": {"n": 1}, "keys": ["inputs", "nodes", "state"]}, 7,
                           [{"x": 7}]]  # fmt: skip
    assert run(text).output == expected


def test_a_function_of_a_module_beside_the_file(run: Runner) -> None:
    (run.folder / "beside_yaml_module.py").write_text("def f(names):\n    return 5\n")
    text = HEAD + 'nodes: {a: {python: "beside_yaml_module:f"}}\noutput: "{{ nodes.a }}"\n'
    assert run(text).output == 5


def test_a_function_that_raises_fails_the_node(run: Runner) -> None:
    (run.folder / "fns.py").write_text(FUNCTIONS)
    failed = run(HEAD + 'nodes: {a: {python: "./fns.py:boom", with: {a: 1}}}\n')
    assert (failed.status, failed.failure) == ("failed", "broken")


BAD_FUNCTIONS = {
    '"./gone.py:f"': "there is no file",
    '"./fns.py:ad", with: {a: 1}': "did you mean `add`",
    '"./fns.py:not_callable"': "is a int, not a function",
    '"./fns.py:add", with: {d: 1}': "cannot be called with d",
    '"./fns.py:later", with: {}': "cannot be called with none",
    '"no_such_module_here:f"': "there is no module `no_such_module_here`",
    '"./fns.py:add", with: {a: 1}, timeout: 5s': "cannot be stopped from outside",
    '"./bad.py:f"': "1 + ",
}


@pytest.mark.parametrize(("spec", "message"), BAD_FUNCTIONS.items())
def test_functions_that_cannot_be_used_have_their_place(
    run: Runner, spec: str, message: str
) -> None:
    (run.folder / "fns.py").write_text(FUNCTIONS)
    (run.folder / "bad.py").write_text("1 + \n")
    with pytest.raises(InvalidGraphError) as caught:
        run.load(HEAD + f"nodes: {{a: {{python: {spec}}}}}\n")
    (problem,) = caught.value.problems
    assert problem.startswith("g.yaml:2:")
    assert message in problem


@pytest.mark.parametrize("spec", [s for s in BAD_FUNCTIONS if "not_callable" not in s])
def test_a_look_finds_the_same_without_an_import(run: Runner, spec: str) -> None:
    (run.folder / "fns.py").write_text(FUNCTIONS)
    (run.folder / "bad.py").write_text("1 + \n")
    text = HEAD + f"nodes: {{a: {{python: {spec}}}}}\n"
    with pytest.raises(InvalidGraphError) as imported:
        run.load(text)
    (run.folder / "fns.py").write_text("raise SystemExit('imported')\n" + FUNCTIONS)
    with pytest.raises(InvalidGraphError) as seen:
        run.load(text, looking=True)
    assert seen.value.problems == imported.value.problems


LOOKED_AT = """\
raise SystemExit("imported")
from os.path import join, basename as base
from somewhere import *

def plain(a: boom(), *, b: int = boom()) -> boom():
    boom()

async def later(a): ...

@boom
def decorated(): ...

made = boom()
if boom:
    def chosen(): ...
class Callable: ...
"""


def test_a_look_runs_nothing_of_what_is_named(run: Runner) -> None:
    (run.folder / "fns.py").write_text(LOOKED_AT)
    (run.folder / "looked_at").mkdir()
    (run.folder / "looked_at" / "__init__.py").write_text(LOOKED_AT)
    (run.folder / "looked_at" / "inside.py").write_text(LOOKED_AT)
    names = ("decorated", "made", "chosen", "Callable", "join", "base", "of_somewhere")
    specs = [f"./fns.py:{name}" for name in names]
    specs += ["looked_at:made", "looked_at.inside:chosen", "json:dumps", "math:sin", "sys:exit"]
    plain = [f'"{where}:plain", with: {{a: 1, b: 2}}' for where in ("./fns.py", "looked_at.inside")]
    whole = [*plain, '"./fns.py:later", with: {a: 1}, timeout: 5s', *(f'"{s}"' for s in specs)]
    numbered = enumerate(whole, 1)
    nodes = "".join(f"  n{n}: {{python: {spec}, next: n{n + 1}}}\n" for n, spec in numbered)
    nodes += f"  n{len(whole) + 1}: {{python: looked_at:made}}\n"
    assert len(run.load(f"{HEAD}nodes:\n{nodes}", looking=True).graph.node_names) == len(whole) + 1


def test_checking_imports_nothing(run: Runner) -> None:
    (run.folder / "fns.py").write_text("raise SystemExit('imported')\n")
    with pytest.raises(InvalidGraphError, match="one problem"):
        run.load(HEAD + 'nodes: {a: {python: "./fns.py:f", next: gone}}\n')


def test_inputs_and_what_they_start_with(run: Runner) -> None:
    graph = run.load(
        HEAD
        + """\
description: D
inputs: {a: {help: H}, b: {type: integer, default: 2}, c: {required: false}}
nodes: {x: {run: "true"}}
"""
    )
    assert (graph.name, graph.description) == ("g", "D")
    assert graph.inputs["required"] == ["a"]
    assert graph.inputs["properties"]["a"]["description"] == "H"
    assert graph.initial({"a": "v"}) == {"inputs": {"a": "v", "b": 2, "c": None}}


def test_a_reference_loads_again_from_anywhere(run: Runner, tmp_path: Path) -> None:
    graph = run.load(HEAD + "name: named\nnodes: {x: {run: 'true'}}\n")
    again = load(graph.reference, cwd=Path("/"))
    assert (again.name, again.reference) == ("named", graph.reference)
    assert Path(graph.reference).is_absolute()


def test_a_node_that_changed_has_another_fingerprint(run: Runner) -> None:
    text = HEAD + "nodes: {{x: {{run: '{0}', next: y}}, y: {{run: 'true'}}}}\n"
    first, second = run.load(text.format("a")), run.load(text.format("b"))
    prints = [graph.graph.fingerprint for graph in (first, second)]
    assert {key for key in prints[0] if prints[0][key] != prints[1][key]} == {"node:x"}


def test_only_what_may_have_done_something_asks_after_a_crash(run: Runner) -> None:
    (run.folder / "fns.py").write_text(FUNCTIONS)
    graph = run.load(
        HEAD
        + """\
state: {k: {}}
nodes:
  a: {run: "true", next: b}
  b: {run: "true", on_crash: rerun, next: c}
  c: {python: "./fns.py:names", next: d}
  d: {set: {k: 1}, next: e}
  e: {ask: x, next: f}
  f: {fail: x}
"""
    )
    nodes = graph.graph.graph.nodes  # type: ignore[attr-defined]  # ours, not any graph.
    assert [nodes[name].on_crash for name in "abcdef"] == [
        "ask", "rerun", "ask", "rerun", "rerun", "rerun",
    ]  # fmt: skip


def test_the_drawing_has_the_conditions(run: Runner) -> None:
    graph = run.load(
        HEAD
        + """\
nodes:
  a: {run: "true", next: [{when: nodes.a.exit_code  ==  1, to: b}, {to: END}]}
  b: {run: "true"}
"""
    )
    drawn = graph.graph.draw_mermaid()
    assert "nodes.a.exit_code == 1" in drawn
    assert "else" in drawn
