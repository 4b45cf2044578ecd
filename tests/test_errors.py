"""Every refusal says what to do: where it is made, or in the class itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphcli import errors
from graphcli.errors import GraphcliError, Rejected, RunFailedError

PACKAGE = Path(errors.__file__).parent
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, GraphcliError)
}
#: Those whose remedy is said by whoever makes them.
TOLD = {
    name: kind
    for name, kind in CLASSES.items()
    if kind.__init__
    in (
        GraphcliError.__init__,
        errors.InvalidGraphError.__init__,
        errors.InvalidAnswerError.__init__,
        errors.TooLateError.__init__,
    )
}
#: Those that say it themselves, made once.
OWN = [
    errors.GraphChangedError("t", "n", ()),
    errors.AlreadyAnsweredError("q", "ana", "flag", "now"),
    errors.QuestionChangedError("q", "d1", "d2"),
    errors.AlreadySettledError("k", "pay", "run it again", "ana", "flag", "now"),
    errors.DoubtChangedError("k", "pay", "d1", "d2"),
    errors.AnswerVoidError(("q",)),
    errors.ThreadExistsError("t", "waiting"),
    errors.ThreadHeldError("t", "process 1"),
    errors.NothingToResumeError("t", "finished", "begin anew"),
    errors.RunLeftError("t"),
    errors.ToolInvocationError("t", "fault"),
    errors.UnsupportedValueError("p", "a function", "leave it out"),
    errors.UnsecretableError("env:X"),
    errors.NodeTimeoutError("n", 1.0),
    errors.StorageGoneError("s.db", "s.db", replaced=True),
]
#: Where a refusal speaks of one field: the command that was given the answer says how to go on.
AT_THE_FIELD = PACKAGE / "prompts"


def is_left_to_the_end(kind: type[GraphcliError]) -> bool:
    """What fails or ends a thread: the end of the run says how to look at it and go on."""
    return issubclass(kind, RunFailedError | Rejected)


def silent(source: str) -> Iterator[int]:
    """The lines that refuse something and say nothing about what to do."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        kind = TOLD.get(node.func.id)
        if kind is None or kind.advice or is_left_to_the_end(kind):
            continue
        said = [*node.args[1:2], *(key.value for key in node.keywords if key.arg == "remedy")]
        if not said or any(isinstance(one, ast.Constant) and not one.value for one in said):
            yield node.lineno


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_whoever_refuses_says_what_to_do(path: Path) -> None:
    if AT_THE_FIELD not in path.parents:
        assert list(silent(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("error", OWN, ids=lambda error: type(error).__name__)
def test_what_an_error_carries_is_not_empty(error: GraphcliError) -> None:
    assert error.message
    assert error.remedy or is_left_to_the_end(type(error))
    assert "" not in vars(error).values() or not error.remedy


def test_no_class_is_left_out() -> None:
    assert {type(error).__name__ for error in OWN} == CLASSES.keys() - TOLD.keys()


def test_the_search_finds_a_refusal_that_says_nothing() -> None:
    # The control.
    assert list(silent("raise UsageError('no')\nUsageError('no', '')\nUsageError('no', 'do')")) == [
        1,
        2,
    ]
