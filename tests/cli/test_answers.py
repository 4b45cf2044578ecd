"""Answers from scripts: which question each is for, how it is read, and what is refused."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from graphcli.cli import sheet as sheets
from graphcli.cli.given import Given
from graphcli.cli.sheet import Sheet
from graphcli.engine.values.model import Asked
from graphcli.errors import NotFoundError, UsageError
from graphcli.prompts import recognise
from tests.cli.session import play
from tests.conftest import Shell

#: Asks until it is told to stop.
LOOP = """\
from typing import TypedDict

from graphcli import START, Command, StateGraph, interrupt


class State(TypedDict, total=False):
    said: list[str]


def ask(state):
    said = state.get("said", [])
    answer = interrupt({"question": f"Question {len(said) + 1}?", "type": "text"})
    goto = "__end__" if answer == "stop" else "ask"
    return Command(update={"said": [*said, answer]}, goto=goto)


graph = StateGraph(State).add_node("ask", ask).add_edge(START, "ask").compile()
"""

#: A form with a field of each kind.
FORM = """\
version: 1
name: form
nodes:
  form:
    ask:
      message: Fill in
      fields:
        who: {type: text}
        sure: {type: boolean}
        count: {type: integer}
        share: {type: number, required: false}
        day: {type: date, required: false}
        colour: {type: choice, choices: [red, blue], default: red}
        tags: {type: choice, choices: [a, b, c], multiselect: true, required: false}
    next: END
output: "{{ nodes.form }}"
"""


@pytest.fixture
def scripts(here: Shell) -> Shell:
    here.write("loop.py", LOOP)
    here.write("form.yaml", FORM)
    return here


def test_a_time_is_counted_in_the_thread_whoever_answers_and_when(scripts: Shell) -> None:
    assert play(
        scripts,
        "run loop.py --thread one -q --answer ask#2=two --answer ask=one",
        "resume one -q --answer ask#3=three --answer ask#4=stop",
    ) == snapshot("""\
$ graphcli run loop.py --thread one -q --answer ask#2=two --answer ask=one
! waiting for a person (exit 8). This is not an error: the graph `loop`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `ask` asks: Question 3?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: any text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one -q --answer ask#3=three --answer ask#4=stop
> {
>   "said": [
>     "one",
>     "two",
>     "three",
>     "stop"
>   ]
> }
""")


def test_the_time_of_what_was_asked_at_once_does_not_move_when_another_is_answered(
    scripts: Shell,
) -> None:
    scripts("run", "regions.py", "--thread", "one", "--answer", "approve#2=no")
    done = scripts("resume", "one", "--answer", "approve#1=yes")
    assert done.json == {"done": ["eu: yes", "us: no"]}


def test_a_field_takes_precedence_over_the_form_in_a_file(scripts: Shell) -> None:
    scripts.write("a.yaml", "form: {who: Ana, sure: yes, count: '3', tags: 'a, c', share: 1e-3}\n")
    done = scripts(
        *("run", "form.yaml", "--answers", "a.yaml"),
        *("--answer", "form.sure=no", "--answer", "form.colour=blue"),
    )
    assert done.json == snapshot(
        {
            "who": "Ana",
            "sure": False,
            "count": 3,
            "share": 0.001,
            "day": None,
            "colour": "blue",
            "tags": ["a", "c"],
        }
    )
    assert "not used" not in done.stderr


def test_a_file_of_answers_may_come_from_stdin_as_json(scripts: Shell) -> None:
    done = scripts(
        *("run", "loop.py", "--answers", "-"),
        stdin='\ufeff{"ask#1": "\\ud83d\\ude00", "ask#2": "stop"}',
    )
    assert done.json == {"said": ["😀", "stop"]}


def refused(shell: Shell, answer: str, text: str = "") -> str:
    """What is said of an answer, or of a file with `text`, that does not fit."""
    shell.write("a.yaml", text)
    argv = ["--answers", "a.yaml"] if text else ["--answer", answer]
    done = shell("run", "form.yaml", "-q", *argv)
    assert (done.code, done.stdout) == (5, "")
    return done.stderr.partition("\n  thread `")[0]


def test_a_refusal_names_the_field_the_rule_and_what_would_fit(scripts: Shell) -> None:
    file = """form: {who: Ana, sure: true, count: 1, %s}\n"""
    said = [
        refused(scripts, "form={"),
        refused(scripts, "form=3"),
        refused(scripts, "form.whom=Ana"),
        refused(scripts, "form.sure=maybe"),
        refused(scripts, "form.count=1e3"),
        refused(scripts, "form.who=Ana"),
        refused(scripts, "", file % "share: much"),
        refused(scripts, "", file % "day: 2026-02-30"),
        refused(scripts, "", file % "colour: rde"),
        refused(scripts, "", file % "tags: [a, d]"),
        refused(scripts, "", file % "dya: 2026-02-03"),
    ]
    assert "\n".join(said) == snapshot("""\
error: not sent to `form`: the answer must be a JSON object: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
  for example `{"key": 1}`
error: not sent to `form`: the answer is `3`; it must be a JSON object
  its fields: `who`, `sure`, `count`, `share`, `day`, `colour`, `tags`
  for example `{"who": "text", "sure": true, "count": 1, "colour": "red"}`
error: not sent to `form`: `whom` is no field of the question at `form`; did you mean `who`?
  for example `{"who": "text", "sure": true, "count": 1, "colour": "red"}`
error: not sent to `form`: `sure` is `maybe`; it must be yes or no
  write `yes` or `no`
error: not sent to `form`: `count` is `1e3`; it must be a whole number
  for example `42`
error: not sent to `form`: `sure` is missing
  it takes `true` or `false`
error: not sent to `form`: `share` is `much`; it must be a number
  for example `42` or `0.5`
error: not sent to `form`: `day` is `2026-02-30`; it must be a date like 2026-01-31
  it takes a date, for example `2026-01-31`
error: not sent to `form`: `colour` is `rde`; it must be one of red, blue; did you mean `red`?
error: not sent to `form`: `colour` is missing
  it takes one of `red`, `blue`
error: not sent to `form`: `dya` is no field of this question; did you mean `day`?
  for example `{"who": "text", "sure": true, "count": 1, "colour": "red"}`\
""")


HOSTILE = {
    "an alias": "a: &x [1]\nform: *x\n",
    "a tag": "form: !!python/object/apply:os.system [id]\n",
    "a merge": "form: {<<: {who: x}}\n",
    "a key twice": "form: 1\nform: 2\n",
    "two documents": "form: 1\n---\nform: 2\n",
    "no mapping": "- form\n",
    "nothing": "",
    "an empty key": '"": 1\n',
    "too deep": "form: " + "[" * 70 + "]" * 70 + "\n",
    "too large": "form: " + "x" * (1024 * 1024) + "\n",
    "a key twice in JSON": '{"form": 1, "form": 2}',
    "no text": "form: \udcff\n",
    "an unknown node": "froms: 1\n",
}


def test_a_file_of_answers_is_read_by_the_rules_of_graphs_in_yaml(scripts: Shell) -> None:
    said = ""
    for name, text in HOSTILE.items():
        (scripts.cwd / "a.yaml").write_bytes(text.encode(errors="surrogateescape"))
        done = scripts("run", "form.yaml", "--answers", "a.yaml")
        assert done.stdout == ""
        said += f"{name} [{done.code}]\n{done.stderr}"
    assert said == snapshot("""\
an alias [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:4: anchors (`&`) and aliases (`*`) are not used here; write it out, or quote it
      a: &x [1]
         ^^^^
  correct what this points at; nothing was sent
a tag [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:7: tags (`!`) are not used here; quote the text
      form: !!python/object/apply:os.system [id]
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  correct what this points at; nothing was sent
a merge [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:8: merge keys (`<<`) are not used here; write it out
      form: {<<: {who: x}}
             ^^
  correct what this points at; nothing was sent
a key twice [2]
error: --answers a.yaml cannot be read:
  a.yaml:2:1: `form` is given twice; first on line 1
      form: 2
      ^^^^
  correct what this points at; nothing was sent
two documents [2]
error: --answers a.yaml cannot be read:
  a.yaml:2:1: a graph file holds one document
      ---
      ^^^
  correct what this points at; nothing was sent
no mapping [2]
error: --answers a.yaml must map nodes to answers
  for example `approve: yes`
nothing [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:1: the file is empty

      ^
  correct what this points at; nothing was sent
an empty key [2]
error: --answers a.yaml: a key is empty
  write NODE, or NODE#2
too deep [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:70: more than 64 levels deep
      form: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
                                                                           ^
  correct what this points at; nothing was sent
too large [2]
error: --answers a.yaml is larger than 1 MiB
  name a smaller file; a graph can read large ones itself, by their path
a key twice in JSON [2]
error: --answers a.yaml cannot be read:
  a.yaml:1:13: `form` is given twice; first on line 1
      {"form": 1, "form": 2}
                  ^^^^^^
  correct what this points at; nothing was sent
no text [2]
error: --answers a.yaml: it is not UTF-8 text
  save it as UTF-8
an unknown node [4]
error: --answers a.yaml: froms is for node `froms`, which the graph does not have; did you mean `form`?
  its nodes are form
""")
    assert scripts("list", "-o", "json").json["threads"] == []


# In process: which node a key means ---------------------------------------------------------


def meaning(key: str, *paths: str, asking: tuple[str, ...] = ()) -> tuple[object, ...]:
    given = Given(f"--answer {key}", "flag", key)
    Sheet([given]).find_nodes(paths, asking)
    return given.path, given.time, given.field


ODD = ("a", "a.b", "a#2", "v1.10/x", 'say: "hi"\x1b', "世界", "-i", "a=b")


@pytest.mark.parametrize("path", ODD)
def test_any_node_can_be_named(path: str) -> None:
    if path != "-i":  # that is what `-i` gives
        assert meaning(path, *ODD) == (path, None, None)
    assert meaning(f"{path}#1", *ODD) == (path, 1, None)
    assert meaning(f"{path}#12.field.x", *ODD) == (path, 12, "field.x")


def test_the_longest_name_is_meant() -> None:
    assert meaning("a.c", *ODD) == ("a", None, "c")
    assert meaning("a#3", *ODD) == ("a", 3, None)
    assert meaning("x.f", *ODD) == ("v1.10/x", None, "f")
    assert meaning("edit", "one/edit", "two/edit", asking=("two/edit",)) == ("two/edit", None, None)
    assert meaning("edit", "edit", "two/edit") == ("edit", None, None)


def test_what_is_in_a_graph_that_a_function_calls_is_known_when_it_asks() -> None:
    given = Given("", "flag", "write/a.b#2", text="x")
    sheet = Sheet([given])
    sheet.find_nodes(["write"])
    for number, answer in ((1, None), (2, ("x", "flag"))):
        question = recognise(Asked(f"q{number}", "t", "a.b", 0, "?", None, "", ns="write:t"))
        sheet.note([question])
        assert sheet.answer(question) == answer


def test_the_answer_to_a_time_goes_before_one_to_the_node() -> None:
    given = [("a", "first"), ("a", "third"), ("a#2", "second")]
    sheet = Sheet([Given("", "flag", key, text=text) for key, text in given])
    sheet.find_nodes(["a"])
    said = []
    for number in range(3):
        question = recognise(Asked(f"q{number}", "t", "a", 0, "?", None, ""))
        sheet.note([question])
        said.append(sheet.answer(question))
    assert said == [(text, "flag") for text in ("first", "second", "third")]


@pytest.mark.parametrize("key", ["b", "a/b", "A"])
def test_an_unknown_node_is_refused(key: str) -> None:
    with pytest.raises(NotFoundError):
        meaning(key, "a", "a/c")


@pytest.mark.parametrize("key", ["edit", "edit#2", "edit.x"])
def test_two_nodes_of_a_name_are_refused(key: str) -> None:
    with pytest.raises(UsageError, match="may be for `one/edit` or `two/edit`"):
        meaning(key, "one/edit", "two/edit")


def test_the_control_that_splits_at_the_first_dot_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "name_in", lambda key, path: path if key[0] == path else "")
    with pytest.raises((AssertionError, NotFoundError)):
        test_any_node_can_be_named("a.b")


def test_a_file_is_read_no_further_than_a_graph_may_be_long(tmp_path: Path, scripts: Shell) -> None:
    done = scripts("run", "form.yaml", "--answers", "/dev/zero")
    assert done.code == 2
    assert "--answers /dev/zero is larger than 1 MiB" in done.stderr
