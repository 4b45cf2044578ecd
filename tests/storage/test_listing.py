"""What the command line asks: threads by last change, ids by prefix, the journal, delete."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import ConflictError, NotFoundError, ThreadHeldError, UnsupportedValueError
from graphcli.storage import Storage, open_storage
from graphcli.storage.overview import list_query
from graphcli.storage.write import CommitWriter
from tests.contract.build import (
    answer,
    asked,
    asks,
    begin,
    checkpoint,
    failed,
    load,
    thread,
    waiting,
)


def ids(storage: Storage, **filters: object) -> list[str]:
    return [info.id for info in storage.threads(**filters)]  # type: ignore[arg-type] # a table's


@pytest.fixture
def many(storage: Storage) -> Storage:
    for n in range(30):
        graph = "release" if n % 3 else "review"
        info = thread(f"{graph}-{n:02}")
        status = Status.WAITING if n % 2 else Status.FINISHED
        new = Commit(info.id, 0, new=info, checkpoints=(checkpoint(0),), status=status)
        storage.commit(new)
    return storage


def test_the_last_changed_comes_first(many: Storage) -> None:
    assert ids(many, limit=3) == ["release-29", "release-28", "review-27"]
    many.commit(Commit("review-00", 0, status=Status.FINISHED))
    assert ids(many, limit=2) == ["review-00", "release-29"]
    assert many.latest() == "review-00"


def test_the_newest_stays_in_its_place(many: Storage) -> None:
    seq = many.threads(limit=1)[0].seq
    many.commit(Commit("release-29", 0))
    assert many.threads(limit=1)[0].seq == seq


def test_updated_at_is_the_time_of_the_commit(tmp_path: Path) -> None:
    times = iter(["one"] * 9)
    with open_storage(tmp_path, now=lambda: next(times)) as storage:  # "one": when it was made
        begin(storage, "release")
    with open_storage(tmp_path, now=lambda: "later") as storage:
        assert load(storage).thread.updated_at != "later"
        storage.commit(Commit("release", 0))
        assert load(storage).thread.updated_at == "later"
        assert load(storage).thread.created_at == "2026-01-01T00:00:00+00:00"


#: Commits to threads, and when each then counts as changed.
RAN_ON = [
    ("00:00:01.2", "one", Status.RUNNING, "00:00:01.0"),  # within the second: as it was
    ("00:00:02.0", "one", Status.RUNNING, "00:00:02.0"),
    ("00:00:02.1", "two", Status.RUNNING, "00:00:02.1"),
    ("00:00:02.2", "one", Status.RUNNING, "00:00:02.0"),
    ("00:00:02.3", "two", Status.WAITING, "00:00:02.3"),  # a pause is told at once
    ("00:00:02.4", "two", Status.WAITING, "00:00:02.4"),
    ("00:00:02.5", "two", Status.RUNNING, "00:00:02.5"),
    ("00:00:01.5", "two", Status.RUNNING, "00:00:01.5"),  # somebody has set the clock
]


def run_on(path: Path) -> None:
    clock = ["2026-01-01T00:00:01.0"]
    with open_storage(path, now=lambda: clock[0]) as storage:
        for id_ in ("one", "two"):
            begin(storage, id_)
        for at, id_, status, changed in RAN_ON:
            clock[0] = f"2026-01-01T{at}"
            storage.commit(Commit(id_, 0, status=status))
            assert load(storage, id_).thread.updated_at == f"2026-01-01T{changed}"
        assert ids(storage) == ["two", "one"]


def test_a_thread_that_runs_counts_as_changed_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_on(tmp_path / "storage")
    for always in (True, False):  # the control
        monkeypatch.setattr(CommitWriter, "_is_told", lambda *_, told=always: told)
        with pytest.raises(AssertionError):
            run_on(tmp_path / str(always))


def test_filters_and_pages(many: Storage) -> None:
    assert ids(many, status=Status.WAITING, limit=2) == ["release-29", "review-27"]
    assert len(ids(many, status=Status.FINISHED, limit=99)) == 15
    assert ids(many, status=Status.FAILED) == []
    pages, before = [], None
    while page := many.threads(limit=7, before=before):
        pages += [info.id for info in page]
        before = page[-1].seq
    assert pages == ids(many, limit=99)
    assert len(pages) == 30
    forth, after = [], 0
    while page := many.threads(limit=7, after=after):
        forth += [info.id for info in page]
        after = page[-1].seq
    assert forth == pages[::-1]


@pytest.mark.parametrize("status", [None, Status.WAITING])
@pytest.mark.parametrize("graph", [None, "release"])
@pytest.mark.parametrize(("before", "after"), [(None, None), (7, None), (None, 0)])
def test_a_listing_reads_its_rows_and_no_others(
    many: Storage,
    status: Status | None,
    graph: str | None,
    before: int | None,
    after: int | None,
) -> None:
    sql, values = list_query(status, graph, 20, before, after)
    with sqlite3.connect(many.path) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    (line,) = [detail for *_, detail in plan]  # one step: no sorting after it
    wanted = [f"{name}=?" for name, value in (("graph", graph), ("status", status)) if value]
    wanted += ["seq<?"] if before else []
    wanted += ["seq>?"] if after is not None else []
    assert "USING INDEX" in line
    assert all(term in line for term in wanted)


def test_the_control_would_sort(many: Storage) -> None:
    sql, values = list_query(Status.WAITING, None, 20, None)
    with sqlite3.connect(many.path) as connection:
        connection.execute("DROP INDEX threads_by_status")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    assert not any("status=?" in detail for *_, detail in plan)


def test_no_statement_reads_a_whole_table(many: Storage) -> None:
    database, seen = many._database, set[str]()
    assert database is not None
    with database.use() as connection:
        connection.set_trace_callback(seen.add)
        waiting(many, asked("q1", "t1"), id_="watched")
        many.commit(Commit("watched", 0, answers=(answer("q1"),), started=("t1",)))
        many.commit(Commit("watched", 0, results=(failed("t1"),)))
        anew = replace(answer("q1"), replaces=answer("q1").at)
        many.commit(Commit("watched", 0, answers=(anew,)))
        again = asks(asked("q1", "t1", digest="d2"))
        many.commit(Commit("watched", 0, void=("q1",), results=(again,)))
        for seq in range(1, 3):
            point = checkpoint(seq, {"log": ["a"] * seq}, changed={"log": seq - 1})
            many.commit(Commit("watched", seq - 1, checkpoints=(point,)))
        many.commit(Commit("watched", 2, withdrawn=True))
        _ = list(many.history("watched")), many.load("watched", "", "0001c")
        _ = many.journal("watched"), many.questions("watched"), many.asked("watched")
        _ = many.threads(), many.match("rel"), many.latest()
        many.delete("watched")
        connection.set_trace_callback(None)
        plans = {
            (sql, detail)
            for sql in seen
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
            for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        }
    assert len(plans) > 30
    # Sorting what one thread has is fine, and so is the listing's walk along an index.
    allowed = ("SEARCH", "SCALAR", "SCAN CONSTANT ROW", "SCAN threads USING INDEX", "USE TEMP")
    assert [plan for plan in plans if not plan[1].startswith(allowed)] == []


def test_a_prefix_finds_ids_the_exact_one_first(storage: Storage) -> None:
    for id_ in ("rel", "rel-2", "rel-1", "release", "rel~x", "rek", "rem", "Rel"):
        begin(storage, id_)
    assert storage.match("rel") == ["rel", "rel-1", "rel-2", "release", "rel~x"]
    assert storage.match("rel", limit=2) == ["rel", "rel-1"]
    assert storage.match("x%_") == []
    assert len(storage.match("")) == 8


def test_what_is_known_of_one_thread(storage: Storage) -> None:
    waiting(storage, asked("q1", "t1"))
    info = storage.thread("release")
    assert info is not None
    assert (info.status, info.open) == (Status.WAITING, 1)
    assert storage.thread("rel") is None


def test_every_open_question_of_a_thread(storage: Storage) -> None:
    waiting(storage, asked("q2", "t2"), asked("q1", "t1"))
    inner = Commit("release", 0, "sub:t1", checkpoints=(checkpoint(0, None, "s1", line="s"),))
    storage.commit(inner)
    storage.commit(Commit("release", 0, "sub:t1", results=(asks(asked("q3", "s1")),)))
    assert [q.id for q in storage.questions("release")] == ["q1", "q2", "q3"]
    assert storage.questions("other") == ()


def test_a_root_that_moves_on_withdraws_its_subgraphs_questions(storage: Storage) -> None:
    begin(storage, "release", "t1")
    for ns in ("a:1", "a:1|b:2", "ab:1"):
        storage.commit(Commit("release", 0, ns, checkpoints=(checkpoint(0, None, "s", line=ns),)))
        storage.commit(Commit("release", 0, ns, results=(asks(asked(f"q-{ns}", "s")),)))
    point = checkpoint(1, parent=None, line="x")
    storage.commit(Commit("release", 0, "a:1", checkpoints=(point,)))
    assert [q.id for q in storage.questions("release")] == ["q-ab:1"]
    storage.commit(Commit("release", 0, checkpoints=(checkpoint(1),)))
    assert storage.questions("release") == ()


def test_the_journal_keeps_every_answer(storage: Storage) -> None:
    waiting(storage, asked("q1", "t1"), asked("q2", "t2"))
    storage.commit(Commit("release", 0, answers=(answer("q1", ("one",)),), started=("t1",)))
    storage.commit(Commit("release", 0, results=(failed("t1"),)))
    anew = replace(answer("q1", "two", by="bob"), replaces=answer("q1").at)
    storage.commit(Commit("release", 0, answers=(anew,)))
    storage.commit(Commit("release", 0, answers=(answer("q2", "three"),)))
    again = asked("q2", "t2", digest="d2")
    storage.commit(Commit("release", 0, void=("q2",), results=(asks(again),)))
    storage.commit(Commit("release", 0, checkpoints=(checkpoint(1),)))
    assert [
        (e.node, e.ns, e.status, e.answer.question, e.answer.value, e.answer.by)
        for e in storage.journal("release")
    ] == [
        ("node", "", "replaced", "q1", ("one",), "ada"),
        ("node", "", "accepted", "q1", "two", "bob"),
        ("node", "", "void", "q2", "three", "ada"),
    ]
    first = storage.journal("release")[0].answer
    assert (first.digest, first.how, first.at) == ("d1", "flag", "2026-01-02T00:00:00+00:00")
    assert storage.journal("other") == []


def test_a_run_that_was_overtaken_is_told(tmp_path: Path) -> None:
    # No claim is taken here: even then two lines of one thread can never be mixed.
    with open_storage(tmp_path) as one, open_storage(tmp_path) as two:
        begin(one, "release", n=0)
        one.commit(Commit("release", 0, checkpoints=(checkpoint(1, {"n": 1}, changed={"n": 0}),)))
        with pytest.raises(ConflictError, match="has moved on: another run saved checkpoint 1"):
            two.commit(Commit("release", 0, checkpoints=(checkpoint(1, {"n": 2}),)))
        assert load(two).checkpoint.values == {"n": 1}
        with pytest.raises(NotFoundError, match="there is no thread `other`"):
            two.commit(Commit("other", 0))


def test_delete_leaves_nothing_of_a_thread_and_all_of_the_others(storage: Storage) -> None:
    for id_ in ("a", "b"):
        waiting(storage, asked("q1", "t1"), asked("q2", "t2"), id_=id_)
        storage.commit(Commit(id_, 0, answers=(answer("q1"),)))
        point = checkpoint(1, {"log": [id_]}, changed={"log": 0})
        storage.commit(Commit(id_, 0, checkpoints=(point,)))
    kept, journal = load(storage, "b"), storage.journal("b")
    storage.delete("a")
    assert storage.load("a") is None
    assert storage.match("") == ["b"]
    assert (load(storage, "b"), storage.journal("b")) == (kept, journal)
    begin(storage, "a", n=1)  # the id is free, and what was is not mixed with what is
    assert load(storage, "a").checkpoint.values == {"n": 1}
    assert storage.journal("a") == []


def test_delete_frees_every_row(storage: Storage) -> None:
    begin(storage, "a", "t1", log=["a"])
    begin(storage, "b", "t1", log=["b"])
    point = checkpoint(1, {"log": ["a", "b"]}, changed={"log": 1})
    storage.commit(Commit("a", 0, checkpoints=(point,)))
    storage.delete("a")
    storage.delete("b")
    with sqlite3.connect(storage.path) as connection:
        for table in (
            "threads",
            "checkpoints",
            "channel_values",
            "progress",
            "questions",
            "answers",
        ):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_delete_refuses_what_is_unknown_or_held(storage: Storage) -> None:
    with pytest.raises(NotFoundError):
        storage.delete("release")
    begin(storage, "release")
    with storage.claim("release"), pytest.raises(ThreadHeldError):
        storage.delete("release")
    assert storage.load("release") is not None


def test_a_thread_that_was_deleted_and_made_again_elsewhere_is_not_mixed_up(
    tmp_path: Path,
) -> None:
    with open_storage(tmp_path) as one, open_storage(tmp_path) as two:
        begin(one, "release", log=["old"], other=["old"])
        two.delete("release")
        # The same rows now hold other channels: whoever trusted its memory would mix them up.
        begin(two, "release", other=["x"], log=["new"])
        assert one.thread("release") is not None
        values = {"other": ["x"], "log": ["new", "er"]}
        one.commit(Commit("release", 0, checkpoints=(checkpoint(1, values, changed={"log": 1}),)))
        assert load(two).checkpoint.values == values


@pytest.mark.parametrize("id_", ["a\0b", "", "\u00fc\x1b[2J", "x" * 10_000, "a/../b", "%_'"])
def test_odd_ids_do_no_harm(storage: Storage, id_: str) -> None:
    begin(storage, id_, n=1)
    with storage.claim(id_):
        assert load(storage, id_).thread.id == id_


def test_half_a_character_is_no_id(storage: Storage) -> None:
    for use in (storage.thread, storage.match, storage.load, lambda id_: begin(storage, id_)):
        with pytest.raises(UnsupportedValueError, match="half a character"):
            use("\ud800")
    with storage.claim("\ud800"):
        pass


def test_pairs_of_seq_never_repeat(many: Storage) -> None:
    seqs = [info.seq for info in many.threads(limit=99)]
    assert all(later > earlier for later, earlier in pairwise(seqs))
