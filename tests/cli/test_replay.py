"""A session at the terminal, recorded, is a regression test: replayed, it gives the same bytes."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from graphcli.cli import record as recording
from graphcli.cli.desk import AnswerDesk
from graphcli.cli.given import Given
from graphcli.cli.record import Record, open_record
from graphcli.cli.sheet import Sheet
from graphcli.engine.running.events import RunEnded
from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Asked, Secret, Status
from graphcli.errors import UsageError
from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.cli.test_answers import LOOP
from tests.conftest import PROGRAM, Shell

ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"

#: Inputs, a loop, a form, a secret, questions at once, and nodes with odd names, in one thread.
EVERYTHING = """\
import operator
from typing import Annotated, TypedDict

from graphcli import START, Command, Send, StateGraph, interrupt


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]


class Item(State, total=False):
    name: str


def loop(state):
    answer = interrupt({"question": "Again?", "options": ["on", "off"]})
    return Command(update={"log": [answer]}, goto="loop" if answer == "on" else "form")


def form(state):
    schema = {
        "type": "object",
        "properties": {"who": {"type": "string"}, "count": {"type": "integer"}},
        "required": ["who", "count"],
    }
    return {"log": [repr(interrupt({"message": "Who?"}, response_schema=schema))]}


def login(state):
    token = interrupt({"message": "Token?"}, response_schema={"type": "string", "format": "password"})
    return {"log": [str(len(token))]}


def approve(state):
    return {"log": [state["name"] + interrupt({"question": state["name"], "type": "text"})]}


inner = StateGraph(Item).add_node('a.b#2 "é" \\x1b', approve).add_edge(START, 'a.b#2 "é" \\x1b')
builder = StateGraph(State)
builder.add_node("loop", loop).add_node("form", form).add_node("login", login)
builder.add_node("each/one", inner.compile()).add_edge(START, "loop").add_edge("form", "login")
builder.add_conditional_edges(
    "login", lambda state: [Send("each/one", {"name": n}) for n in ("eu", "us")], ["each/one"]
)
graph = builder.compile()
"""


def known(file: Path) -> str:
    """A record without what differs from thread to thread."""
    return re.sub(r"\([0-9a-f]{16}\)", "(UID)", file.read_text())


@pytest.fixture
def scripts(here: Shell) -> Shell:
    here.write("loop.py", LOOP)
    here.write("everything.py", EVERYTHING)
    return here


def test_a_session_is_recorded_and_replayed_to_the_same_bytes(
    scripts: Shell, terminal: Terminal
) -> None:
    run = f'"{PROGRAM[0]}" -m graphcli run everything.py --thread one --record a.yaml > first'
    child = terminal(script=f"{run}; echo code $?")
    for words, keys in (
        ("Again?.*off", ENTER),
        ("Again?.*off", DOWN + ENTER),
        ("Who[?].*Who", "yes" + ENTER),
        ("Count", "007\x7f\x7f\x7f7" + ENTER),
        ("Send", ENTER),
        ("Token?.*not shown", "hunter2" + ENTER),
        ("eu.*What now", ENTER),
        ("Your answer|Text", " : #1" + ENTER),
        ("us.*Your answer|us.*Text", "null" + ENTER),
        ("code 0", ""),
    ):
        child.expect(f"(?s){words}")
        child.send(keys)
    ended(child)
    text = (scripts.cwd / "a.yaml").read_text()
    assert known(scripts.cwd / "a.yaml") == snapshot("""\
# Answers of thread one (UID), graph everything
# env:NAME stands for a secret that was typed: set the variable to replay.
loop#1: "on"
loop#2: "off"
form:
  who: "yes"
  count: 7
login: "env:LOGIN"
"each/one/a.b#2 \\"é\\" \\x1b#1": " : #1"
"each/one/a.b#2 \\"é\\" \\x1b#2": "null"
""")
    assert stat.S_IMODE((scripts.cwd / "a.yaml").stat().st_mode) == 0o600
    assert "hunter2" not in text
    replayed = scripts(
        *("run", "everything.py", "--answers", "a.yaml", "--strict"), environ={"LOGIN": "hunter2"}
    )
    assert (replayed.code, replayed.stdout) == (0, (scripts.cwd / "first").read_text())
    assert len(replayed.json["log"]) == 6
    other = scripts(
        *("run", "everything.py", "--answers", "a.yaml", "--strict"), environ={"LOGIN": "x"}
    )
    assert other.stdout != replayed.stdout, "the control: other answers, other bytes"


def test_ctrl_c_keeps_what_was_answered_and_a_later_sitting_goes_on(
    scripts: Shell, terminal: Terminal
) -> None:
    first = terminal("run", "loop.py", "--thread", "one", "--record", "a.yaml")
    first.expect("Question 1?")
    first.expect("Text|Your answer")
    first.send("yes" + ENTER)
    first.expect("Question 2?")
    first.expect("Text|Your answer")
    first.send(CTRL_C)
    assert ended(first)[1] == 130
    assert play(
        scripts,
        "run loop.py --record a.yaml",
        "resume one --record a.yaml -q --answer ask#2=stop",
        "run loop.py --answers a.yaml --strict -q",
    ) == snapshot("""\
$ graphcli run loop.py --record a.yaml
! error: `DIR/a.yaml` exists, and is not a record of this thread
!   give another --record FILE, or remove it
[6]
$ graphcli resume one --record a.yaml -q --answer ask#2=stop
> {
>   "said": [
>     "yes",
>     "stop"
>   ]
> }
$ graphcli run loop.py --answers a.yaml --strict -q
> {
>   "said": [
>     "yes",
>     "stop"
>   ]
> }
""")
    assert (scripts.cwd / "a.yaml").read_text().splitlines()[1:] == ['ask#1: "yes"', "ask#2: stop"]


def test_inputs_that_a_person_gave_are_replayed(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "release.yaml", "--thread", "one", "--record", "a.yaml")
    for words, keys in (
        ("Git tag to release", "1.10" + ENTER),
        ("Release 1.10?.*Decision", "\x1b[A" + ENTER),
        ("Comment", ENTER),
        ("Send", ENTER),
    ):
        child.expect(f"(?s){words}")
        child.send(keys)
    assert ended(child)[1] == 0
    assert known(here.cwd / "a.yaml") == snapshot("""\
# Answers of thread one (UID), graph release
"-i":
  tag: "1.10"
approve:
  decision: deploy
  comment: null
""")
    done = here("run", "release.yaml", "--answers", "a.yaml", "--strict", "-q")
    assert (done.code, done.stdout) == (0, "deployed 1.10\n")
    twice = here("run", "release.yaml", "--answers", "a.yaml", "--strict", "-q", "-i", "tag=2")
    assert (twice.code, "a.yaml: -i" in twice.stderr) == (5, True)


STRICT = {
    "missing": "ask#1: on\n",
    "unused": "ask#1: on\nask#2: stop\nask#3: more\n",
    "invalid": "ask#1: 1.10\nask#2: stop\n",
    "misspelt": "aks#1: on\nask#2: stop\n",
    "another time": "ask#2: stop\n",
}


def test_a_replay_that_does_not_match_names_what_does_not(scripts: Shell) -> None:
    said = ""
    for name, text in STRICT.items():
        scripts.write(f"{name.replace(' ', '-')}.yaml", text)
        said += play(scripts, f"run loop.py -q --answers {name.replace(' ', '-')}.yaml --strict")
    assert said == snapshot("""\
$ graphcli run loop.py -q --answers missing.yaml --strict
! error: --strict: nothing answers
!     ask#2: Question 2?
!   add to the answers, for example
!     ask#2: text
!   thread `loop-XXXXXX` is waiting; go on with
!     graphcli resume loop-XXXXXX --storage STORAGE
[5]
$ graphcli run loop.py -q --answers unused.yaml --strict
! error: --strict: the graph has come to its end, and this was not used:
!     --answers unused.yaml: ask#3: nothing asked for it
!   take them out, or see why they are not asked for any more
[5]
$ graphcli run loop.py -q --answers invalid.yaml --strict
! error: not sent to `ask`: the answer is `1.1`; it must be a text
!   it takes a text
!   for example `text`
!   thread `loop-XXXXXX` is waiting; go on with
!     graphcli resume loop-XXXXXX --storage STORAGE
[5]
$ graphcli run loop.py -q --answers misspelt.yaml --strict
! error: --answers misspelt.yaml: aks#1 is for node `aks`, which the graph does not have; did you mean `ask`?
!   its nodes are ask
[4]
$ graphcli run loop.py -q --answers another-time.yaml --strict
! error: --strict: nothing answers
!     ask: Question 1?
!     not used so far: --answers another-time.yaml: ask#2
!   add to the answers, for example
!     ask: text
!   thread `loop-XXXXXX` is waiting; go on with
!     graphcli resume loop-XXXXXX --storage STORAGE
[5]
""")


def test_without_strict_nothing_of_it_is_an_error(scripts: Shell) -> None:
    scripts.write("a.yaml", STRICT["missing"])
    assert scripts("run", "loop.py", "--answers", "a.yaml").code == 8
    scripts.write("a.yaml", STRICT["unused"])
    assert scripts("run", "loop.py", "--answers", "a.yaml").code == 0


def test_a_strict_replay_asks_nobody_at_a_terminal(scripts: Shell, terminal: Terminal) -> None:
    scripts.write("a.yaml", STRICT["missing"])
    child = terminal("run", "loop.py", "--answers", "a.yaml", "--strict")
    text, code = ended(child)
    assert code == 5
    assert "nothing answers" in text
    assert "Your answer" not in text


def test_a_graph_that_asks_nothing_is_recorded_and_replayed_as_well(scripts: Shell) -> None:
    assert scripts("run", "work.py", "--record", "a.yaml").code == 0
    assert scripts("run", "work.py", "--answers", "a.yaml", "--strict").code == 0


# In process: the file itself ------------------------------------------------------------------

ONE = ThreadInfo("one", "1111", "graph")


def kept(record: Record) -> Record:
    record.keep("ask", 1, "x")
    record.save(ONE)
    return record


@pytest.fixture
def file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Record]]:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []

    def opened(thread: ThreadInfo | None = None) -> Record:
        record = open_record("a.yaml", said.append, thread)
        assert record is not None
        return record

    yield opened
    assert said == []


def test_an_answer_is_recorded_once_the_thread_has_it(file: Callable[..., Record]) -> None:
    desk = AnswerDesk(
        Sheet([Given("--answer a", "flag", "a", "x", path="a")]), "ana", record=file()
    )
    asked = (Asked("q1", "t", "a", 0, {"question": "?", "type": "text"}, None, "d" * 64),)
    assert desk.reply(RunEnded("one", "graph", Status.WAITING, {}, asked)) is not None
    assert not Path("a.yaml").exists(), "it may still be refused"
    desk.accepted(ONE)
    assert Path("a.yaml").read_text().endswith("\na: x\n")


def test_secrets_are_left_out_wherever_they_are(file: Callable[..., Record]) -> None:
    record = file()
    record.keep("login", 1, Secret("memory:1"))
    record.keep("login", 2, Secret("memory:2"))
    record.keep(
        "1/é", 1, {"token": Secret("memory:3"), "all": [Secret("env:X"), Secret("file:/x")]}
    )
    record.save(ONE)
    assert record.path.read_text() == snapshot("""\
# Answers of thread one (1111), graph graph
# env:NAME stands for a secret that was typed: set the variable to replay.
login#1: "env:LOGIN"
login#2: "env:LOGIN_2"
"1/é":
  token: "env:_1_TOKEN"
  all: ["env:X", "file:/x"]
""")


def test_a_second_sitting_of_the_same_thread_goes_on_with_its_record(
    file: Callable[..., Record],
) -> None:
    first = kept(file())
    first.keep_inputs({"tag": "1.10"})
    first.keep("a#2", 1, {"b": None})
    first.keep("login", 1, Secret("memory:1"))
    first.save(ONE)
    second = file(ONE)
    assert (second.answers, second.inputs) == (first.answers, first.inputs)
    second.save(ONE)
    assert second.text() == first.text()


@pytest.mark.parametrize(
    ("more", "why"), [(b"#" * 2**20, "is larger than 1 MiB"), (b"# \xff\n", "is not UTF-8 text")]
)
def test_a_record_is_read_as_the_answers_that_it_is_to_be(
    file: Callable[..., Record], more: bytes, why: str
) -> None:
    path = kept(file()).path
    path.write_bytes(path.read_bytes() + more)
    with pytest.raises(UsageError, match=why):
        file(ONE)


def test_another_thread_of_the_same_name_is_another(file: Callable[..., Record]) -> None:
    kept(file())
    for thread in (None, ThreadInfo("one", "2222", "graph")):
        with pytest.raises(Exception, match="exists, and is not a record of this thread"):
            file(thread)


def test_two_that_begin_at_once_do_not_write_over_one_another(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    one, two = (open_record("a.yaml", said.append) for _ in range(2))
    assert one is not None
    assert two is not None
    kept(one)
    kept(two)
    kept(two)
    assert said == [f"not recorded: {two.path}: File exists; the thread goes on"]
    assert one.path.read_text() == one.text()


def test_a_record_that_cannot_be_replaced_is_left_whole(
    file: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = kept(file())
    before = record.path.read_text()
    said: list[str] = []
    record.said = said.append
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
    record.keep("ask", 2, "y")
    record.save(ONE)
    assert record.path.read_text() == before
    assert said == [f"not recorded: {record.path}: No space left; the thread goes on"]
    assert [path.name for path in record.path.parent.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("target", ["file", "nowhere"])
def test_a_link_is_not_followed(file: Callable[..., Record], target: str) -> None:
    record = file()
    record.path.with_name("file").write_text("kept")
    record.path.symlink_to(target)
    with pytest.raises(Exception, match="exists"):
        file()
    assert record.path.with_name("file").read_text() == "kept"


def test_the_control_that_writes_every_reference_is_noticed(
    file: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Secret, "typed", False)
    with pytest.raises(AssertionError):
        test_secrets_are_left_out_wherever_they_are(file)


def test_the_control_that_does_not_look_whose_record_it_is_is_noticed(
    file: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_title", lambda _thread: "# Answers")
    kept(file())
    assert file(ThreadInfo("one", "2222", "graph")).answers, "another thread's were taken over"
