"""What is told of the way ahead of an answer is what happens then: never a guess."""

import re
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest

from graphcli.engine.running.protocol import LoadedGraph
from graphcli.engine.values.ways import Target, Way
from graphcli.loaders import load
from graphcli.loaders.yaml.ahead import UnknownError, Veiled
from graphcli.loaders.yaml.values import channel_of

FORM = """
version: 1
name: g
inputs: {env: {type: text, default: dev}}
nodes:
  begin: {run: 'true', next: [ask, deploy, note, aborted]}
  ask:
    ask:
      message: M
      fields:
        decision: {type: choice, choices: [deploy, abort, later]}
        loud: {type: boolean}
        comment: {type: text, required: false}
        regions: {choices: [eu, us], multiselect: true}
    next: NEXT
  deploy: {run: 'true'}
  note: {run: 'true'}
  aborted: {fail: stopped}
"""
DECIDED, LATER = "nodes.ask.decision == 'deploy'", "nodes.ask.decision == 'later'"


def graph(tmp_path: Path, next_: str) -> LoadedGraph:
    file = tmp_path / "g.yaml"
    file.write_text(FORM.replace("NEXT", next_))
    return load(str(file), cwd=tmp_path)


def told(loaded: LoadedGraph, env: str = "dev", **answer: Any) -> str:
    assert loaded.foresee is not None
    return str(loaded.foresee("ask", {"inputs": {"env": env}}, answer))


def test_an_edge_leads_there_whatever_is_answered(tmp_path: Path) -> None:
    assert told(graph(tmp_path, "deploy")) == "→ deploy"
    assert told(graph(tmp_path, "[deploy, aborted]")) == "→ deploy and aborted (ends: rejected)"
    assert told(graph(tmp_path, "END"), decision="abort") == "→ END"


def test_each_choice_takes_its_way(tmp_path: Path) -> None:
    loaded = graph(tmp_path, f'[{{when: "{DECIDED}", to: deploy}}, {{to: aborted}}]')
    assert told(loaded, decision="deploy") == "→ deploy"
    assert told(loaded, decision="abort") == "→ aborted (ends: rejected)"
    assert told(loaded) == told(loaded, loud=True) == "→ deploy or aborted (ends: rejected)"


def test_what_is_known_of_the_state_is_used(tmp_path: Path) -> None:
    condition = f"inputs.env == 'prod' and {DECIDED}"
    loaded = graph(tmp_path, f'[{{when: "{condition}", to: deploy}}, {{to: aborted}}]')
    assert told(loaded, decision="deploy") == told(loaded) == "→ aborted (ends: rejected)"
    assert told(loaded, "prod", decision="deploy") == "→ deploy"


def test_what_reads_another_field_is_left_open(tmp_path: Path) -> None:
    condition = f"{LATER} and nodes.ask.comment"
    loaded = graph(tmp_path, f'[{{when: "{condition}", to: note}}, {{to: END}}]')
    assert told(loaded, decision="later") == "→ note or END"
    assert told(loaded, decision="abort") == "→ END"


def test_where_nothing_holds_the_graph_fails(tmp_path: Path) -> None:
    loaded = graph(tmp_path, f'[{{when: "{DECIDED}", to: deploy}}]')
    assert told(loaded, decision="abort") == "→ nowhere (ends: failed)"
    assert told(loaded) == "→ deploy or nowhere (ends: failed)"


def test_of_a_condition_that_cannot_be_computed_nothing_is_said(tmp_path: Path) -> None:
    loaded = graph(tmp_path, '[{when: "inputs.env > 3", to: deploy}, {to: END}]')
    assert told(loaded) == "None"


CONDITIONS = [
    DECIDED,
    f"{DECIDED} or nodes.ask.loud",
    f"nodes.ask.loud and {DECIDED}",
    f"not nodes.ask.loud and {LATER}",
    "nodes.ask.comment | default('x') == 'x'",
    "default(nodes.ask.comment, 'x') == 'x' and nodes.ask.loud",
    "nodes.ask.decision in ['later', 'abort']",
    "'eu' in nodes.ask.regions",
    "nodes.ask.regions | length == 2",
    "nodes.ask == nodes.ask",
    "nodes.ask | length == 4",
    "'loud' in nodes.ask",
    "[n for n in nodes.ask if n == 'loud']",
    "inputs.env == 'prod'",
    "nodes.deploy or inputs.env == 'dev'",
    "(nodes.ask.comment if nodes.ask.loud else inputs.env) == 'dev'",
]


def wrongly_told(tmp_path: Path, conditions: list[str]) -> list[str]:
    """Each way that was told and not taken, over all conditions, answers and parts of them."""
    wrong: list[str] = []
    for first, second in product(conditions, CONDITIONS[:2]):
        if first == second:
            continue
        rules = f'[{{when: "{first}", to: deploy}}, {{when: "{second}", to: note}}, {{to: END}}]'
        wrong += _wrong(graph(tmp_path, rules), f"{first} / {second}")
    return wrong


def _wrong(loaded: LoadedGraph, rules: str) -> list[str]:
    assert loaded.foresee is not None
    [branch] = loaded.graph.graph.branches["ask"]  # type: ignore[attr-defined]
    wrong = []
    for decision, loud, comment in product(["deploy", "abort", "later"], [True, False], ["", "x"]):
        answer = {"decision": decision, "loud": loud, "comment": comment, "regions": ["eu"]}
        state = {"inputs": {"env": "dev"}, channel_of("ask"): answer}
        taken = branch.ends[branch.path(state)].replace("__end__", "END")
        for known in ({}, {"decision": decision}, {"loud": loud}, answer):
            way = loaded.foresee("ask", {"inputs": {"env": "dev"}}, known)
            if way is None or Target(taken) not in (way.to or way.either):
                wrong.append(f"{rules}: {known}: {way}, not {taken}")
    return wrong


def test_what_is_told_is_what_happens(tmp_path: Path) -> None:
    assert wrongly_told(tmp_path, CONDITIONS) == []


def test_nothing_is_told_that_no_answer_leads_to(tmp_path: Path) -> None:
    """Where only fields with few values decide, what is told is exactly what can happen."""
    both = [DECIDED, f"{DECIDED} and nodes.ask.loud", f"not nodes.ask.loud and {LATER}", LATER]
    for first, second in permutations(both, 2):
        rules = f'[{{when: "{first}", to: deploy}}, {{when: "{second}", to: note}}, {{to: END}}]'
        loaded = graph(tmp_path, rules)
        decisions, louds = ["deploy", "abort", "later"], [True, False]
        for decision in [None, *decisions]:
            for loud in [None, *louds]:
                given = {"decision": decision, "loud": loud}
                known: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
                all_ = product(
                    [decision] if decision else decisions, louds if loud is None else [loud]
                )
                taken = {told(loaded, decision=one, loud=other) for one, other in all_}
                said = re.split(", | or ", told(loaded, **known).removeprefix("→ "))
                assert sorted(f"→ {each}" for each in said) == sorted(taken), (rules, known)


def test_a_field_that_may_be_left_out_may_have_no_value(tmp_path: Path) -> None:
    """The same for one that is asked only sometimes: the way without it is told as well."""
    for more in (", required: false", ", when: \"decision == 'later'\""):
        text = FORM.replace("{type: boolean}", f"{{type: boolean{more}}}")
        rules = '[{when: "nodes.ask.loud == none", to: note}, {to: END}]'
        file = tmp_path / "g.yaml"
        file.write_text(text.replace("NEXT", rules))
        assert told(load(str(file), cwd=tmp_path)) == "→ note or END"


def test_control_a_guess_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Veiled, "__getitem__", lambda self, key: self._known.get(key))
    assert wrongly_told(tmp_path, CONDITIONS[:2]) != []


def test_what_is_not_known_cannot_be_read_in_any_way() -> None:
    veiled = Veiled({"a": 1}, ("a", "b"))
    assert veiled["a"] == 1
    for read in (dict, len, list, lambda v: v["b"], lambda v: v == {}, lambda v: "b" in v):
        with pytest.raises(UnknownError):
            read(veiled)
    with pytest.raises(KeyError):
        veiled["c"]


def test_words() -> None:
    way = Way((Target("log"),), (Target("a"), Target("b", waits_for=("c", "d"))))
    assert str(way) == "→ log, and a or b (waits for c, d)"
