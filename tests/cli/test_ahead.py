"""Where answers lead, told before they are given; which node runs again, told when it does."""

import json

from inline_snapshot import snapshot

from tests.cli.session import play
from tests.conftest import Shell

RELEASE = """\
version: 1
name: release
inputs: {env: {type: text, default: prod}}
nodes:
  approve:
    ask:
      message: "Release to {{ inputs.env }}?"
      fields:
        decision: {choices: [deploy, later, abort], default: abort}
        sure: {type: boolean, default: false}
        why: {required: false}
    next:
      - {when: nodes.approve.decision == 'deploy' and inputs.env == 'prod', to: deploy}
      - {when: nodes.approve.decision == 'later' and nodes.approve.why, to: note}
      - {to: aborted}
  deploy: {run: echo deployed}
  note: {set: {}, next: END}
  aborted: {fail: aborted}
""".replace("note: {set: {}, next: END}", "note: {run: 'true', next: END}")


def test_each_choice_off_a_terminal(graphcli: Shell) -> None:
    graphcli.write("release.yaml", RELEASE)
    assert play(
        graphcli,
        "run release.yaml --thread one",
        "inspect one --graph release.yaml",
        "resume one --answer approve.decision=deploy --answer approve.sure=yes",
    ) == snapshot("""\
$ graphcli run release.yaml --thread one
! ? approve  asks a person
! waiting for a person (exit 8). This is not an error: the graph `release`
! stopped to ask a question, and there is no terminal to ask it on.
! Everything done so far is kept in thread `one`; nothing runs until it is answered.
!
!   `approve` asks: Release to prod?
!     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
!     VALUE: a JSON object with decision, sure, why; as in '{"decision":"abort","sure":false}'
!     deploy -> deploy
!     later  -> note or aborted (ends: rejected)
!     abort  -> aborted (ends: rejected)
!
!   or, to be asked, on a terminal of a machine that has this storage:
!     graphcli resume one --storage STORAGE
[8]
$ graphcli inspect one --graph release.yaml
> one
>   status      waiting
>   graph       release
>   loaded from DIR/release.yaml
>   superstep   0
>   checkpoint  CHECKPOINT
>   started     TIME
>   changed     TIME
>
> State
>   inputs:
>     env:  prod
>
> Questions
>   1. approve
>     │ Release to prod?
>     deploy → deploy
>     later  → note or aborted (ends: rejected)
>     abort  → aborted (ends: rejected)
>     graphcli resume one --storage STORAGE --question ID --if-match DIGEST --value VALUE
>     VALUE: a JSON object with decision, sure, why; as in '{"decision":"abort","sure":false}'
>
> Tasks
>   ? approve: asked a question; once it is answered, it runs again from its start (2nd time)
>
> Graph
>   as it was when the thread last ran
>
> History
>      0  TIME  → approve
>     -1  TIME  → __start__
$ graphcli resume one --answer approve.decision=deploy --answer approve.sure=yes
> {}
! graph: DIR/release.yaml
! answering ID (approve): Release to prod?
! ↻ approve  runs again from its start (2nd time)
! ✓ approve  0.0 s
! ✓ deploy  0.0 s
! finished: thread `one`
""")


def test_each_choice_as_json(graphcli: Shell) -> None:
    graphcli.write("release.yaml", RELEASE)
    ran = json.loads(graphcli("run", "release.yaml", "--thread", "one", "-o", "json").stdout)
    [question] = ran["questions"]
    assert (question["next"], question["runs"]) == snapshot(
        (
            [
                {"field": "decision", "value": "deploy", "to": [{"node": "deploy"}], "either": []},
                {
                    "field": "decision",
                    "value": "later",
                    "to": [],
                    "either": [{"node": "note"}, {"node": "aborted", "ends": "rejected"}],
                },
                {
                    "field": "decision",
                    "value": "abort",
                    "to": [{"node": "aborted", "ends": "rejected"}],
                    "either": [],
                },
                {
                    "to": [],
                    "either": [
                        {"node": "deploy"},
                        {"node": "note"},
                        {"node": "aborted", "ends": "rejected"},
                    ],
                },
            ],
            1,
        )
    )
    looked = json.loads(graphcli("inspect", "one", "-o", "json").stdout)["questions"][0]
    assert (looked["next"], looked["runs"]) == ([], 1)  # no graph was loaded
    named = graphcli("inspect", "one", "--graph", "release.yaml", "-o", "json").stdout
    assert json.loads(named)["questions"][0] == question
