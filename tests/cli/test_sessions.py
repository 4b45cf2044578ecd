"""What a new user types first, with exactly what comes back."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

from inline_snapshot import snapshot

from tests.cli.session import play
from tests.conftest import Shell


def test_a_run_that_parks_and_is_answered(here: Shell) -> None:
    assert play(
        here,
        "run ask.py --thread one",
        "list",
        "resume one --value approve",
        "list",
    ) == snapshot("""\
$ graphcli run ask.py --thread one
! ✓ draft  0.0 s
! ? review  asks a person
! waiting for a person (exit 8). This is not an error: the graph `ask`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `review` asks: Approve?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: approve or reject
!     then -> publish or drop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli list
> one	ask	waiting	TIME	1
$ graphcli resume one --value approve
> {
>   "output": "a draft",
>   "decision": "approve"
> }
! graph: DIR/ask.py:graph
! answering ID (review): Approve?
! ↻ review  runs again from its start (2nd time)
! ✓ review  0.0 s
! ✓ publish  0.0 s
! finished: thread `one`
$ graphcli list
> one	ask	finished	TIME	0
""")


def test_inspect_before_and_after(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    assert play(here, "inspect one", "resume one --value reject -q", "inspect one") == snapshot("""\
$ graphcli inspect one
> one
>   status      waiting
>   graph       ask
>   loaded from DIR/ask.py:graph
>   superstep   1
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   output:  a draft
>
> Questions
>   1. review
>     │ Approve?
>     │ output:  a draft
>     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
>     VALUE: approve or reject
>
> Tasks
>   ? review: asked a question; once it is answered, it runs again from its start (2nd time)
>
> History
>      1  TIME  → review
>      0  TIME  → draft
>     -1  TIME  → __start__
$ graphcli resume one --value reject -q
> {
>   "output": "a draft",
>   "decision": "reject"
> }
$ graphcli inspect one
> one
>   status      finished
>   graph       ask
>   loaded from DIR/ask.py:graph
>   superstep   3
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   output:    a draft
>   decision:  reject
>
> Answers
>   review: reject
>     TIME · by ana@HOST · flag · accepted
>
> History
>      3  TIME  → end
>      2  TIME  → drop
>      1  TIME  → review
>      0  TIME  → draft
>     -1  TIME  → __start__
""")


def test_the_same_as_json(here: Shell) -> None:
    assert play(
        here,
        "run ask.py --thread one -o json -q",
        "list -o json",
        "resume one --value approve -o json -q",
        "inspect one -o json",
    ) == snapshot("""\
$ graphcli run ask.py --thread one -o json -q
> {"schema_version":1,"command":"run","status":"waiting","thread":"one","graph":"ask","values":{"output":"a draft"},"questions":[{"id":"ID","node":"review","ns":"","message":"Approve?","payload":{"question":"Approve?","options":["approve","reject"],"output":"a draft"},"schema":{"enum":["approve","reject"]},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","one","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value"},"next":[{"to":[],"either":[{"node":"publish"},{"node":"drop"}]}],"runs":1}],"error":null,"output":null,"uncertain":[]}
! waiting for a person (exit 8). This is not an error: the graph `ask`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `review` asks: Approve?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: approve or reject
!     then -> publish or drop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli list -o json
> {"schema_version":1,"command":"list","threads":[{"thread":"one","graph":"ask","status":"waiting","created_at":"TIME","updated_at":"TIME","questions":1}],"error":null}
$ graphcli resume one --value approve -o json -q
> {"schema_version":1,"command":"resume","status":"finished","thread":"one","graph":"ask","values":{"output":"a draft","decision":"approve"},"questions":[],"error":null,"output":{"output":"a draft","decision":"approve"},"uncertain":[]}
$ graphcli inspect one -o json
> {"schema_version":1,"command":"inspect","status":"finished","thread":"one","graph":"ask","values":{"output":"a draft","decision":"approve"},"questions":[],"error":null,"output":null,"uncertain":[],"step":3,"next":[],"inside":[],"answers":[{"question":"ID","node":"review","ns":"","value":"approve","by":"ana@HOST","how":"flag","at":"TIME","status":"accepted","why":""}],"settled":[],"closed":[],"history":[{"checkpoint":"CHECKPOINT","step":3,"source":"loop","created_at":"TIME","next":[]},{"checkpoint":"CHECKPOINT","step":2,"source":"loop","created_at":"TIME","next":["publish"]},{"checkpoint":"CHECKPOINT","step":1,"source":"loop","created_at":"TIME","next":["review"]},{"checkpoint":"CHECKPOINT","step":0,"source":"loop","created_at":"TIME","next":["draft"]},{"checkpoint":"CHECKPOINT","step":-1,"source":"input","created_at":"TIME","next":["__start__"]}]}
""")


def test_events_as_lines(here: Shell) -> None:
    assert play(
        here,
        "run ask.py --thread one -o jsonl -q",
        "list -o jsonl",
        "resume one --value approve -o jsonl -q",
    ) == snapshot("""\
$ graphcli run ask.py --thread one -o jsonl -q
> {"schema_version":1,"event":"run.started","thread":"one","graph":"ask","new":true}
> {"schema_version":1,"event":"checkpoint.saved","ns":"","step":-1,"checkpoint":"CHECKPOINT","source":"input","values":{},"next":["__start__"],"created_at":"TIME"}
> {"schema_version":1,"event":"checkpoint.saved","ns":"","step":0,"checkpoint":"CHECKPOINT","source":"loop","values":{},"next":["draft"],"created_at":"TIME"}
> {"schema_version":1,"event":"task.started","ns":"","step":0,"task":"ID","node":"draft","attempt":1,"settled":false}
> {"schema_version":1,"event":"task.ended","ns":"","step":0,"task":"ID","node":"draft","outcome":"done","attempts":1,"writes":[{"channel":"output","value":"a draft"}],"goto":[{"node":"review"}],"question":null,"error":null,"seconds":0,"kept":false,"settled":false}
> {"schema_version":1,"event":"checkpoint.saved","ns":"","step":1,"checkpoint":"CHECKPOINT","source":"loop","values":{"output":"a draft"},"next":["review"],"created_at":"TIME"}
> {"schema_version":1,"event":"task.started","ns":"","step":1,"task":"ID","node":"review","attempt":1,"settled":false}
> {"schema_version":1,"event":"task.ended","ns":"","step":1,"task":"ID","node":"review","outcome":"asked","attempts":1,"writes":[],"goto":[],"question":{"id":"ID","node":"review","ns":"","payload":{"question":"Approve?","options":["approve","reject"],"output":"a draft"},"schema":null,"digest":"DIGEST","asked_at":"TIME"},"error":null,"seconds":0,"kept":false,"settled":false}
> {"schema_version":1,"command":"run","status":"waiting","thread":"one","graph":"ask","values":{"output":"a draft"},"questions":[{"id":"ID","node":"review","ns":"","message":"Approve?","payload":{"question":"Approve?","options":["approve","reject"],"output":"a draft"},"schema":{"enum":["approve","reject"]},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","one","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value"},"next":[{"to":[],"either":[{"node":"publish"},{"node":"drop"}]}],"runs":1}],"error":null,"output":null,"uncertain":[]}
! waiting for a person (exit 8). This is not an error: the graph `ask`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `review` asks: Approve?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: approve or reject
!     then -> publish or drop
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli list -o jsonl
> {"schema_version":1,"thread":"one","graph":"ask","status":"waiting","created_at":"TIME","updated_at":"TIME","questions":1}
$ graphcli resume one --value approve -o jsonl -q
> {"schema_version":1,"event":"run.started","thread":"one","graph":"ask","new":false}
> {"schema_version":1,"event":"task.started","ns":"","step":1,"task":"ID","node":"review","attempt":2,"settled":false}
> {"schema_version":1,"event":"task.ended","ns":"","step":1,"task":"ID","node":"review","outcome":"done","attempts":1,"writes":[{"channel":"decision","value":"approve"}],"goto":[{"node":"publish"}],"question":null,"error":null,"seconds":0,"kept":false,"settled":false}
> {"schema_version":1,"event":"checkpoint.saved","ns":"","step":2,"checkpoint":"CHECKPOINT","source":"loop","values":{"output":"a draft","decision":"approve"},"next":["publish"],"created_at":"TIME"}
> {"schema_version":1,"event":"task.started","ns":"","step":2,"task":"ID","node":"publish","attempt":1,"settled":false}
> {"schema_version":1,"event":"task.ended","ns":"","step":2,"task":"ID","node":"publish","outcome":"done","attempts":1,"writes":[],"goto":[],"question":null,"error":null,"seconds":0,"kept":false,"settled":false}
> {"schema_version":1,"event":"checkpoint.saved","ns":"","step":3,"checkpoint":"CHECKPOINT","source":"loop","values":{"output":"a draft","decision":"approve"},"next":[],"created_at":"TIME"}
> {"schema_version":1,"command":"resume","status":"finished","thread":"one","graph":"ask","values":{"output":"a draft","decision":"approve"},"questions":[],"error":null,"output":{"output":"a draft","decision":"approve"},"uncertain":[]}
""")


def test_cancel(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    assert play(
        here,
        "cancel on",
        "cancel one",
        "cancel one",
        "resume one --value approve",
        "list -o json",
    ) == snapshot("""\
$ graphcli cancel on
! error: `on` is only the beginning of a thread id
!   where nobody is asked, name the whole of it: one
[2]
$ graphcli cancel one
! cancelled: thread `one`
$ graphcli cancel one
! error: thread `one` is cancelled: nothing to cancel
!   see it: graphcli inspect --storage STORAGE one
[6]
$ graphcli resume one --value approve
! graph: DIR/ask.py:graph
! error: thread `one` is cancelled: nothing to resume
!   start a new thread with graphcli run --storage STORAGE
[6]
$ graphcli list -o json
> {"schema_version":1,"command":"list","threads":[{"thread":"one","graph":"ask","status":"cancelled","created_at":"TIME","updated_at":"TIME","questions":0}],"error":null}
""")


def test_show_and_check(here: Shell) -> None:
    assert play(
        here,
        "show ask.py",
        "show ask.py --mermaid",
        "show release.yaml -o json",
        "check ask.py release.yaml",
        "check ask.py -o json",
        "check",
    ) == snapshot("""\
$ graphcli show ask.py
> ╭────────╮
> ( start  )
> ╰────┬───╯
>      ▼
> ┌────────┐
> │ draft  │
> └────┬───┘
>      ▼
> ┌────────┐
> │ review │
> └────┬───┘
>      ▼┄┄┄┄┄┄┄┄┄┄┄▼
> ┌────────┐  ┌────────┐
> │publish │  │  drop  │
> └───┬────┘  └────┬───┘
>     ▼ ▼──────────╯
> ╭────────╮
> (  end   )
> ╰────────╯
$ graphcli show ask.py --mermaid
> graph TD
>     n0(["start"])
>     n1["draft"]
>     n2["review"]
>     n3["publish"]
>     n4["drop"]
>     n5(["end"])
>     n0 --> n1
>     n1 --> n2
>     n2 -.-> n3
>     n2 -.-> n4
>     n3 --> n5
>     n4 --> n5
$ graphcli show release.yaml -o json
> {"schema_version":1,"command":"show","graph":"release","description":"","nodes":["approve","deploy","aborted"],"inputs":{"type":"object","properties":{"tag":{"type":"string","description":"Git tag to release","x-graphcli":{"kind":"text"}},"count":{"type":"integer","default":2,"x-graphcli":{"kind":"integer"}}},"required":["tag"],"additionalProperties":false},"mermaid":"graph TD\\n    n0([\\"start\\"])\\n    n1[\\"approve\\"]\\n    n2[\\"deploy\\"]\\n    n3[\\"aborted\\"]\\n    n4([\\"end\\"])\\n    n0 --> n1\\n    n1 -.->|\\"nodes.approve.decision == 'deploy'\\"| n2\\n    n1 -.->|\\"else\\"| n3\\n    n2 --> n4\\n    n3 --> n4\\n","error":null}
$ graphcli check ask.py release.yaml
! ok: ask.py:graph: 4 nodes
! ok: release.yaml: 3 nodes
$ graphcli check ask.py -o json
> {"schema_version":1,"command":"check","graphs":[{"graph":"ask.py","error":null}],"error":null}
! ok: ask.py:graph: 4 nodes
$ graphcli check
! error: check needs a GRAPH
!   for example graphcli check release.yaml
[2]
""")


def test_a_yaml_graph_says_its_output_alone(here: Shell) -> None:
    assert play(
        here,
        "run release.yaml -i tag=v1 --answer approve.decision=deploy --thread yes",
        "run release.yaml -i tag=v1 --answer approve.decision=abort --thread no",
        "run release.yaml",
    ) == snapshot("""\
$ graphcli run release.yaml -i tag=v1 --answer approve.decision=deploy --thread yes
> deployed v1
! ? approve  asks a person
! answering ID (approve): Release v1?
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✓ deploy  0.0 s
! finished: thread `yes`
$ graphcli run release.yaml -i tag=v1 --answer approve.decision=abort --thread no
! ? approve  asks a person
! answering ID (approve): Release v1?
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✗ aborted  failed: aborted: no comment
! rejected: thread `no`
!   aborted: no comment
[10]
$ graphcli run release.yaml
! error: 1 input is missing:
!     tag: Git tag to release
!   give -i tag=…
[2]
""")


def test_several_questions(here: Shell) -> None:
    assert play(
        here,
        "run multi.py --thread m",
        "resume m --value yes",
        "resume m --answer sure=yes --answer pick=z",
        "resume m --answer sure=yes -q",
        "resume m --answer who=bob --answer pick=x --answer pick#2=y",
    ) == snapshot("""\
$ graphcli run multi.py --thread m
! ? pick  asks a person
! ? sure  asks a person
! ? who  asks a person
! waiting for a person (exit 8). This is not an error: the graph `multi`
! stopped to ask 3 questions, and there is no terminal to ask them on.
! Everything done so far is kept in thread `m`; nothing runs until it is answered.
!
!   `pick` asks: Which?
!     graphcli resume m --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: x or y
!
!   `sure` asks: Sure?
!     graphcli resume m --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: yes or no
!
!   `who` asks: Who are you?
!     graphcli resume m --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: JSON, or else text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume m --storage STORAGE
[8]
$ graphcli resume m --value yes
! graph: DIR/multi.py:graph
! error: 3 questions are open, and one --value cannot answer them all:
!     ID  pick: Which?
!     ID  sure: Sure?
!     ID  who: Who are you?
!   say which: --question ID, or --answer NODE=VALUE
!   thread `m` is waiting; go on with
!     graphcli resume m --storage STORAGE
[5]
$ graphcli resume m --answer sure=yes --answer pick=z
! graph: DIR/multi.py:graph
! not used: --answer sure: the run was left before it could be
! error: not sent to `pick`: the answer is `z`; it must be one of x, y
!   thread `m` is waiting; go on with
!     graphcli resume m --storage STORAGE
[5]
$ graphcli resume m --answer sure=yes -q
! waiting for a person (exit 8). This is not an error: the graph `multi`
! stopped to ask 2 questions, and there is no terminal to ask them on.
! Everything done so far is kept in thread `m`; nothing runs until it is answered.
!
!   `pick` asks: Which?
!     graphcli resume m --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: x or y
!
!   `who` asks: Who are you?
!     graphcli resume m --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: JSON, or else text
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume m --storage STORAGE
[8]
$ graphcli resume m --answer who=bob --answer pick=x --answer pick#2=y
> {
>   "log": [
>     "pick: x",
>     "sure: True",
>     "who: bob"
>   ]
> }
! graph: DIR/multi.py:graph
! answering ID (pick): Which?
! answering ID (who): Who are you?
! ✓ sure  done by an earlier run
! ↻ pick  runs again from its start (2nd time)
! ↻ who  runs again from its start (2nd time)
! ✓ pick  0.0 s
! ✓ who  0.0 s
! not used: --answer pick#2: nothing asked for it
! finished: thread `m`
""")


def test_an_empty_storage(here: Shell) -> None:
    assert play(here, "list", "list -o json", "inspect one", "resume @latest") == snapshot("""\
$ graphcli list
! there is no storage `STORAGE` yet
! no threads; begin one: graphcli run GRAPH
$ graphcli list -o json
> {"schema_version":1,"command":"list","threads":[],"error":null}
! there is no storage `STORAGE` yet
$ graphcli inspect one
! there is no storage `STORAGE` yet
! error: there is no thread `one`
!   see those there are: graphcli list --storage STORAGE
[4]
$ graphcli resume @latest
! there is no storage `STORAGE` yet
! error: there is no thread `@latest`
!   see those there are: graphcli list --storage STORAGE
[4]
""")
    assert not here.storage.exists(), "reading leaves no trace"


def test_a_storage_that_is_named_and_not_there_is_an_error(here: Shell) -> None:
    """A mistyped --storage must not look like one where nothing waits, as -q would have it."""
    for command in ("list -q", "inbox -o json", "prune --older-than 1d", "resume one", "inspect x"):
        done = here(*command.split(), "--storage", "typo.db")
        assert (done.code, done.stderr) == (
            4,
            f"error: there is no storage `{here.cwd}/typo.db`\n  give another --storage\n",
        )
    assert done.stdout == ""
    assert not (here.cwd / "typo.db").exists()
    assert here("list", environ={"GRAPHCLI_STORAGE": "typo.db"}).code == 0, "not made yet"
