"""What a person says of uncertain tasks, checked before anything moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcli.engine.graph.place import path_of
from graphcli.engine.graph.structure import Graph
from graphcli.engine.graph.update import interpret
from graphcli.engine.running.protocol import Settle
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.running.standing import Standing
from graphcli.engine.values.digest import malformed
from graphcli.engine.values.model import GIVEN_UP, Answer, Failure, Result, Task
from graphcli.errors import ConflictError, DoubtChangedError, NotFoundError


def verdicts_on(
    standing: Standing, settle: Sequence[Settle], graph: Graph, recorder: Recorder
) -> dict[str, Settle]:
    """Return the verdicts of `settle` by the id of the task that each is about.

    Raises:
        ConflictError: nothing is uncertain, or a verdict does not say which of several it means.
        DoubtChangedError: its digest is that of another start of the task.
        NotFoundError: it names a task that is not uncertain.
        InvalidUpdateError: its update is none that the task could have returned.
        UnsupportedValueError: its update cannot be stored.
    """
    found: dict[str, Settle] = {}
    for verdict in settle:
        task = _meant(verdict, standing)
        _require_same(task, verdict.digest)
        home = _home(task, standing, graph)
        # A graph that a function calls is not known here: it checks, before anything of it moves.
        if verdict.verdict == "done" and home is not None:
            _check_update(home, task, verdict, recorder)
        found[task.id] = verdict
    return found


def given_up_result(task: Task) -> Result:
    """Return how a task ends that a person gave up on."""
    why = f"a person gave up on `{task.node}`, which may have run"
    failure = Failure("GivenUp", why, code=GIVEN_UP)
    return Result(task.id, task.node, "failed", failure=failure)


def journaled(
    verdicts: Mapping[str, Settle], doubted: Sequence[Task], now: str
) -> tuple[tuple[Task, Answer], ...]:
    """Return what the journal keeps of `verdicts`: an uncertain task is a question, too."""
    return tuple((t, _answer(t, verdicts[t.id], now)) for t in doubted if t.id in verdicts)


def _answer(task: Task, said: Settle, now: str) -> Answer:
    update = {"update": said.update} if said.verdict == "done" else {}
    return Answer(task.id, task.doubt, {"verdict": said.verdict, **update}, said.by, said.how, now)


def _meant(verdict: Settle, standing: Standing) -> Task:
    """The task that a verdict is about: named by node, path, or the beginning of its id.

    What was given up is in doubt again only if it is named, or nothing else is.
    """
    wanted, thread = verdict.task, standing.saved.thread.id
    uncertain = (standing.uncertain or standing.given_up) if wanted is None else standing.doubted
    named = [t for t in uncertain if wanted in (None, t.node, path_of(t.ns, t.node))]
    named = named or [t for t in uncertain if t.id.startswith(str(wanted))]
    if len(named) == 1:
        return named[0]
    if not uncertain:
        raise ConflictError(
            f"thread `{thread}` has no uncertain task", f"see it: graphcli inspect {thread}"
        )
    known = ", ".join(f"`{path_of(t.ns, t.node)}` ({t.id[:8]})" for t in named or uncertain)
    if named:
        raise ConflictError(f"several tasks of `{thread}` are uncertain: {known}", "add --task ID")
    raise NotFoundError(
        f"no uncertain task `{wanted}` in `{thread}`: there is {known}",
        "name one of those: --task ID",
    )


def _require_same(task: Task, digest: str | None) -> None:
    why = "" if digest is None else malformed(digest)
    if digest is None or (not why and task.doubt.startswith(digest)):
        return
    raise DoubtChangedError(task.id, path_of(task.ns, task.node), digest, task.doubt, why)


def _home(task: Task, standing: Standing, graph: Graph) -> Graph | None:
    """The graph that has planned `task`: this one, or a subgraph under way in one of its tasks."""
    if task in standing.saved.checkpoint.tasks:
        return graph
    for outer in standing.saved.checkpoint.tasks:
        node = graph.nodes.get(outer.node)
        for inside in standing.below.get(outer.id, ()):
            subgraph = None if node is None else node.subgraph
            if subgraph is not None and (home := _home(task, inside, subgraph)) is not None:
                return home
    return None


def _check_update(graph: Graph, task: Task, verdict: Settle, recorder: Recorder) -> None:
    writes, goto = interpret(graph, task.node, verdict.update)
    refused = recorder.refusal(Result(task.id, task.node, "done", writes, goto))
    if refused is not None:
        raise refused
