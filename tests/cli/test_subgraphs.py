"""Graphs inside graphs at the command line: what they ask, where they stand, what is in doubt."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import json
import signal

import pytest
from inline_snapshot import snapshot

from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

ENTER = "\r"


def lines(shell: Shell, *argv: str) -> list[dict[str, object]]:
    """The lines of `-o jsonl`."""
    return [json.loads(line) for line in shell(*argv, "-o", "jsonl").stdout.splitlines()]


def test_questions_two_graphs_deep_are_answered_one_after_the_other(here: Shell) -> None:
    assert play(
        here,
        "run nested.py --thread one",
        "list",
        "resume one --value yes",
        "resume one --answer audit/sign=yes",
    ) == snapshot("""\
$ graphcli run nested.py --thread one
! ✓ build  0.0 s
! ✓ audit/licence/scan  0.0 s
! ? audit/licence/confirm  asks a person
! waiting for a person (exit 8). This is not an error: the graph `nested`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `audit/licence/confirm` asks: Licence fine?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli list
> one	nested	waiting	TIME	1
$ graphcli resume one --value yes
! graph: DIR/nested.py:graph
! answering ID (audit/licence/confirm): Licence fine?
! ↻ audit/licence/confirm  runs again from its start (2nd time)
! ✓ audit/licence/confirm  0.0 s
! ✓ audit/licence  0.0 s
! ? audit/sign  asks a person
! waiting for a person (exit 8). This is not an error: the graph `nested`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `audit/sign` asks: Sign?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --answer audit/sign=yes
> {
>   "draft": "scanned",
>   "licence": "yes",
>   "signed": "yes"
> }
! graph: DIR/nested.py:graph
! answering ID (audit/sign): Sign?
! ↻ audit/sign  runs again from its start (2nd time)
! ✓ audit/sign  0.0 s
! ✓ audit  0.0 s
! finished: thread `one`
""")


def test_answers_given_ahead_by_the_end_of_a_path(here: Shell) -> None:
    assert play(
        here, "run nested.py --thread one --answer confirm=yes --answer audit/sign=no"
    ) == snapshot("""\
$ graphcli run nested.py --thread one --answer confirm=yes --answer audit/sign=no
> {
>   "draft": "scanned",
>   "licence": "yes",
>   "signed": "no"
> }
! ✓ build  0.0 s
! ✓ audit/licence/scan  0.0 s
! ? audit/licence/confirm  asks a person
! answering ID (audit/licence/confirm): Licence fine?
! ↻ audit/licence/confirm  runs again from its start (2nd time)
! ✓ audit/licence/confirm  0.0 s
! ✓ audit/licence  0.0 s
! ? audit/sign  asks a person
! answering ID (audit/sign): Sign?
! ↻ audit/sign  runs again from its start (2nd time)
! ✓ audit/sign  0.0 s
! ✓ audit  0.0 s
! finished: thread `one`
""")


def test_answers_for_nodes_that_are_nowhere(here: Shell) -> None:
    assert play(
        here,
        "run nested.py --answer confrm=yes",
        "run nested.py --answer licence/sign=yes",
        "run called.py --answer edit=x",
        "run nested.py --break-before sign",
        "list",
    ) == snapshot("""\
$ graphcli run nested.py --answer confrm=yes
! error: --answer confrm is for node `confrm`, which the graph does not have
!   its nodes are build, audit, audit/licence, audit/licence/scan, audit/licence/confirm, audit/sign
[4]
$ graphcli run nested.py --answer licence/sign=yes
! error: --answer licence/sign is for node `licence/sign`, which the graph does not have; did you mean `audit/licence/scan`?
!   its nodes are build, audit, audit/licence, audit/licence/scan, audit/licence/confirm, audit/sign
[4]
$ graphcli run called.py --answer edit=x
! error: --answer edit is for node `edit`, which the graph does not have
!   its nodes are write
[4]
$ graphcli run nested.py --break-before sign
! error: --break-before sign: the graph has no such node
!   its nodes are build, audit
[4]
$ graphcli list
! there is no storage `STORAGE` yet
! no threads; begin one: graphcli run GRAPH
""")


def test_inspect_shows_what_waits_below_a_paused_task(here: Shell) -> None:
    here("run", "nested.py", "--thread", "one")
    assert play(
        here, "inspect one", "inspect one -o json", "cancel one", "inspect one"
    ) == snapshot("""\
$ graphcli inspect one
> one
>   status      waiting
>   graph       nested
>   loaded from DIR/nested.py:graph
>   superstep   1
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   draft:  built
>
> Questions
>   1. audit/licence/confirm
>     │ Licence fine?
>     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
>     VALUE: yes or no
>
> Tasks
>   … audit: paused
>     … licence: paused
>       ? confirm: asked a question; once it is answered, it runs again from its start (2nd time)
>
> History
>      1  TIME  → audit
>      0  TIME  → build
>     -1  TIME  → __start__
$ graphcli inspect one -o json
> {"schema_version":1,"command":"inspect","status":"waiting","thread":"one","graph":"nested","values":{"draft":"built"},"questions":[{"id":"ID","node":"confirm","ns":"audit:ID|licence:ID","message":"Licence fine?","payload":{"question":"Licence fine?","options":["yes","no"]},"schema":{"enum":["yes","no"]},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","one","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value"},"next":[],"runs":1}],"error":null,"output":null,"uncertain":[],"step":1,"next":["audit"],"inside":[{"ns":"audit:ID","step":0,"values":{"draft":"built"},"next":["licence"]},{"ns":"audit:ID|licence:ID","step":1,"values":{"draft":"scanned"},"next":["confirm"]}],"answers":[],"settled":[],"closed":[],"history":[{"checkpoint":"CHECKPOINT","step":1,"source":"loop","created_at":"TIME","next":["audit"]},{"checkpoint":"CHECKPOINT","step":0,"source":"loop","created_at":"TIME","next":["build"]},{"checkpoint":"CHECKPOINT","step":-1,"source":"input","created_at":"TIME","next":["__start__"]}]}
$ graphcli cancel one
! cancelled: thread `one`
$ graphcli inspect one
> one
>   status      cancelled
>   graph       nested
>   loaded from DIR/nested.py:graph
>   superstep   1
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   draft:  built
>
> Tasks
>   … audit: paused
>     … licence: paused
>       ? confirm: asked a question; once it is answered, it runs again from its start (2nd time)
>
> Answers
>   audit/licence/confirm: not answered
>     asked TIME · withdrawn: the thread was cancelled
>
> History
>      1  TIME  → audit
>      0  TIME  → build
>     -1  TIME  → __start__
""")


def test_a_fan_out_over_a_graph(here: Shell) -> None:
    assert play(
        here,
        "run regions.py --thread one",
        "resume one --value yes",
        "resume one --answer approve=yes",
        "resume one --answer approve#2=no",
        "resume one --answer approve=yes",
    ) == snapshot("""\
$ graphcli run regions.py --thread one
! ? region/approve  asks a person
! ? region/approve  asks a person
! waiting for a person (exit 8). This is not an error: the graph `regions`
! stopped to ask 2 questions, and there is no terminal to ask them on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `region/approve` asks: Deploy to eu?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   `region/approve` asks: Deploy to us?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --value yes
! graph: DIR/regions.py:graph
! error: 2 questions are open, and one --value cannot answer them all:
!     ID  region/approve: Deploy to eu?
!     ID  region/approve: Deploy to us?
!   say which: --question ID, or --answer NODE=VALUE
!   thread `one` is waiting; go on with
!     graphcli resume one --storage STORAGE
[5]
$ graphcli resume one --answer approve=yes
! graph: DIR/regions.py:graph
! error: 2 questions are open, and --answer approve cannot answer them all:
!     ID  region/approve: Deploy to eu?
!     ID  region/approve: Deploy to us?
!   say which: --question ID, or --answer region/approve#1=VALUE for the first of them
!   thread `one` is waiting; go on with
!     graphcli resume one --storage STORAGE
[5]
$ graphcli resume one --answer approve#2=no
! graph: DIR/regions.py:graph
! answering ID (region/approve): Deploy to us?
! ↻ region/approve  runs again from its start (2nd time)
! ✓ region/approve  0.0 s
! ✓ region  0.0 s
! waiting for a person (exit 8). This is not an error: the graph `regions`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `region/approve` asks: Deploy to eu?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --answer approve=yes
> {
>   "done": [
>     "eu: yes",
>     "us: no"
>   ]
> }
! graph: DIR/regions.py:graph
! answering ID (region/approve): Deploy to eu?
! ✓ region  done by an earlier run
! ↻ region/approve  runs again from its start (2nd time)
! ✓ region/approve  0.0 s
! ✓ region  0.0 s
! finished: thread `one`
""")


def test_a_question_in_a_graph_is_answered_by_its_id(here: Shell) -> None:
    first, second = here("run", "regions.py", "--thread", "one", "-o", "json").json["questions"]
    assert [question["message"] for question in (first, second)] == [
        "Deploy to eu?",
        "Deploy to us?",
    ]
    assert first["ns"].startswith("region:")
    assert here(*second["answer_with"]["argv"][1:], "no", "-o", "json").code == 8
    done = here(*first["answer_with"]["argv"][1:], "yes", "-o", "json")
    assert (done.code, done.json["output"]) == (0, {"done": ["eu: yes", "us: no"]})


def test_two_graphs_with_a_node_of_the_same_name(here: Shell) -> None:
    told = play(
        here,
        "run twins.py --answer approve=yes",
        "run twins.py --thread one --answer left/approve=yes",
        "resume one --answer approve=no",
    )
    left, right = (f"! ? {side}/approve  asks a person\n" for side in ("left", "right"))
    assert told.replace(right + left, left + right) == snapshot("""\
$ graphcli run twins.py --answer approve=yes
! the graph has its own InMemorySaver; its threads are kept in graphcli's storage instead
! error: --answer approve may be for `left/approve` or `right/approve`
!   name one of them whole
[2]
$ graphcli run twins.py --thread one --answer left/approve=yes
! the graph has its own InMemorySaver; its threads are kept in graphcli's storage instead
! ? left/approve  asks a person
! ? right/approve  asks a person
! answering ID (left/approve): left?
! ↻ left/approve  runs again from its start (2nd time)
! ✓ left/approve  0.0 s
! ✓ left  0.0 s
! waiting for a person (exit 8). This is not an error: the graph `twins`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `right/approve` asks: right?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --answer approve=no
> {
>   "left": "yes",
>   "right": "no"
> }
! graph: DIR/twins.py:graph
! answering ID (right/approve): right?
! ✓ left  done by an earlier run
! ↻ right/approve  runs again from its start (2nd time)
! ✓ right/approve  0.0 s
! ✓ right  0.0 s
! finished: thread `one`
""")


def test_graphs_that_a_function_calls(here: Shell) -> None:
    assert play(
        here,
        "run called.py --thread one",
        "resume one --answer edit=Hello",
        "inspect one",
        "resume one --answer write/edit=World",
        "run called.py --thread two --answer write/edit=1 --answer write/edit#2=2 -q",
    ) == snapshot("""\
$ graphcli run called.py --thread one
! ? write/edit  asks a person
! waiting for a person (exit 8). This is not an error: the graph `called`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `write/edit` asks: Which text?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: any text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli resume one --answer edit=Hello
! graph: DIR/called.py:graph
! answering ID (write/edit): Which text?
! ↻ write  runs again from its start (2nd time)
! ↻ write/edit  runs again from its start (2nd time)
! ✓ write/edit  0.0 s
! ? write/edit  asks a person
! waiting for a person (exit 8). This is not an error: the graph `called`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `write/edit` asks: Which text?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: any text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli inspect one
> one
>   status      waiting
>   graph       called
>   loaded from DIR/called.py:graph
>   superstep   0
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> Questions
>   1. write/edit
>     │ Which text?
>     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
>     VALUE: any text
>
> Tasks
>   … write: paused
>     ? edit: asked a question; once it is answered, it runs again from its start (2nd time)
>
> Answers
>   write/edit: Hello
>     TIME · by ana@HOST · flag · accepted
>
> History
>      0  TIME  → write
>     -1  TIME  → __start__
$ graphcli resume one --answer write/edit=World
> {
>   "title": "Hello",
>   "body": "World"
> }
! graph: DIR/called.py:graph
! answering ID (write/edit): Which text?
! ↻ write  runs again from its start (3rd time)
! ↻ write/edit  runs again from its start (2nd time)
! ✓ write/edit  0.0 s
! ✓ write  0.0 s
! finished: thread `one`
$ graphcli run called.py --thread two --answer write/edit=1 --answer write/edit#2=2 -q
> {
>   "title": "1",
>   "body": "2"
> }
""")


def test_events_say_in_which_graph_they_happened(here: Shell) -> None:
    told = lines(here, "run", "nested.py", "--answer", "confirm=yes", "--answer", "sign=yes")
    starts = [event["event"] for event in told if "run." in str(event.get("event"))]
    assert starts == ["run.started", "run.started", "run.started"]
    places = [
        (str(event["ns"]).count(":"), event["node"])
        for event in told
        if event.get("event") == "task.ended" and event["outcome"] == "done"
    ]
    assert places == [
        (0, "build"),
        (2, "scan"),
        (2, "confirm"),
        (1, "licence"),
        (1, "sign"),
        (0, "audit"),
    ]


def test_a_failed_task_in_a_graph_is_answered_anew(here: Shell) -> None:
    asks, once_right = """interrupt("Sent?")""", """{"go": True}[interrupt("Sent?")]"""
    here.write("deep.py", (here.cwd / "deep.py").read_text().replace(asks, once_right))
    assert play(
        here,
        "run deep.py --thread one -i mode=ask --answer work=stop",
        "resume one --answer work=go",
    ) == snapshot("""\
$ graphcli run deep.py --thread one -i mode=ask --answer work=stop
! ? tell/office/work  asks a person
! answering ID (tell/office/work): Sent?
! ↻ tell/office/work  runs again from its start (2nd time)
! ✗ tell/office/work  failed: KeyError: 'stop'
! ✗ tell/office  failed: KeyError: 'stop'
! ✗ tell  failed: KeyError: 'stop'
! error: KeyError: 'stop'
!   thread `one` has failed; see what happened, then try again:
!     graphcli inspect one --storage STORAGE
!     graphcli resume one --storage STORAGE
[1]
$ graphcli resume one --answer work=go
> {
>   "mode": "ask",
>   "sent": true
> }
! graph: DIR/deep.py:graph
! answering ID (tell/office/work): Sent?
! ↻ tell/office/work  runs again from its start (3rd time)
! ✓ tell/office/work  0.0 s
! ✓ tell/office  0.0 s
! ✓ tell  0.0 s
! finished: thread `one`
""")


def killed(shell: Shell) -> None:
    done = shell("run", "deep.py", "--thread", "one", "-i", "mode=kill")
    assert done.code == -signal.SIGKILL
    shell.write("calm", "")


def test_a_task_in_a_graph_that_may_have_run_is_a_question(here: Shell) -> None:
    killed(here)
    assert play(here, "inspect one", "resume one", "resume one --rerun") == snapshot("""\
$ graphcli inspect one
> one
>   status      uncertain
>   graph       deep
>   loaded from DIR/deep.py:graph
>   superstep   0
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   mode:  kill
>
> Next
>   tell
>
> Tasks
>   ! tell: started (1 time), end unknown
>     ! office: started (1 time), end unknown
>       ! work: started (1 time), end unknown
>
> History
>      0  TIME  → tell
>     -1  TIME  → __start__
$ graphcli resume one
! graph: DIR/deep.py:graph
! uncertain: thread `one`: a run ended while this was running, and nobody knows how far it came:
!
!   tell/office/work (task ID)
!     it did not happen, or may happen twice: run it again
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --rerun
!     it happened: go on with what it would have returned, as JSON
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --done UPDATE
!     neither: let the thread fail
!       graphcli resume one --storage STORAGE --task ID --if-match DIGEST --give-up
[9]
$ graphcli resume one --rerun
> {
>   "mode": "kill",
>   "sent": true
> }
! graph: DIR/deep.py:graph
! settling `tell/office/work` (task ID): run it again
! ↻ tell/office/work  runs again from its start (2nd time)
! ✓ tell/office/work  0.0 s
! ✓ tell/office  0.0 s
! ✓ tell  0.0 s
! finished: thread `one`
""")


@pytest.mark.parametrize(
    ("flags", "code", "sent"),
    [
        (["--rerun"], 0, True),
        (["--task", "work", "--done", '{"sent": "by hand"}'], 0, "by hand"),
        (["--give-up"], 1, None),
    ],
)
def test_each_verdict_on_a_task_in_a_graph(
    here: Shell, flags: list[str], code: int, sent: object
) -> None:
    killed(here)
    done = here("resume", "one", *flags, "-o", "json")
    assert (done.code, done.json["values"].get("sent")) == (code, sent), done.stderr


def test_an_update_that_does_not_fit_a_task_in_a_graph_settles_nothing(here: Shell) -> None:
    killed(here)
    done = here("resume", "one", "--done", '{"snet": 1}')
    assert done.code == 5
    assert "did you mean `sent`" in done.stderr
    assert here("resume", "one").code == 9
    assert here("resume", "one", "--done", '{"sent": 1}').code == 0


def test_two_nested_questions_at_a_terminal(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "nested.py", "--thread", "one", columns=120)
    child.expect("node audit/licence/confirm")
    child.expect("Licence fine")
    child.expect("Choose one")
    child.send(ENTER)
    child.expect("✓.* audit/licence  ")
    child.expect("node audit/sign")
    child.expect("Choose one")
    child.send(ENTER)
    child.expect("✓.* audit  ")
    child.expect('"signed": "yes"')
    assert ended(child)[1] == 0
    assert here("inspect", "one", "-o", "json").json["status"] == "finished"


def test_show_marks_graphs_and_opens_them(here: Shell) -> None:
    assert play(here, "show nested.py", "show nested.py --expand --mermaid") == snapshot("""\
$ graphcli show nested.py
> ╭──────────────╮
> (    start     )
> ╰───────┬──────╯
>         ▼
> ┌──────────────┐
> │    build     │
> └───────┬──────┘
>         ▼
> ┌──────────────┐
> │audit (graph) │
> └───────┬──────┘
>         ▼
> ╭──────────────╮
> (     end      )
> ╰──────────────╯
$ graphcli show nested.py --expand --mermaid
> graph TD
>     n0(["start"])
>     n1["build"]
>     n2["audit/licence/scan"]
>     n3["audit/licence/confirm"]
>     n4["audit/sign"]
>     n5(["end"])
>     n0 --> n1
>     n1 --> n2
>     n4 --> n5
>     n3 --> n4
>     n2 --> n3
""")
