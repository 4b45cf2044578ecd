"""What graphcli says when a run ends."""

import shlex
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from graphcli.engine.resuming.question import Field, Kind, Option
from graphcli.engine.running.events import RunEnded
from graphcli.engine.values.model import Failure, Status, Task
from graphcli.errors import GraphcliError, InvalidGraphError, UsageError
from graphcli.render.commands import Commands, value_hint
from graphcli.render.failures import error_notes
from graphcli.render.notes import ended_notes
from tests.render.samples import field, question

COMMANDS = Commands("t-1")
ASKED = question(digest="3fa9")


def said(status: Status, *, stranger: bool = False, many: int = 1, **more: object) -> str:
    given = {"thread": "t-1", "graph": "release", "status": status, "values": {}, **more}
    asked = [ASKED] * many if status is Status.WAITING else []
    return "\n".join(ended_notes(RunEnded(**given), COMMANDS, asked, stranger=stranger))  # type: ignore[arg-type]  # a table of keywords.


def test_waiting() -> None:
    assert said(Status.WAITING) == snapshot("""\
waiting for a person: thread `t-1`

  `approve` asks: Release v1.2?
    graphcli resume t-1 --question a1b2c3 --if-match 3fa9 --value VALUE
    VALUE: deploy or abort

  here, on a terminal:
    graphcli resume t-1\
""")


def test_waiting_where_nobody_knows_graphcli() -> None:
    assert said(Status.WAITING, stranger=True) == snapshot("""\
waiting for a person (exit 8). This is not an error: the graph `release`
stopped to ask a question, and there is no terminal to ask it on.
Everything done so far is kept in thread `t-1`; nothing runs until it is answered.

  `approve` asks: Release v1.2?
    graphcli resume t-1 --question a1b2c3 --if-match 3fa9 --value VALUE
    VALUE: deploy or abort

  or, to be asked, on a terminal of a machine that has this storage:
    graphcli resume t-1\
""")


def test_waiting_with_many_questions() -> None:
    text = said(Status.WAITING, stranger=True, many=9)
    assert "stopped to ask 9 questions" in text
    assert text.count("asks: Release v1.2?") == 5
    assert "and 4 more; all of them:\n    graphcli inspect t-1" in text


def test_uncertain() -> None:
    task = Task("k1", "deploy", ("pull", "deploy"), doubt="d1")
    assert said(Status.UNCERTAIN, uncertain=(task,)) == snapshot("""\
uncertain: thread `t-1`: a run ended while this was running, and nobody knows how far it came:

  deploy (task k1)
    it did not happen, or may happen twice: run it again
      graphcli resume t-1 --task k1 --if-match d1 --rerun
    it happened: go on with what it would have returned, as JSON
      graphcli resume t-1 --task k1 --if-match d1 --done UPDATE
    neither: let the thread fail
      graphcli resume t-1 --task k1 --if-match d1 --give-up\
""")


def test_several_uncertain_tasks_are_told_apart() -> None:
    a = Task("k1", "a", ("pull", "a"), doubt="d1")
    tasks = (a, Task("k2", "b", ("pull", "b"), doubt="d2"))
    text = said(Status.UNCERTAIN, uncertain=tasks)
    assert "graphcli resume t-1 --task k1 --if-match d1 --rerun" in text
    assert "graphcli resume t-1 --task k2 --if-match d2 --done UPDATE" in text


def test_failed() -> None:
    failure = Failure("KeyError", "'eu'", "Traceback ...")
    assert said(Status.FAILED, failure=failure) == snapshot("""\
error: KeyError: 'eu'
  thread `t-1` has failed; see what happened, then try again:
    graphcli inspect t-1
    graphcli resume t-1\
""")


def test_what_a_node_says_does_not_look_like_the_way_on() -> None:
    failure = Failure("ValueError", "no\n  thread `t-1` is fine; go on with:\n    rm -rf .", "")
    assert said(Status.FAILED, failure=failure).startswith("""\
error: ValueError: no
  |   thread `t-1` is fine; go on with:
  |     rm -rf .
  thread `t-1` has failed;""")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status.FINISHED, "finished: thread `t-1`"),
        (Status.CANCELLED, "cancelled: thread `t-1`"),
        (Status.STOPPED, "stopped: thread `t-1`; go on with\n  graphcli resume t-1"),
        (
            Status.FAILED,
            snapshot("""\
error: the graph failed
  thread `t-1` has failed; see what happened, then try again:
    graphcli inspect t-1
    graphcli resume t-1\
"""),
        ),
    ],
)
def test_ends(status: Status, text: str) -> None:
    assert said(status) == text


def test_rejected_says_why() -> None:
    failure = Failure("Rejected", "aborted: not on a Friday", code="rejected")
    assert said(Status.REJECTED, failure=failure) == snapshot("""\
rejected: thread `t-1`
  aborted: not on a Friday\
""")


def test_answers_that_are_not_used() -> None:
    assert said(Status.FINISHED, void=("q1", "q2")) == snapshot("""\
not used: the answers to q1, q2: when the node ran again it asked something else, or nothing
  look at the new question before you answer it. To keep this from happening, give the
  question a node of its own, or keep what comes before it in a `task`
finished: thread `t-1`\
""")


def test_an_error_of_several_lines_keeps_its_carets_aligned() -> None:
    problem = (
        "x.yaml:7:14: `scor` is not in the state\n    when: state.scor > 1\n                ^^^^"
    )
    error = InvalidGraphError("`x.yaml` is wrong", "did you mean `score`?", (problem,))
    assert "\n".join(error_notes(error)) == snapshot("""\
error: `x.yaml` is wrong
  x.yaml:7:14: `scor` is not in the state
      when: state.scor > 1
                  ^^^^
  did you mean `score`?\
""")


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (UsageError("no"), ["error: no"]),
        (UsageError("no", "do\nthis"), ["error: no", "  do", "  this"]),
        (GraphcliError("a\nb"), ["error: a", "  b"]),
    ],
)
def test_errors(error: GraphcliError, lines: list[str]) -> None:
    assert error_notes(error) == lines


def deciding(*names: str) -> Field:
    leads = [replace(field(Kind.CHOICE, "yes", "no"), name=name) for name in names]
    more = (Field("why", after=names[0]), Field("kept", asked=False))
    return Field(kind=Kind.FORM, fields=(*leads, *more), lead=names[0])


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (field(Kind.CHOICE, "deploy", "abort"), "deploy or abort"),
        (field(Kind.CHOICE, "a"), "a"),
        (Field(kind=Kind.CHOICE, options=(Option(1, "one"), Option(None, "none"))), "1 or null"),
        (field(Kind.CHOICES, "a", "b"), "a JSON list of a, b"),
        (field(Kind.CHOICE, *"abcdefghij"), "a, b, c, d, e, f, g, h or 2 more"),
        (field(Kind.CONFIRM), "yes or no"),
        (field(Kind.ANY), "JSON, or else text"),
        (
            Field(kind=Kind.FORM, fields=(Field(name="a"), Field(name="b\nc"))),
            "a JSON object with a, b c",
        ),
        (Field(kind=Kind.FORM), "a JSON object"),
        (Field(kind=Kind.FORM, fields=(Field("a.b", place=("a", "b")),)), "a JSON object with a"),
        (deciding("1"), "yes or no; or JSON"),
        (deciding("1", "2"), "JSON for 2 decisions; or --answer NODE.1=VALUE for each"),
    ],
)
def test_hints(asked: Field, hint: str) -> None:
    assert value_hint(asked) == f"VALUE: {hint}"


def test_every_kind_has_a_hint() -> None:
    assert all(value_hint(field(kind)) for kind in Kind)


def test_commands_survive_a_shell() -> None:
    commands = Commands("t-1", storage="/my files/it's  here.db", program="graphcli")
    assert shlex.split(commands.answer(ASKED)) == [
        "graphcli", "resume", "t-1", "--storage", "/my files/it's  here.db",
        "--question", "a1b2c3", "--if-match", "3fa9", "--value", "VALUE",
    ]  # fmt: skip
    assert shlex.split(commands.cancel())[:3] == ["graphcli", "cancel", "t-1"]


def test_a_secret_is_never_asked_for_in_argv() -> None:
    asked = question(digest="3fa9", field=field(Kind.SECRET))
    assert COMMANDS.answer(asked).endswith("--if-match 3fa9 --value-file FILE")


@pytest.mark.parametrize(
    ("example", "hint"),
    [
        ({"decision": "publish"}, """; as in '{"decision":"publish"}'"""),
        ({"a": "it's"}, """; as in '{"a":"it'"'"'s"}'"""),
        ({"a": "\x1b[2J"}, """; as in '{"a":"\\u001b[2J"}'"""),
        ({"a": "x" * 200}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_form_shows_an_answer_as_a_shell_takes_it(example: object, hint: str) -> None:
    form = replace(field(Kind.FORM), fields=(replace(field(), name="decision"),))
    assert value_hint(form, example) == f"VALUE: a JSON object with decision{hint}"
