"""The error tree; each branch has one exit code, each leaf carries its fields.

GraphcliError                     70  a bug in graphcli, unless a branch below says otherwise
├── UsageError                     2  the command line, an input or a flag
├── GraphLoadError                 3  the graph cannot be loaded or is invalid
│   ├── InvalidGraphError             one or more places in the graph are wrong
│   └── GraphChangedError             a parked thread needs what the graph no longer has
├── NotFoundError                  4  thread, checkpoint, node or question
├── InvalidAnswerError             5  the answer breaks the question's rules
├── ConflictError                  6
│   ├── TooLateError                  another person was first
│   │   ├── AlreadyAnsweredError         another answer won
│   │   └── AlreadySettledError          another verdict on the uncertain task came first
│   ├── QuestionChangedError          the question is not the one that was shown
│   │   └── AnswerVoidError              the node asked something else when it ran again
│   ├── DoubtChangedError             the task is in doubt for another start than was shown
│   ├── ThreadExistsError             `run --thread` on a thread that exists
│   ├── ThreadHeldError               another run drives the thread
│   ├── NothingToResumeError          finished, cancelled, rejected, empty
│   └── RunLeftError                  a subgraph goes on after its run has let go of the thread
├── StorageError                   7  locked, full, damaged, newer, unreachable
│   ├── StorageLockedError
│   ├── StorageFullError
│   ├── StorageDamagedError
│   ├── StorageGoneError              it was removed or replaced while it was open
│   └── StorageVersionError
├── RunFailedError                 1  the graph failed
│   ├── GraphRecursionError           more supersteps than the limit
│   ├── InvalidUpdateError            an update does not fit the state
│   │   └── InvalidMessageError          it is no message, or there is none to delete
│   ├── ToolInvocationError           a model calls a tool with arguments that do not fit
│   ├── UnsupportedValueError         a value that cannot be stored
│   ├── UnsecretableError             a secret answer is no longer in reach
│   ├── NodeTimeoutError              a node took longer than it may
│   └── EmptyInputError               nothing to start from
├── OutputLostError               74  stdout takes no more: EX_IOERR of sysexits.h
├── UncertainError                 9  a task may have run
├── Rejected                      10  the graph's own no
└── Parked                       130  a person left the prompt; the thread waits

GraphBubbleUp stands beside the tree: GraphInterrupt is how `interrupt()` stops a node, and
ParentCommand how a node of a subgraph addresses its parent. They derive from BaseException, so
that `except Exception` in a node cannot swallow them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

#: A longer name nobody typed, and more of them nobody has read: to compare those takes seconds.
_LONGEST_NAME = 100
_MOST_NAMES = 1_000


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` when one of `known` is close to `name`, else nothing."""
    # Deferred: difflib costs 4 ms, and a command without mistakes never needs it.
    from difflib import get_close_matches

    names = sorted(other for other in known if len(other) <= _LONGEST_NAME)[:_MOST_NAMES]
    near = get_close_matches(name, names, 1) if len(name) <= _LONGEST_NAME else []
    return f"; did you mean `{near[0]}`?" if near else ""


class GraphcliError(Exception):
    """Say what went wrong, where, and what to do.

    `code` names the kind for programs and never changes once released; `exit_code` is the
    status a command ends with. `advice` is what a program is told where there is no remedy.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70
    advice: ClassVar[str] = ""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(GraphcliError):
    """The command line, an input or a flag is wrong."""

    code = "usage"
    exit_code = 2


class GraphLoadError(GraphcliError):
    """The graph cannot be loaded."""

    code = "graph_load"
    exit_code = 3
    advice = "mend it, or name another graph"


class InvalidGraphError(GraphLoadError, ValueError):
    """The graph is wrong in one or more places; `problems` has a line for each."""

    code = "graph_invalid"

    def __init__(self, message: str, remedy: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.problems = problems


class GraphChangedError(GraphLoadError):
    """A parked thread needs what the graph no longer has; nothing has moved.

    `node` is what is gone, a node if nothing else is said; `how` says what the thread does there.
    """

    code = "graph_changed"

    def __init__(
        self, thread: str, node: str, known: Iterable[str], how: str = "waits at node"
    ) -> None:
        super().__init__(
            f"thread `{thread}` {how} `{node}`, which the graph no longer has"
            + did_you_mean(node, known),
            "nothing has moved: bring it back, or go on with the graph as it was\n"
            f"  graphcli resume {thread} --graph OLD\n"
            "or give the thread up\n"
            f"  graphcli cancel {thread}",
        )
        self.thread = thread
        self.node = node


class NotFoundError(GraphcliError):
    """A thread, checkpoint, node or question does not exist."""

    code = "not_found"
    exit_code = 4


class InvalidAnswerError(GraphcliError, ValueError):
    """The answer breaks the question's rules; nothing has moved.

    `field` is the dotted path inside the answer, empty for the whole of it.
    """

    code = "invalid_answer"
    exit_code = 5

    def __init__(self, message: str, remedy: str = "", field: str = "") -> None:
        super().__init__(message, remedy)
        self.field = field


def is_invalid_resume(error: BaseException) -> bool:
    """Return whether `error` says that an answer was refused: LangGraph's name for asking."""
    return isinstance(error, InvalidAnswerError)


class ConflictError(GraphcliError):
    """Something else got there first, or there is nothing to do."""

    code = "conflict"
    exit_code = 6


class TooLateError(ConflictError):
    """Somebody was first: `by` is who, `how` (flag, terminal, …) and `at` (ISO 8601 in UTC)."""

    def __init__(self, was: str, remedy: str, by: str, how: str, at: str, said: str = "") -> None:
        super().__init__(f"{was} by {by} ({how}) at {at}{said}", remedy)
        self.by = by
        self.how = how
        self.at = at


class AlreadyAnsweredError(TooLateError):
    """Another answer to the question was accepted before."""

    code = "already_answered"

    def __init__(self, question: str, by: str, how: str, at: str) -> None:
        was = f"question {question} was already answered"
        super().__init__(was, "this answer was not used", by, how, at)
        self.question = question


class QuestionChangedError(ConflictError):
    """The question is no longer the one that was shown."""

    code = "question_changed"

    def __init__(self, question: str, expected: str, actual: str, why: str = "") -> None:
        super().__init__(
            why
            or f"question {question} has changed since it was shown "
            f"(digest {actual[:12]}, the answer was for {expected[:12]})",
            "look at the question again and answer the new one",
        )
        self.question = question
        self.expected = expected
        self.actual = actual


class AlreadySettledError(TooLateError):
    """What was uncertain has been settled before; `verdict` is what was said of the task."""

    code = "already_settled"

    def __init__(self, task: str, path: str, verdict: str, by: str, how: str, at: str) -> None:
        was = f"task {task} (`{path}`) was already settled"
        super().__init__(was, "nothing was done", by, how, at, f": {verdict}")
        self.task = task
        self.verdict = verdict


class DoubtChangedError(ConflictError):
    """The task is uncertain, but not as it was shown: it has begun again, or `why`."""

    code = "doubt_changed"

    def __init__(self, task: str, path: str, expected: str, actual: str, why: str = "") -> None:
        super().__init__(
            why
            or f"task {task} (`{path}`) has begun again since this was shown: it is another doubt "
            f"now (digest {actual[:12]}, this was for {expected[:12]})",
            "nothing was done; look at what is uncertain now",
        )
        self.task = task
        self.expected = expected
        self.actual = actual


class AnswerVoidError(QuestionChangedError):
    """A node asked something else when it ran again; `void` has the ids of what it had asked."""

    code = "answer_void"

    def __init__(self, void: tuple[str, ...]) -> None:
        what = "the answer" if len(void) == 1 else "the answers"
        why = "when the node ran again it asked something else, or nothing"
        # Not by way of its parent: what was asked and what is asked now are several, or none.
        ConflictError.__init__(
            self,
            f"not used: {what} to {', '.join(void)}: {why}",
            "look at the new question before you answer it. To keep this from happening, give the\n"
            "question a node of its own, or keep what comes before it in a `task`",
        )
        self.question = void[0]
        self.void = void


class ThreadExistsError(ConflictError):
    """A new thread was wanted under an id that is taken."""

    code = "thread_exists"

    def __init__(self, thread: str, status: str) -> None:
        over = status in ("finished", "rejected", "cancelled")
        way, verb = ("look at it", "inspect") if over else ("go on with it", "resume")
        super().__init__(
            f"thread `{thread}` already exists ({status})",
            f"{way}: graphcli {verb} {thread} · or choose another --thread",
        )
        self.thread = thread
        self.status = status


class ThreadHeldError(ConflictError):
    """Another run drives the thread; `holder` names it (process and host)."""

    code = "thread_held"

    def __init__(self, thread: str, holder: str) -> None:
        super().__init__(
            f"thread `{thread}` is being run by {holder}",
            "nothing was kept of this; when it has ended or waits for a person, try again",
        )
        self.thread = thread
        self.holder = holder


class NothingToResumeError(ConflictError):
    """The thread has nothing that could go on."""

    code = "nothing_to_resume"

    def __init__(self, thread: str, status: str, remedy: str = "") -> None:
        super().__init__(f"thread `{thread}` is {status}: nothing to resume", remedy)
        self.thread = thread
        self.status = status


class RunLeftError(ConflictError):
    """A task goes on after its run has let go of the thread: nothing of it is kept."""

    code = "run_left"

    def __init__(self, thread: str) -> None:
        super().__init__(
            f"the run of thread `{thread}` has been left: this is not kept",
            f"see where it stands: graphcli inspect {thread}",
        )
        self.thread = thread


class StorageError(GraphcliError):
    """The storage cannot be used."""

    code = "storage"
    exit_code = 7


class StorageLockedError(StorageError):
    """Another process keeps the storage locked for longer than we wait."""

    code = "storage_locked"


class StorageFullError(StorageError):
    """No space is left for the storage."""

    code = "storage_full"


class StorageDamagedError(StorageError):
    """The storage holds something that was not written by us, or not any more."""

    code = "storage_damaged"


class StorageGoneError(StorageError):
    """A file of the storage was removed, or another put in its place, while it was open."""

    code = "storage_gone"

    def __init__(self, storage: object, file: str, *, replaced: bool) -> None:
        what = f"storage `{storage}`" if file == str(storage) else f"the log `{file}`"
        how = "was replaced by another file" if replaced else "was removed or moved away"
        super().__init__(
            f"{what} {how} while it was in use; nothing more was kept",
            "put back what was there, or a backup, and see how far it had got: graphcli list",
        )
        self.file = file
        self.replaced = replaced


class StorageVersionError(StorageError):
    """The storage was written by a newer graphcli, or is no storage of ours."""

    code = "storage_version"


class OutputLostError(GraphcliError):
    """What stdout leads to takes no more; all else that the command did is done."""

    code = "output_lost"
    exit_code = 74


class RunFailedError(GraphcliError):
    """The graph failed: a node raised, or what it returned cannot be used."""

    code = "run_failed"
    exit_code = 1


class GraphRecursionError(RunFailedError, RecursionError):
    """The run took more supersteps than its limit allows."""

    code = "step_limit"


class InvalidUpdateError(RunFailedError):
    """An update does not fit the state."""

    code = "invalid_update"


class InvalidMessageError(InvalidUpdateError, ValueError):
    """Something is no message of a conversation, or a message to delete is not there."""

    code = "invalid_message"


class ToolInvocationError(RunFailedError):
    """A model called `tool` with arguments that do not fit; `fault` says why."""

    code = "tool_arguments"

    def __init__(self, tool: str, fault: str) -> None:
        super().__init__(
            f"the arguments of tool `{tool}` do not fit: {fault:.2000}",
            "Mend them and call it again",
        )
        self.tool = tool
        self.fault = fault


class UnsupportedValueError(RunFailedError):
    """A value cannot be stored; `path` says where it is, as in `draft.items[3].fn`."""

    code = "unsupported_value"

    def __init__(self, path: str, what: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {what} cannot be stored", remedy)
        self.path = path
        self.what = what


class UnsecretableError(RunFailedError):
    """A secret answer is a reference that leads nowhere from here."""

    code = "secret_unavailable"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"the secret `{reference}` cannot be read here",
            "set the variable or create the file, then resume again",
        )
        self.reference = reference


class NodeTimeoutError(RunFailedError):
    """A node took longer than its timeout, in seconds."""

    code = "node_timeout"

    def __init__(self, node: str, seconds: float) -> None:
        super().__init__(f"node `{node}` took longer than {seconds:g} s")
        self.node = node
        self.seconds = seconds


class EmptyInputError(RunFailedError):
    """A run has neither input nor anything to go on with."""

    code = "empty_input"


class UncertainError(GraphcliError):
    """A task may have run before a crash; a person has to say."""

    code = "uncertain"
    exit_code = 9


class Rejected(GraphcliError):  # noqa: N818 - not an error of the program: a person said no.
    """Raise in a node to end the thread as rejected: the graph's own no."""

    code = "rejected"
    exit_code = 10


class Parked(GraphcliError):  # noqa: N818 - not an error: the person comes back later.
    """A person left the prompt; the thread keeps waiting."""

    code = "parked"
    exit_code = 130


class GraphBubbleUp(BaseException):
    """Leave a node for the run that drives it; never caught by `except Exception`."""


class GraphInterrupt(GraphBubbleUp):
    """Stop a node at its question, or at those of a subgraph inside it."""

    def __init__(self, interrupts: tuple[Any, ...] = ()) -> None:
        super().__init__(interrupts)
        self.interrupts = interrupts


class ParentCommand(GraphBubbleUp):
    """Carry a Command out of a subgraph to the graph that runs it."""

    def __init__(self, command: Any) -> None:
        super().__init__(command)
        self.command = command
