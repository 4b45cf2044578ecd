"""What the flags give: nothing is dropped without a word, and no file is read without an end."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from graphcli.cli import files, once, ride, sheet
from graphcli.errors import GraphcliError
from tests.cli.inside import Inside, inside
from tests.cli.session import calm, play
from tests.conftest import Ended, Shell

FORM = """\
version: 1
name: form
inputs: {note: {required: false}}
nodes:
  form:
    ask:
      message: Fill in
      fields: {who: {type: text}, why: {type: text, required: false}}
    next: more
  more: {ask: More?}
output: {form: "{{ nodes.form }}", more: "{{ nodes.more }}", note: "{{ inputs.note }}"}
"""
LOOP = """\
from typing import TypedDict
from graphcli import END, START, StateGraph, interrupt

class State(TypedDict, total=False):
    said: list[str]

def ask(state: State) -> State:
    return {"said": [*state.get("said", []), interrupt("What?")]}

builder = StateGraph(State).add_node("ask", ask).add_edge(START, "ask")
builder.add_conditional_edges("ask", lambda state: END if len(state["said"]) == 3 else "ask")
graph = builder.compile()
"""
FILES = {
    "fields.yaml": "form.who: Bo\nform.why: because\nmore: ok\n",
    "whole.yaml": "form: {who: Bo, why: because}\nmore: ok\n",
    "times.yaml": "form: {who: Bo}\nmore: 1\nmore#1: 2\n",
    "both.yaml": "form: {who: Bo}\nform.why: because\n",
}


@pytest.fixture
def quick(
    graphcli: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    graphcli.write("form.yaml", FORM)
    for name, text in FILES.items():
        graphcli.write(name, text)
    yield from inside(graphcli, capfd, monkeypatch)


#: Two answers of which one would be lost.
TWICE = [
    "--value 1 --value 2",
    "--value-file a --value=1 --value-file b",
    "--answers fields.yaml --answers whole.yaml",
    "--value 1 --value-file whole.yaml",
    "--value-file whole.yaml --value 1",
    "--answer more=1 --answer more#1=2",
    "--answer more#1=2 --answer more=1",
    "--answer form#1.who=Ann --answer form.who=Bo",
    "--answers times.yaml",
    "--thread one --thread two",
    "--input {} --input {}",
    "--record a --record b",
    "--answer form.who=Ann --answer form.who=Bo",
    "--answer form#2.who=Ann --answer form#2.who=Bo",
    "--answer more#1=a --answer more#1=b",
    """--answer 'form={"who": "Ann"}' --answer form.who=Bo""",
    """--answer form.who=Bo --answer 'form={"who": "Ann"}'""",
    "--answers both.yaml",
    "-i note=a -i note=b",
]


def test_two_answers_to_the_same_are_refused_before_the_start(quick: Inside) -> None:
    said = play(quick, *(f"run form.yaml {flags}" for flags in TWICE))
    assert said == snapshot("""\
$ graphcli run form.yaml --value 1 --value 2
! error: --value is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --value-file a --value=1 --value-file b
! error: --value-file is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --answers fields.yaml --answers whole.yaml
! error: --answers is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --value 1 --value-file whole.yaml
! error: --value and --value-file whole.yaml answer the same question, and only one can count
!   give one of them; --answer NODE=VALUE names the node that it is for
[2]
$ graphcli run form.yaml --value-file whole.yaml --value 1
! error: --value and --value-file whole.yaml answer the same question, and only one can count
!   give one of them; --answer NODE=VALUE names the node that it is for
[2]
$ graphcli run form.yaml --answer more=1 --answer more#1=2
! error: --answer more and --answer more#1 answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer more#1=2 --answer more=1
! error: --answer more#1 and --answer more answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer form#1.who=Ann --answer form.who=Bo
! error: --answer form#1.who and --answer form.who answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answers times.yaml
! error: --answers times.yaml: more and --answers times.yaml: more#1 answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --thread one --thread two
! error: --thread is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --input {} --input {}
! error: --input is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --record a --record b
! error: --record is given twice, and only one can count
!   give it once
[2]
$ graphcli run form.yaml --answer form.who=Ann --answer form.who=Bo
! error: --answer form.who is given twice
!   give it once; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer form#2.who=Ann --answer form#2.who=Bo
! error: --answer form#2.who is given twice
!   give it once; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer more#1=a --answer more#1=b
! error: --answer more#1 is given twice
!   give it once; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer 'form={"who": "Ann"}' --answer form.who=Bo
! error: --answer form and --answer form.who answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answer form.who=Bo --answer 'form={"who": "Ann"}'
! error: --answer form.who and --answer form answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml --answers both.yaml
! error: --answers both.yaml: form and --answers both.yaml: form.why answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli run form.yaml -i note=a -i note=b
! error: -i note is given twice
!   give it once
[2]
""")
    assert quick("list").stdout == ""


def test_a_flag_takes_the_place_of_what_a_file_says_and_it_is_told(quick: Inside) -> None:
    lines = [
        "run form.yaml --answers fields.yaml --answer form.who=Ann",
        """run form.yaml --answers fields.yaml --answer 'form={"who": "Ann"}'""",
        "run form.yaml --answers whole.yaml --answer form.who=Ann",
        "run form.yaml --answers fields.yaml --answer form.who=Ann --strict",
    ]
    assert play(quick, *lines) == snapshot("""\
$ graphcli run form.yaml --answers fields.yaml --answer form.who=Ann
> {
>   "form": {
>     "who": "Ann",
>     "why": "because"
>   },
>   "more": "ok",
>   "note": null
> }
! ? form  asks a person
! answering ID (form): Fill in
! ↻ form  runs again from its start (2nd time)
! ✓ form  0.0 s
! ? more  asks a person
! answering ID (more): More?
! ↻ more  runs again from its start (2nd time)
! ✓ more  0.0 s
! not used: --answers fields.yaml: form.who: --answer form.who takes its place
! finished: thread `form-XXXXXX`
$ graphcli run form.yaml --answers fields.yaml --answer 'form={"who": "Ann"}'
> {
>   "form": {
>     "who": "Ann",
>     "why": null
>   },
>   "more": "ok",
>   "note": null
> }
! ? form  asks a person
! answering ID (form): Fill in
! ↻ form  runs again from its start (2nd time)
! ✓ form  0.0 s
! ? more  asks a person
! answering ID (more): More?
! ↻ more  runs again from its start (2nd time)
! ✓ more  0.0 s
! not used: --answers fields.yaml: form.who: --answer form takes its place
! not used: --answers fields.yaml: form.why: --answer form takes its place
! finished: thread `form-XXXXXX`
$ graphcli run form.yaml --answers whole.yaml --answer form.who=Ann
> {
>   "form": {
>     "who": "Ann",
>     "why": "because"
>   },
>   "more": "ok",
>   "note": null
> }
! ? form  asks a person
! answering ID (form): Fill in
! ↻ form  runs again from its start (2nd time)
! ✓ form  0.0 s
! ? more  asks a person
! answering ID (more): More?
! ↻ more  runs again from its start (2nd time)
! ✓ more  0.0 s
! finished: thread `form-XXXXXX`
$ graphcli run form.yaml --answers fields.yaml --answer form.who=Ann --strict
! ? form  asks a person
! answering ID (form): Fill in
! ↻ form  runs again from its start (2nd time)
! ✓ form  0.0 s
! ? more  asks a person
! answering ID (more): More?
! ↻ more  runs again from its start (2nd time)
! ✓ more  0.0 s
! error: --strict: the graph has come to its end, and this was not used:
!     --answers fields.yaml: form.who: --answer form.who takes its place
!   take them out, or see why they are not asked for any more
[5]
""")


def test_two_whole_answers_are_for_two_times(quick: Inside) -> None:
    done = quick("run", "form.yaml", "--answers", "whole.yaml", "--answer", "more=flag")
    assert done.json["more"] == "flag"
    assert "not used: --answers whole.yaml: more: nothing asked for it" in done.stderr


def test_without_the_rule_one_of_two_answers_is_lost(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The control: the run goes on with one of them.
    monkeypatch.setattr(sheet, "settle_clashes", lambda *_: None)
    flags = ("--answer", "form.who=Ann", "--answer", "form.who=Bo", "--answer", "more=x")
    assert quick("run", "form.yaml", *flags).code == 0


def test_without_the_count_the_last_of_two_flags_wins_without_a_word(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The control.
    monkeypatch.setattr(once, "ONCE", set())
    done = quick("run", "form.yaml", "--answer", "form.who=Ann", "--value", "1", "--value", "2")
    assert (done.code, done.json["more"]) == (0, "2")


def test_an_answer_without_a_number_is_for_what_is_asked_next(quick: Inside) -> None:
    quick.write("loop.py", LOOP)
    asks = "resume one --answer ask"
    said = play(
        quick,
        "run loop.py --thread one -q --answer ask=1",
        f"{asks}=2 --answer ask#2=3 -q",
        f"{asks}=2 --answer ask#1=0 --answer ask#3=3 -q",
        "run loop.py -q --answer ask=2 --answer ask=3 --answer ask#1=1",
        "resume one --question 1 --if-match 2 --question 3",
        "resume one --done {} --done {}",
    )
    assert said == snapshot("""\
$ graphcli run loop.py --thread one -q --answer ask=1
! waiting for a person (exit 8). This is not an error: the graph `loop`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `ask` asks: What?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: JSON, or else text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --answer ask=2 --answer ask#2=3 -q
! error: --answer ask and --answer ask#2 answer the same question, and only one can count
!   give the whole answer or its fields; NODE#2 is for the second time that the node asks
[2]
$ graphcli resume one --answer ask=2 --answer ask#1=0 --answer ask#3=3 -q
> {
>   "said": [
>     1,
>     2,
>     3
>   ]
> }
$ graphcli run loop.py -q --answer ask=2 --answer ask=3 --answer ask#1=1
> {
>   "said": [
>     1,
>     2,
>     3
>   ]
> }
$ graphcli resume one --question 1 --if-match 2 --question 3
! error: --question is given twice, and only one can count
!   give it once
[2]
$ graphcli resume one --done {} --done {}
! error: --done is given twice, and only one can count
!   give it once
[2]
""")


#: Ends in other ways than at its end, with `work` done or not.
ENDS = """\
import os, pathlib, signal
from graphcli import START, StateGraph, interrupt

def work(state: dict) -> dict:
    end = interrupt("How?")
    if end == "fails":
        raise ValueError("no")
    if end == "gone":
        pathlib.Path(os.environ["GRAPHCLI_STORAGE"]).unlink()
    if end == "stopped":
        os.kill(os.getpid(), signal.SIGINT)
    return {}

builder = StateGraph(dict).add_sequence([work, ("ask", lambda state: {"a": interrupt("Ok?")})])
graph = builder.add_edge(START, "work").compile()
"""


def named(done: Ended) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("not used: ")]


#: What `work` is answered, the exit code, and why an answer to `ask` is not used.
LEFT = [
    ("fails", 1, "nothing asked for it"),
    ("gone", 7, "the run was left before it could be"),
    ("stopped", 130, "the run was left before it could be"),
    ("no", 5, "the run was left before it could be"),
]


@pytest.mark.parametrize(("end", "code", "why"), LEFT)
def test_what_was_given_and_not_used_is_named_at_every_end(
    quick: Inside, end: str, code: int, why: str
) -> None:
    quick.write("ends.py", ENDS)
    # One in a process of its own, where signals are heard.
    shell = Shell(quick.cwd, quick.environ) if end == "stopped" else quick
    for form in ("human", "json")[end == "stopped" :]:
        done = shell(
            *("run", "ends.py", "--no-input", "-o", form, "--storage", f"{form}.db"),
            *("--answer", f"work={end}", "--answer", "ask=x", "--value", "hello"),
            environ={"GRAPHCLI_STORAGE": f"{form}.db"},
        )
        assert done.code == code
        assert named(done) == [f"not used: --answer ask: {why}", f"not used: --value: {why}"]


def test_without_the_naming_of_what_is_left_an_answer_is_lost(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The control: as it was, only the run's own end named them.
    monkeypatch.setattr(ride, "_ABOUT_ANSWERS", (GraphcliError,))
    with pytest.raises(AssertionError):
        test_what_was_given_and_not_used_is_named_at_every_end(quick, *LEFT[3])


def made(folder: Path) -> None:
    """Files that are no answer, and some that are."""
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "secret").write_text("x")
    (folder / "secret").chmod(0)
    with (folder / "huge").open("wb") as file:
        file.truncate(1024**3)
    (folder / "image").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "zeros").write_bytes(b"\0" * 10)
    (folder / "windows").write_bytes('\ufeff{"who": "Ann",\r\n "why": "é"}\r\n'.encode())


def test_what_cannot_be_read_gets_one_message(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 10)
    made(quick.cwd)
    names = ["folder", "pipe", "huge", "image", "zeros", "/dev/zero", "gone", "folder/x", "image/x"]
    lines = [f"run form.yaml --value-file {name} -q" for name in names]
    lines += [f"run form.yaml --answers {name} -q" for name in ("pipe", "huge", "image")]
    lines += [f"run form.yaml --input @{name} -q" for name in ("pipe", "huge", "image", "gone")]
    assert play(quick, *lines) == snapshot("""\
$ graphcli run form.yaml --value-file folder -q
! error: --value-file folder: it is a folder
!   name a file in it
[2]
$ graphcli run form.yaml --value-file pipe -q
! error: --value-file pipe: it is a pipe that nobody writes to
!   name a file
[2]
$ graphcli run form.yaml --value-file huge -q
! error: --value-file huge is larger than 10 MiB
!   name a smaller file; a graph can read large ones itself, by their path
[2]
$ graphcli run form.yaml --value-file image -q
! error: --value-file image: it is not UTF-8 text
!   save it as UTF-8
[2]
$ graphcli run form.yaml --value-file zeros -q
! error: --value-file zeros: it is no text, it holds a zero byte
!   name a text file
[2]
$ graphcli run form.yaml --value-file /dev/zero -q
! error: --value-file /dev/zero is larger than 10 MiB
!   name a smaller file; a graph can read large ones itself, by their path
[2]
$ graphcli run form.yaml --value-file gone -q
! error: --value-file gone: No such file or directory
!   name a file that can be read
[2]
$ graphcli run form.yaml --value-file folder/x -q
! error: --value-file folder/x: No such file or directory
!   name a file that can be read
[2]
$ graphcli run form.yaml --value-file image/x -q
! error: --value-file image/x: Not a directory
!   name a file that can be read
[2]
$ graphcli run form.yaml --answers pipe -q
! error: --answers pipe: it is a pipe that nobody writes to
!   name a file
[2]
$ graphcli run form.yaml --answers huge -q
! error: --answers huge is larger than 1 MiB
!   name a smaller file; a graph can read large ones itself, by their path
[2]
$ graphcli run form.yaml --answers image -q
! error: --answers image: it is not UTF-8 text
!   save it as UTF-8
[2]
$ graphcli run form.yaml --input @pipe -q
! error: --input @pipe: it is a pipe that nobody writes to
!   name a file
[2]
$ graphcli run form.yaml --input @huge -q
! error: --input @huge is larger than 10 MiB
!   name a smaller file; a graph can read large ones itself, by their path
[2]
$ graphcli run form.yaml --input @image -q
! error: --input @image: it is not UTF-8 text
!   save it as UTF-8
[2]
$ graphcli run form.yaml --input @gone -q
! error: --input @gone: No such file or directory
!   name a file that can be read
[2]
""")
    if os.geteuid():  # root reads everything
        done = quick("run", "form.yaml", "--value-file", "secret")
        assert (done.code, "secret: Permission denied" in done.stderr) == (2, True)
    assert quick("list").stdout == ""


def test_a_file_from_another_system_and_a_pipe_with_a_writer_are_read(quick: Inside) -> None:
    made(quick.cwd)
    done = calm(quick("run", "form.yaml", "--value-file", "windows", "--answer", "more=x"))
    assert done.json["form"] == {"who": "Ann", "why": "é"}
    writer = threading.Thread(target=(quick.cwd / "pipe").write_text, args=('{"note": "late"}',))
    writer.start()
    done = quick("run", "form.yaml", "--input", "@pipe", "--answers", "whole.yaml")
    writer.join()
    assert done.json["note"] == "late"


def test_stdin_has_a_limit_too(quick: Inside) -> None:
    done = quick("run", "form.yaml", "--input", "-", stdin=" " * (files.MAX_SIZE + 1))
    assert (done.code, done.stderr.splitlines()[0]) == (2, "error: --input - is larger than 10 MiB")
    # The control: a byte less is read.
    done = quick("run", "form.yaml", "--input", "-", stdin=" " * (files.MAX_SIZE - 2) + "{}")
    assert done.code == 8
