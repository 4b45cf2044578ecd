"""`--help`, as it is printed."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from tests.conftest import Shell

HELP = {
    "": snapshot("""\
Usage: graphcli [OPTIONS] COMMAND [ARGS]...

  Run graphs that stop to ask a person, in a terminal or from a script.

Options:
  --version   Print the version and exit.
  -h, --help  Show this message and exit.

Commands:
  run         Run GRAPH on a new thread, and ask when it stops to ask.
  resume      Answer THREAD and go on.
  list        List threads, the last changed first.
  inbox       List what waits for a person, the oldest first, and answer it.
  inspect     Show a thread: its state, questions, answers and history.
  cancel      End a thread for good; its open questions are withdrawn.
  show        Draw GRAPH in the terminal, or print it as Mermaid text.
  check       Load each GRAPH and say what is wrong; nothing is run.
  doctor      Say whether the storage is well, and what to do if not.
  backup      Copy the storage to FILE, also while runs go on.
  delete      Delete each THREAD and all that belongs to it, for good.
  prune       Delete old threads: finished, rejected and cancelled ones.
  completion  Print what completes graphcli in SHELL.
"""),
    "run": snapshot("""\
Usage: graphcli run [OPTIONS] {GRAPH}

  Run GRAPH on a new thread, and ask when it stops to ask.

  A question is put to whoever is at the terminal. Where nobody is, the thread
  waits.

  Exit codes: 0 finished, 1 failed, 3 no such graph, 5 an answer does not fit,
  6 conflict, 8 waiting for a person, 9 uncertain, 10 rejected.

Arguments:
  GRAPH  A name, file.yaml, file.py[:attr] or package.module:attr.  [required]

Options:
  -i, --set-input KEY=VALUE       One input. Repeatable.
  --input JSON|@FILE|-            All inputs as one JSON object.
  --thread ID                     The new thread's id.
  --continue                      Give the finished thread --thread new input.
  --value VALUE                   The answer to the one open question.
  --value-file FILE               Read the answer from FILE (- is stdin).
  --text                          Take the answer as text, never as JSON.
  --answer NODE[.FIELD]=VALUE     An answer for one node; NODE#2 is the second
                                  time it asks. Repeatable.
  --answers FILE                  Answers by node, as YAML or JSON.
  --strict                        Ask nobody; a question or an answer that is
                                  left over is an error (5).
  --record FILE                   Write each answer to FILE, which --answers
                                  takes.
  --break-before NODE             Stop before NODE. Repeatable.
  --break-after NODE              Stop after NODE. Repeatable.
  --max-steps N                   Stop after N supersteps.  [x>=1]
  --durability <sync|async>       sync fsyncs every step, async only pauses
                                  and ends.  [default: sync]
  --timeout SECONDS               Stop after SECONDS (exit 124).  [x>=0.001]
  --notify COMMAND                Run COMMAND when the thread starts to wait,
                                  the JSON document on its stdin (default:
                                  GRAPHCLI_NOTIFY).
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "resume": snapshot("""\
Usage: graphcli resume [OPTIONS] {THREAD}

  Answer THREAD and go on.

  Without an answer, whoever is at the terminal is asked. Never creates a
  thread. A stopped thread goes on, a failed one tries again, an uncertain one
  has to be settled first.

Arguments:
  THREAD  An id, the beginning of one, or @latest.  [required]

Options:
  --value VALUE                   The answer to the one open question.
  --value-file FILE               Read the answer from FILE (- is stdin).
  --text                          Take the answer as text, never as JSON.
  --answer NODE[.FIELD]=VALUE     An answer for one node; NODE#2 is the second
                                  time it asks. Repeatable.
  --answers FILE                  Answers by node, as YAML or JSON.
  --strict                        Ask nobody; a question or an answer that is
                                  left over is an error (5).
  --record FILE                   Write each answer to FILE, which --answers
                                  takes.
  --question ID                   The question that is answered.
  --if-match DIGEST               Answer or settle only what still has this
                                  digest.
  --rerun                         The uncertain task did not run, or may run
                                  again.
  --done JSON                     It did run, and this is its update.
  --give-up                       Let the uncertain task fail.
  --task ID                       Which uncertain task is meant.
  --graph GRAPH                   Run this graph, not the recorded one.
  --max-steps N                   Stop after N supersteps.  [x>=1]
  --durability <sync|async>       sync fsyncs every step, async only pauses
                                  and ends.  [default: sync]
  --timeout SECONDS               Stop after SECONDS (exit 124).  [x>=0.001]
  --notify COMMAND                Run COMMAND when the thread starts to wait,
                                  the JSON document on its stdin (default:
                                  GRAPHCLI_NOTIFY).
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "list": snapshot("""\
Usage: graphcli list [OPTIONS]

  List threads, the last changed first.

Options:
  --status <running|waiting|stopped|uncertain|failed|finished|rejected|cancelled>
                                  Only threads of this status.
  --graph NAME                    Only threads of this graph.
  --limit N                       How many, the newest first.  [default: 20;
                                  x>=1]
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "inbox": snapshot("""\
Usage: graphcli inbox [OPTIONS]

  List what waits for a person, the oldest first, and answer it.

  On a terminal one thread after the other is offered, as `resume` does it:
  answer, skip, or leave. With --no-input, -o json or a pipe the questions are
  only listed.

Options:
  --graph NAME                    Only threads of this graph.
  --node NODE                     Only what this node asks (name or path).
  --limit N                       List how many, the oldest first.  [default:
                                  20; x>=1]
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "inspect": snapshot("""\
Usage: graphcli inspect [OPTIONS] {THREAD}

  Show a thread: its state, questions, answers and history.

Arguments:
  THREAD  An id, the beginning of one, or @latest.  [required]

Options:
  --step N                        As it was after superstep N.
  --full                          Leave nothing out; on a terminal, in a
                                  pager.
  --graph GRAPH                   Load GRAPH; show how it differs and where
                                  answers lead. Nothing is run.
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "cancel": snapshot("""\
Usage: graphcli cancel [OPTIONS] {THREAD}

  End a thread for good; its open questions are withdrawn.

Arguments:
  THREAD  An id, the beginning of one, or @latest.  [required]

Options:
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "show": snapshot("""\
Usage: graphcli show [OPTIONS] {GRAPH}

  Draw GRAPH in the terminal, or print it as Mermaid text.

Arguments:
  GRAPH  A name, file.yaml, file.py[:attr] or package.module:attr.  [required]

Options:
  --mermaid                       Print Mermaid text instead of a drawing.
  --expand                        Draw the nodes of subgraphs too.
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "check": snapshot("""\
Usage: graphcli check [OPTIONS] [GRAPH…]

  Load each GRAPH and say what is wrong; nothing is run.

Arguments:
  GRAPH…  The graphs to check.

Options:
  --schema                        Print the JSON Schema of YAML graphs, for
                                  editors.
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "doctor": snapshot("""\
Usage: graphcli doctor [OPTIONS]

  Say whether the storage is well, and what to do if not.

  Nothing is changed.

  Exit codes: 0 it is well, 7 it is damaged or cannot be used.

Options:
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "backup": snapshot("""\
Usage: graphcli backup [OPTIONS] {FILE}

  Copy the storage to FILE, also while runs go on.

  The copy is read through before it is there, and is a storage itself.

Arguments:
  FILE  The new file; never replaced.  [required]

Options:
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "delete": snapshot("""\
Usage: graphcli delete [OPTIONS] {THREAD…}

  Delete each THREAD and all that belongs to it, for good.

  One that waits for a person is kept, unless --status names that, and one
  that runs in any case; then nothing is deleted.

Arguments:
  THREAD…  Ids, or @latest.  [required]

Options:
  --status STATUS,…               Delete also what is: waiting, uncertain.
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "prune": snapshot("""\
Usage: graphcli prune [OPTIONS]

  Delete old threads: finished, rejected and cancelled ones.

  --status names others, as waiting or failed. One that runs is always kept.

Options:
  --older-than AGE                Last changed so long ago: 30d, 12h.
  --keep N                        Keep the newest N of them.  [x>=0]
  --status STATUS,…               Threads of these statuses.
  --graph NAME                    Only threads of this graph.
  --dry-run                       Say what would be deleted; delete nothing.
  --no-input                      Never ask: stop at a question with exit code
                                  8.
  --storage PATH                  Where threads are kept (default:
                                  GRAPHCLI_STORAGE, else the user's data
                                  directory).
  -o, --output <human|json|jsonl>
                                  human, json (one document) or jsonl
                                  (events).  [default: human]
  -q, --quiet                     Say nothing but errors and questions.
  -h, --help                      Show this message and exit.
"""),
    "completion": snapshot("""\
Usage: graphcli completion [OPTIONS] {SHELL}

  Print what completes graphcli in SHELL.

  Write it to where the shell looks for it, then start a new shell:

  bash: ~/.local/share/bash-completion/completions/graphcli

  zsh: _graphcli in a folder of $fpath, as "${fpath[1]}/_graphcli"

  fish: ~/.config/fish/completions/graphcli.fish

Arguments:
  SHELL  bash, zsh or fish.  [required]

Options:
  -h, --help  Show this message and exit.
"""),
}


@pytest.mark.parametrize("command", HELP)
def test_help(graphcli: Shell, command: str) -> None:
    done = graphcli(*command.split(), "--help", environ={"COLUMNS": "80"})
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == HELP[command]
    assert graphcli(*command.split(), "-h", environ={"COLUMNS": "80"}).stdout == done.stdout


def test_no_command_prints_the_help_and_fails(graphcli: Shell) -> None:
    done = graphcli()
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr == graphcli("--help").stdout


def test_the_version(graphcli: Shell) -> None:
    done = graphcli("--version")
    assert done.code == 0
    assert done.stdout.startswith("graphcli 0.")
    assert done.stdout.count("\n") == 1
