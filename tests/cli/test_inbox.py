"""What waits for a person: every open question of every thread, the oldest first."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
from inline_snapshot import snapshot

from graphcli import START, StateGraph, interrupt
from graphcli.cli import inbox as module
from graphcli.engine.values.checkpointer import Commit, ThreadInfo
from graphcli.engine.values.model import Asked
from graphcli.prompts import recognise
from graphcli.render.console import Look
from graphcli.render.inbox import Waiting, inbox_line, inbox_lines, inbox_table
from graphcli.storage import open_storage
from tests.cli.session import play
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell
from tests.contract import build

ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"


@pytest.fixture
def three(here: Shell) -> Shell:
    """Threads that wait: one for an approval, one for three answers, one of another graph."""
    assert here("run", "ask.py", "--thread", "old").code == 8
    assert here("run", "multi.py", "--thread", "many").code == 8
    assert here("run", "nested.py", "--thread", "deep").code == 8
    assert here("run", "work.py", "--thread", "done").code == 0
    return here


def test_what_is_open_is_listed_the_oldest_first(three: Shell) -> None:
    assert play(
        three,
        "inbox",
        "inbox --graph multi --node sure",
        "inbox --node audit/licence/confirm --no-input",
        "inbox --limit 2",
        "inbox --graph nobody",
        "inbox --node sure -o json",
        "inbox --limit 1 -o jsonl -q",
    ) == snapshot("""\
$ graphcli inbox
> old	ask	review	TIME	ID	Approve?
> many	multi	pick	TIME	ID	Which?
> many	multi	sure	TIME	ID	Sure?
> many	multi	who	TIME	ID	Who are you?
> deep	nested	audit/licence/confirm	TIME	ID	Licence fine?
$ graphcli inbox --graph multi --node sure
> many	multi	sure	TIME	ID	Sure?
$ graphcli inbox --node audit/licence/confirm --no-input
> deep	nested	audit/licence/confirm	TIME	ID	Licence fine?
$ graphcli inbox --limit 2
> old	ask	review	TIME	ID	Approve?
> many	multi	pick	TIME	ID	Which?
! and more than these 2: --limit N lists more of them
$ graphcli inbox --graph nobody
! no such questions
$ graphcli inbox --node sure -o json
> {"schema_version":1,"command":"inbox","status":null,"thread":null,"graph":null,"values":null,"questions":[{"thread":"many","graph":"multi","id":"ID","node":"sure","ns":"","message":"Sure?","payload":{"question":"Sure?","type":"boolean"},"schema":{"type":"boolean"},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","many","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume many --storage STORAGE --question ID --if-match DIGEST --value"},"next":[],"runs":null}],"error":null,"output":null,"uncertain":[]}
$ graphcli inbox --limit 1 -o jsonl -q
> {"schema_version":1,"thread":"old","graph":"ask","id":"ID","node":"review","ns":"","message":"Approve?","payload":{"question":"Approve?","options":["approve","reject"],"output":"a draft"},"schema":{"enum":["approve","reject"]},"default":null,"digest":"DIGEST","asked_at":"TIME","answer_with":{"argv":["graphcli","resume","old","--storage","STORAGE","--question","ID","--if-match","DIGEST","--value"],"line":"graphcli resume old --storage STORAGE --question ID --if-match DIGEST --value"},"next":[],"runs":null}
""")


def test_a_command_of_the_list_answers_and_the_list_gets_shorter(three: Shell) -> None:
    (question,) = three("inbox", "--graph", "ask", "-o", "json").json["questions"]
    argv = question["answer_with"]["argv"]
    assert three(*argv[1:], "approve").code == 0
    assert three("inbox", "--graph", "ask", "-o", "json").json["questions"] == []
    assert three("resume", "many", "--answer", "sure=yes").code == 8
    left = three("inbox", "-o", "json").json["questions"]
    # A thread that has moved has waited since then.
    assert [(q["thread"], q["node"]) for q in left] == [
        *(("deep", "confirm"), ("many", "pick"), ("many", "who"))
    ]


def test_nothing_is_made_or_changed_by_looking(here: Shell) -> None:
    assert play(here, "inbox") == snapshot("""\
$ graphcli inbox
! there is no storage `STORAGE` yet
! nothing waits for a person
""")
    assert not here.storage.exists()


def test_threads_that_have_to_be_settled_first_are_named(here: Shell) -> None:
    here("run", "work.py", "-i", "mode=kill", "--thread", "dead")
    here("resume", "dead")
    assert "settled first: graphcli list --storage" in here("inbox").stderr


def test_at_a_terminal_one_is_answered_after_the_other(three: Shell, terminal: Terminal) -> None:
    child = terminal("inbox", columns=100)
    child.expect("ASKED +THREAD +GRAPH +NODE +QUESTION")
    child.expect("(?s)old · review · asked now: Approve.*leave")
    child.send(ENTER)
    child.expect("graph: .*ask.py:graph")
    child.expect("(?s)Approve.*reject")
    child.send(ENTER)
    child.expect('"decision": "approve"')
    child.expect("(?s)many · pick · asked now.*leave")
    child.send(DOWN + ENTER)
    child.expect("(?s)deep · audit.licence.confirm · asked now.*leave")
    child.send(DOWN + DOWN + ENTER)
    assert ended(child)[1] == 0
    assert (three.cwd / "effects").read_text() == "approve\n"
    left = three("list", "-o", "json").json["threads"]
    assert [t["thread"] for t in left if t["status"] == "waiting"] == ["deep", "many"]


def test_ctrl_c_parks_the_thread_and_leaves_the_inbox(three: Shell, terminal: Terminal) -> None:
    child = terminal("inbox", "--graph", "ask")
    child.expect("(?s)What now.*leave")
    child.send(ENTER)
    child.expect("(?s)Choose one.*reject")
    child.send(CTRL_C)
    text, code = ended(child)
    assert (code, "you left the question at `review`" in text) == (130, True)
    again = terminal("inbox", "--graph", "ask")
    again.expect("(?s)What now.*leave")
    again.send(CTRL_C)
    text, code = ended(again)
    assert (code, "you left the inbox; what was not answered waits" in text) == (130, True)
    assert three("inspect", "old", "-o", "json").json["status"] == "waiting"


SLOW = """\
import time

from graphcli import START, StateGraph, interrupt


def work(state):
    interrupt({"question": "Go?", "options": ["go"]})
    print("at work", flush=True)
    time.sleep(60)


graph = StateGraph(dict).add_node("work", work).add_edge(START, "work").compile()
"""


def test_ctrl_c_while_a_node_runs_ends_that_run_and_the_inbox(
    here: Shell, terminal: Terminal
) -> None:
    here.write("slow.py", SLOW)
    assert here("run", "slow.py", "--thread", "one").code == 8
    child = terminal("inbox")
    child.expect("(?s)What now.*leave")
    child.send(ENTER)
    child.expect("(?s)Choose one.*go")
    child.send(ENTER)
    child.expect("at work")
    child.sendintr()
    text, code = ended(child)
    assert code == 130
    assert text.count("interrupted (Ctrl-C)") == 1, "by the run; the inbox just ends"
    assert "Traceback" not in text


def test_a_graph_that_cannot_be_loaded_is_said_and_the_next_is_offered(
    three: Shell, terminal: Terminal
) -> None:
    (three.cwd / "ask.py").unlink()
    child = terminal("inbox")
    child.expect("(?s)What now.*leave")
    child.send(ENTER)
    child.expect("error: .*ask.py")
    child.expect("(?s)many · pick.*leave")
    child.send(DOWN + DOWN + ENTER)
    assert ended(child)[1] == 0


def test_a_storage_that_others_can_write_is_listed_and_loads_no_graph(
    three: Shell, terminal: Terminal
) -> None:
    three.storage.chmod(0o666)
    three.write("ask.py", 'open("loaded", "w")\n')
    child = terminal("inbox", "--graph", "ask")
    child.expect("(?s)What now.*leave")
    child.send(ENTER)
    child.expect("others may write the storage")
    assert ended(child)[1] == 0
    assert not (three.cwd / "loaded").exists()


def test_several_alike_get_one_answer_after_all_were_shown(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "regions.py", "--thread", "one")
    child.expect("(?s)Deploy to eu.*1 of 2|1 of 2.*Deploy to eu")
    child.expect("(?s)What now.*same answer to all 2 alike.*skip.*see all 2")
    child.send(DOWN + ENTER)
    child.expect("(?s)2 of 2 alike.*Deploy to us.*no")
    child.send(ENTER)
    child.expect("(?s)asks.*Deploy to eu.*Deploy to us.*Send it to all.*parks")
    child.send(ENTER)  # no: nothing is sent
    child.expect("(?s)What now.*same answer to all 2 alike.*skip.*see all 2")
    child.send(DOWN + ENTER)
    child.expect("(?s)2 of 2 alike.*Deploy to us.*no")
    child.send(ENTER)
    child.expect("(?s)Send it to all.*yes, to all 2.*parks")
    child.send(DOWN + ENTER)
    child.expect("us: yes")
    assert ended(child)[1] == 0


def test_what_is_skipped_or_only_seen_waits(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "regions.py", "--thread", "one")
    child.expect("(?s)1 of 2.*What now.*see all 2")
    child.send(DOWN + DOWN + DOWN + ENTER)
    child.expect("(?s)1 of 2.*Deploy to eu.*2 of 2.*Deploy to us.*What now.*see all 2")
    child.send(DOWN + DOWN + ENTER)
    child.expect("(?s)2 of 2.*Deploy to us.*What now.*see all 2")
    child.send(DOWN + ENTER)
    text, code = ended(child)
    assert (code, "waiting for a person" in text) == (8, True)


# In process -------------------------------------------------------------------------------------


def many(path: Any, count: int) -> None:
    graph = StateGraph(dict[str, Any]).add_node("ask", lambda _: {"x": interrupt("Sure?")})
    graph.add_edge(START, "ask")
    with open_storage(path) as storage:
        compiled = graph.compile(checkpointer=storage, name="graph")
        for number in range(count):
            thread = {"configurable": {"thread_id": f"t{number:03}"}}
            compiled.invoke({}, thread, durability="async")


def test_only_what_is_shown_is_read(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", 8)
    many(tmp_path, 40)

    def statements(limit: int) -> list[str]:
        with open_storage(tmp_path, reading=True) as storage:
            seen: list[str] = []
            assert storage._database is not None
            with storage._database.use() as connection:
                connection.set_trace_callback(seen.append)
            rows = module._waiting(storage, None, None)
            names = [next(rows).thread.id for _ in range(limit)]
            assert names == [f"t{number:03}" for number in range(limit)]
            return [sql for sql in seen if sql.startswith("SELECT")]

    assert len(statements(5)) == len(statements(4)) + 2, "a thread and its question"
    pages = [sql for sql in statements(20) if "ORDER BY seq ASC" in sql]
    assert len(pages) == 4, "three pages of eight that wait, and one of those that run"
    with sqlite3.connect(next(tmp_path.glob("*.db"))) as connection:
        for sql in pages:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert plan == ["SEARCH threads USING INDEX threads_by_status (status=? AND seq>?)"], (
                "one walk along an index, without sorting"
            )


def test_a_run_that_goes_on_or_died_waits_unless_a_task_may_have_run(tmp_path: Any) -> None:
    with open_storage(tmp_path) as storage:
        for id_, tasks in (("dead", ("t1", "t2")), ("cut", ("t1",)), ("held", ("t1",))):
            build.begin(storage, id_, *tasks)
            storage.commit(Commit(id_, 0, results=(build.asks(build.asked(f"q-{id_}", "t1")),)))
        build.waiting(storage, build.asked("q", "t1"), id_="well")
        with storage.claim("held"):
            found = [row.question.id for row in module._waiting(storage, None, None)]
    assert found == ["q-cut", "q-held", "q"]


def waiting(thread: str, message: str, node: str = "review") -> Waiting:
    at = "2026-11-20T12:00:00+00:00"
    asked = Asked("1f", "t", node, 0, {"question": message}, None, "d" * 64, asked_at=at)
    return Waiting(ThreadInfo(thread, "u", "release"), recognise(asked))


NOW = datetime(2026, 11, 21, 13, tzinfo=UTC)
ROWS = [
    waiting("release-7f3a2c", "Approve the release of all of it, at once?"),
    waiting("x" * 60, "Sure?"),
]


def look(width: int) -> Look:
    return Look(width=width, color=False, unicode=True)


def test_the_table_at_80_and_at_40_columns_and_at_20() -> None:
    assert inbox_table(ROWS, NOW, look(80)) == snapshot("""\
ASKED      THREAD                        GRAPH    NODE    QUESTION
1 day ago  release-7f3a2c                release  review  Approve the release o…
1 day ago  xxxxxxxxxxxxxxxxxxxxxxxxxxx…  release  review  Sure?\
""")
    assert inbox_table(ROWS, NOW, look(40)) == snapshot("""\
THREAD              QUESTION
release-7f3a2c      Approve the release…
xxxxxxxxxxxxxxxxx…  Sure?\
""")
    assert inbox_table(ROWS, NOW, look(20)) == snapshot("""\
THREAD    QUESTION
release…  Approve t…
xxxxxxx…  Sure?\
""")
    for width in range(10, 120):
        assert max(map(len, inbox_table(ROWS, NOW, look(width)).splitlines())) <= width


def test_no_payload_drives_the_terminal_or_breaks_a_line() -> None:
    row = waiting("one", "a\x1b[2J\nb\tc\u202e", node="n\x1b]0;x\x07\n")
    for text in (
        inbox_table([row], NOW, look(80)),
        inbox_lines([row]),
        inbox_line(row, NOW, look(80)),
    ):
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text) is None
    assert len(inbox_lines([row]).split("\t")) == 6
    assert "\n" not in inbox_lines([row]) + inbox_line(row, NOW, look(80))
