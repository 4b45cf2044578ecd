"""A graph that changed under a parked thread: what is missed, what is said, what is harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from graphcli import Command, InMemorySaver
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.resuming import drift as drift_module
from graphcli.engine.resuming import missing
from graphcli.engine.resuming.drift import drift
from graphcli.engine.running.events import RunStarted
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import Status
from graphcli.errors import GraphChangedError, InvalidUpdateError
from graphcli.storage import open_storage
from tests.engine.helpers import DyingSaver, answer, last, on
from tests.engine.versions import Files

Edit = tuple[str, str]

LINE = """
def write(state): return {"draft": "written"}
def publish(state): return {"log": ["published"]}
b = StateGraph(State).add_node(write).add_node(ask).add_node(publish)
b.add_edge(START, "write").add_edge("write", "ask").add_edge("ask", "publish")
graph = b.compile()
"""
INSIDE = """
child = StateGraph(State).add_node("sign", ask).add_edge(START, "sign").compile()
graph = StateGraph(State).add_node("audit", child).add_edge(START, "audit").compile()
"""
FANNED = """
def work(state): return {"log": [interrupt(state["n"])]}
b = StateGraph(State).add_node(work)
b.add_conditional_edges(START, lambda s: [Send("work", {"n": 1})])
graph = b.compile()
"""
JOINED = """
def a(state): return {"log": ["a"]}
def c(state): return {"log": ["c"]}
b = StateGraph(State).add_node(a).add_node(ask).add_node("slow", a).add_node("c", c)
b.add_edge(START, "a").add_edge(START, "slow").add_edge("slow", "ask")
b.add_edge(["a", "ask"], "c")
graph = b.compile()
"""
DEFERRED = """
def late(state): return {"log": ["late"]}
b = StateGraph(State).add_node(ask).add_node("late", late, defer=True)
b.add_edge(START, "ask").add_edge(START, "late")
graph = b.compile()
"""
BESIDE = """
def a(state): return {"draft": "of a"}
def then(state): return {"log": ["then"]}
b = StateGraph(State).add_node(a).add_node(ask).add_node("then", then)
b.add_edge(START, "a").add_edge(START, "ask").add_edge("a", "then")
graph = b.compile()
"""
TOOLS = """
def delete(path: str) -> str:
    "Delete."
    return str(interrupt("Delete?"))
def model(state):
    call = {"name": "delete", "args": {"path": "x"}, "id": "1", "type": "tool_call"}
    return {"messages": [{"role": "assistant", "content": "", "tool_calls": [call]}]}
b = StateGraph(MessagesState).add_node(model).add_node("tools", ToolNode([delete]))
graph = b.add_edge(START, "model").add_edge("model", "tools").compile()
"""
BRANCHED = """
def gate(state): return "write" if interrupt("Begin?") else END
def write(state): return {"draft": "written"}
b = StateGraph(State).add_node(write)
b.add_conditional_edges(START, gate)
graph = b.compile()
"""

#: A graph that parks, what is taken out of it, and what is said of that.
LOST: dict[str, tuple[str, list[Edit], str]] = {
    "a waiting node is renamed": (
        LINE,
        [("add_node(ask)", 'add_node("asks", ask)'), ('"ask"', '"asks"')],
        "waits at node `ask`, which the graph no longer has; did you mean `asks`?",
    ),
    "a waiting node of a subgraph is gone": (
        INSIDE,
        [('"sign"', '"seal"')],
        "waits at node `audit/sign`, which the graph no longer has",
    ),
    "a subgraph is a function now": (
        INSIDE,
        [('"audit", child', '"audit", lambda s: {}')],
        "waits at node `audit/sign`",
    ),
    "the node of a Send is gone": (
        FANNED,
        [("add_node(work)", 'add_node("works", work)'), ('Send("work"', 'Send("works"')],
        "waits at node `work`, which the graph no longer has; did you mean `works`?",
    ),
    "the edge that waits leads elsewhere": (
        JOINED,
        [('"c"', '"d"')],
        "waits for several nodes at the edge `a+ask:c`, which the graph no longer has; "
        "did you mean `a+ask:d`?",
    ),
    "the edge waits for one node more": (
        JOINED,
        [('["a", "ask"]', '["a", "slow", "ask"]')],
        "waits for several nodes at the edge `a+ask:c`",
    ),
    "a deferred node is gone": (
        DEFERRED,
        [('"late"', '"later"')],
        "waits at node `late`, which the graph no longer has; did you mean `later`?",
    ),
    "where a node led that is done is gone": (
        BESIDE,
        [('"then"', '"next"')],
        "goes on to node `then`",
    ),
    "a key that a node wrote that is done is gone": (
        BESIDE,
        [("draft: str", "text: str"), ('"draft"', '"text"')],
        "has what `a` wrote to the state's key `draft`, which the graph no longer has",
    ),
    "a tool that asks is gone": (
        TOOLS,
        [("def delete", "def remove"), ("[delete]", "[remove]")],
        "waits at node `tools` for the tool `delete`",
    ),
    "the branch of START that asks is gone": (
        BRANCHED,
        [("b.add_conditional_edges(START, gate)", 'b.add_edge(START, "write")')],
        "waits for an answer to the branch after `__start__`",
    ),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Checkpointer]:
    with open_storage(tmp_path / "threads.db") as storage:
        yield storage


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def parked(graph: CompiledGraph, store: Checkpointer) -> None:
    ended = last(graph.start("t", {}, store, RunOptions()))
    assert ended.status is Status.WAITING


def asked(store: Checkpointer) -> Any:
    saved = store.load("t")
    assert saved is not None
    (question,) = standing_of(saved, store).questions
    return question


def told(graph: CompiledGraph, store: Checkpointer) -> set[tuple[str, str, str]]:
    """What a run says of changes that concern the thread, before it does anything."""
    event = next(iter(graph.go_on("t", store, RunOptions())))
    assert isinstance(event, RunStarted)
    return {(c.change, c.part, c.path) for c in event.drift if c.concerns}


@pytest.mark.parametrize(("text", "edits", "message"), LOST.values(), ids=LOST)
def test_what_a_thread_needs_and_the_graph_lacks_is_an_error_and_no_end(
    files: Files, store: Checkpointer, text: str, edits: list[Edit], message: str
) -> None:
    before, now = files.graph(text), files.graph(text, *edits)
    parked(before, store)
    question, head = asked(store), store.load("t")
    now.checkpointer = store
    for go_on in (
        lambda: last(now.go_on("t", store, RunOptions())),
        lambda: last(now.go_on("t", store, RunOptions(), [answer(question, "yes")])),
        lambda: now.invoke(Command(resume="yes"), on("t")),
        lambda: now.invoke(None, on("t")),
    ):
        with pytest.raises(GraphChangedError) as caught:
            go_on()
        assert message in caught.value.message
        assert store.load("t") == head  # nothing has moved
    ended = last(before.go_on("t", store, RunOptions(), [answer(question, "yes")]))
    assert ended.status is Status.FINISHED


#: An edit of LINE, parked at `ask`, and what of it concerns the thread.
SAID: dict[str, tuple[list[Edit], set[tuple[str, str, str]]]] = {
    "nothing": ([], set()),
    "a comment and a docstring": (
        [("def ask(state):", 'def ask(state):\n    """Ask."""\n    # why')],
        set(),
    ),
    "another node": ([('"written"', '"rewritten"')], set()),
    "a node that is gone and was done": (
        [(".add_node(write)", ""), ('"write").add_edge("write", ', "")],
        set(),
    ),
    "a new node": (
        [('add_edge("ask", "publish")', 'add_node("x", ask).add_edge("x", "publish")')],
        {("changed", "edges", "ask")},
    ),
    "a new key": ([("    ok: str", "    ok: str\n    more: list")], set()),
    "a key that is gone without a value": (
        [("    ok: str", "    fine: str"), ('{"ok"', '{"fine"')],
        {("changed", "node", "ask")},
    ),
    "a key that is gone with a value": (
        [("    draft: str", "    text: str"), ('"draft"', '"text"')],
        {("gone", "state", "draft")},
    ),
    "the type of a key": (
        [("    draft: str", "    draft: bytes")],
        {("changed", "state", "draft")},
    ),
    "the reducer of a key": (
        [("    draft: str", "    draft: Annotated[str, operator.add]")],
        {("changed", "state", "draft")},
    ),
    "the reducer of a key without a value": ([("operator.add]", "operator.concat]")], set()),
    "the node that waits": (
        [('{"ok": interrupt("Deploy?")}', '{"ok": interrupt("Deploy?") + "!"}')],
        {("changed", "node", "ask")},
    ),
    "where the node leads that waits": (
        [('add_edge("ask", "publish")', 'add_edge("ask", END)')],
        {("changed", "edges", "ask")},
    ),
}


@pytest.mark.parametrize(("edits", "expected"), SAID.values(), ids=SAID)
def test_what_has_changed_is_said_where_it_concerns_the_thread(
    files: Files, store: Checkpointer, edits: list[Edit], expected: set[tuple[str, str, str]]
) -> None:
    parked(files.graph(LINE), store)
    now = files.graph(LINE, *edits)
    assert told(now, store) == expected
    assert told(now, store) == expected  # as long as nothing has run with it
    ended = last(now.go_on("t", store, RunOptions(), [answer(asked(store), "yes")]))
    assert ended.status is Status.FINISHED
    assert ended.values["draft"] == "written"  # no value is lost, not even one without a key


def test_changes_inside_a_subgraph_have_their_path(files: Files, store: Checkpointer) -> None:
    parked(files.graph(INSIDE), store)
    now = files.graph(INSIDE, ('return {"ok": interrupt', 'x = 1; return {"ok": interrupt'))
    assert told(now, store) == {("changed", "node", "audit/sign")}


def test_a_changed_tool_and_a_changed_branch_of_start_are_said(
    files: Files, store: Checkpointer
) -> None:
    parked(files.graph(TOOLS), store)
    assert told(files.graph(TOOLS, ("return str", "return repr")), store) == {
        ("changed", "node", "tools")
    }
    store.delete("t")  # type: ignore[attr-defined]  # a storage can.
    parked(files.graph(BRANCHED), store)
    now = files.graph(BRANCHED, ('"write" if', '"write" if not'))
    assert told(now, store) == {("changed", "edges", "__start__")}


def test_a_thread_keeps_what_it_last_ran_with(files: Files, store: Checkpointer) -> None:
    twice = 'interrupt("Deploy?") + interrupt("Sure?")'
    before, now = files.graph(LINE), files.graph(LINE, ('interrupt("Deploy?")', twice))
    parked(before, store)
    assert told(now, store) == {("changed", "node", "ask")}
    last(now.go_on("t", store, RunOptions(), [answer(asked(store), "yes")]))
    assert told(now, store) == set()
    assert told(before, store) == {("changed", "node", "ask")}


def test_an_old_thread_without_a_fingerprint_is_not_known_to_differ(
    files: Files, store: Checkpointer
) -> None:
    before = files.graph(LINE)
    before.__dict__["fingerprint"] = {}
    parked(before, store)
    now = files.graph(LINE, ("Deploy?", "Destroy?"))
    assert told(now, store) == set()


def test_a_new_key_begins_as_in_a_new_thread(files: Files, store: Checkpointer) -> None:
    parked(files.graph(LINE), store)
    now = files.graph(
        LINE,
        ("    ok: str", "    ok: str\n    more: Annotated[list, operator.add]"),
        ('"published"', 'len(state["more"])'),
    )
    ended = last(now.go_on("t", store, RunOptions(), [answer(asked(store), "yes")]))
    assert ended.values["log"] == [0]


def test_a_question_that_is_not_asked_any_more_leaves_its_answer_void(
    files: Files, store: Checkpointer
) -> None:
    parked(files.graph(LINE), store)
    now = files.graph(LINE, QUICK)
    question = asked(store)
    ended = last(now.go_on("t", store, RunOptions(), [answer(question, "no")]))
    assert (ended.void, ended.values["ok"]) == ((question.id,), "always")
    assert (ended.status, ended.values["log"]) == (Status.STOPPED, [])  # nothing follows unseen
    ended = last(now.go_on("t", store, RunOptions()))
    assert (ended.status, ended.values["log"]) == (Status.FINISHED, ["published"])


def test_a_thread_that_stopped_before_a_node_that_is_gone(
    files: Files, store: Checkpointer
) -> None:
    before = files.graph(LINE)
    last(before.start("t", {}, store, RunOptions(break_before=("ask",))))
    now = files.graph(LINE, ("add_node(ask)", 'add_node("asks", ask)'), ('"ask"', '"asks"'))
    with pytest.raises(GraphChangedError, match="did you mean `asks`"):
        last(now.go_on("t", store, RunOptions()))
    assert last(before.go_on("t", store, RunOptions())).status is Status.WAITING


QUICK = ('interrupt("Deploy?")', '"always"')
FAILING = LINE.replace('"published"', 'state["nothing"]')


def test_a_failed_node_that_was_mended_is_told_and_missed_if_it_is_gone(
    files: Files, store: Checkpointer
) -> None:
    before = files.graph(FAILING)
    parked(before, store)
    ended = last(before.go_on("t", store, RunOptions(), [answer(asked(store), "yes")]))
    assert ended.status is Status.FAILED
    renamed = files.graph(
        FAILING, ("add_node(publish)", 'add_node("send", publish)'), ('"publish"', '"send"')
    )
    with pytest.raises(GraphChangedError, match="waits at node `publish`"):
        last(renamed.go_on("t", store, RunOptions()))
    mended = files.graph(FAILING, ('state["nothing"]', '"sent"'))
    events = list(mended.go_on("t", store, RunOptions()))
    assert isinstance(events[0], RunStarted)
    changes = [(c.change, c.part, c.path) for c in events[0].drift if c.concerns]
    assert changes == [("changed", "node", "publish")]
    assert last(events).values["log"] == ["sent"]


@pytest.mark.parametrize("verdict", ["rerun", "done", "give_up"])
def test_an_uncertain_task_whose_node_is_gone_is_settled_by_the_graph_that_has_it(
    files: Files, verdict: Any
) -> None:
    saver = DyingSaver()
    now = files.graph(LINE, ("(write)", '("x", write)'), ('"write"', '"x"'))
    dying = files.load(LINE, ('return {"draft": "written"}', "die()"))
    dying["die"] = saver.die
    with suppress(KeyboardInterrupt):
        last(dying["graph"].start("t", {}, saver, RunOptions()))
    saver.revive()
    settle = [Settle(verdict, update={"draft": "w"})]
    with pytest.raises(GraphChangedError, match="waits at node `write`"):
        last(now.go_on("t", saver, RunOptions(), (), settle))
    fine = files.graph(LINE)
    assert last(fine.go_on("t", saver, RunOptions())).status is Status.UNCERTAIN
    ended = last(fine.go_on("t", saver, RunOptions(), (), settle))
    assert ended.status is (Status.FAILED if verdict == "give_up" else Status.WAITING)


def test_the_past_cannot_be_gone_back_to_without_its_nodes(
    files: Files, store: Checkpointer
) -> None:
    before = files.graph(LINE)
    before.checkpointer = store
    parked(before, store)
    past = before.get_state(on("t")).config
    now = files.graph(LINE, ("add_node(ask)", 'add_node("asks", ask)'), ('"ask"', '"asks"'))
    now.checkpointer = store
    head = store.load("t")
    with pytest.raises(GraphChangedError, match="did you mean `asks`"):
        now.invoke(None, past)
    with pytest.raises(InvalidUpdateError, match=r"Node ask does not exist; did you mean `asks`"):
        now.update_state(on("t"), {"ok": "x"}, as_node="ask")
    with pytest.raises(GraphChangedError, match="did you mean `asks`"):
        now.update_state(on("t"), None, as_node="__copy__")
    assert store.load("t") == head
    now.update_state(on("t"), {"draft": "w"}, as_node="write")  # leads to what there is now
    assert last(now.go_on("t", store, RunOptions())).status is Status.WAITING


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_new_input_brings_the_new_graph(files: Files, store: Checkpointer, durability: Any) -> None:
    options = RunOptions(durability=durability)
    last(files.graph(LINE, QUICK).start("t", {}, store, options))
    now = files.graph(LINE, QUICK, ('"published"', '"sent"'))
    events = list(now.extend("t", {}, store, options))
    assert isinstance(events[0], RunStarted)
    assert [(c.change, c.path) for c in events[0].drift] == [("changed", "publish")]
    saved = store.load("t")
    assert saved is not None
    assert saved.thread.fingerprint == now.fingerprint


def test_a_fingerprint_is_made_once_and_not_where_nothing_is_kept(files: Files) -> None:
    graph = files.graph(LINE, QUICK)
    graph.invoke({})
    assert "fingerprint" not in graph.__dict__
    graph.checkpointer = InMemorySaver()
    graph.invoke({}, on("t"))
    made = graph.__dict__["fingerprint"]
    graph.invoke({}, on("u"))
    assert graph.__dict__["fingerprint"] is made


# Controls -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "case"),
    [
        ("_lost", "a waiting node is renamed"),
        ("_lost_joins", "the edge that waits leads elsewhere"),
        ("_lost_by_results", "where a node led that is done is gone"),
        ("_lost_by_results", "a key that a node wrote that is done is gone"),
        ("_lost_tool", "a tool that asks is gone"),
        ("_no_subgraph", "a subgraph is a function now"),
    ],
)
def test_without_its_check_a_loss_goes_unnoticed(
    files: Files, store: Checkpointer, monkeypatch: pytest.MonkeyPatch, check: str, case: str
) -> None:
    monkeypatch.setattr(missing, check, lambda *_: iter(()))
    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError)):
        test_what_a_thread_needs_and_the_graph_lacks_is_an_error_and_no_end(
            files, store, *LOST[case]
        )


@pytest.mark.parametrize(
    ("name", "weak", "case"),
    [
        ("_how", lambda before, now: None, "the node that waits"),
        ("same", lambda before, now: False, "another node"),
        ("unfinished", lambda checkpoint, results: [], "the node that waits"),
        ("_is_empty", lambda value: False, "the reducer of a key without a value"),
        ("_is_empty", lambda value: True, "a key that is gone with a value"),
    ],
)
def test_a_weaker_comparison_is_caught(
    files: Files,
    store: Checkpointer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    weak: Callable[..., Any],
    case: str,
) -> None:
    assert drift is drift_module.drift
    monkeypatch.setattr(drift_module, name, weak)
    with pytest.raises(AssertionError):
        test_what_has_changed_is_said_where_it_concerns_the_thread(files, store, *SAID[case])
