"""What else writes a storage: it is made, migrated, copied; threads are changed and removed."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from graphcli.cli.main import run_command
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.model import Status
from graphcli.storage import Storage, examine, migrations, open_storage
from graphcli.storage.sqlite import connect
from tests.contract.build import begin
from tests.faults import graphs
from tests.faults.place import Place
from tests.faults.threads import THREAD, Threaded, judge_file, judge_standing, loaded

ASKS = Threaded(graphs.question, ("act-so", "after"))

#: A thread of this many bytes is worth giving its space back.
_LARGE = 1_200_000


def command(place: Place, *argv: str) -> int:
    """Run a command line in this process; what it says is told only if it succeeds."""
    os.environ["GRAPHCLI_STORAGE"] = str(place.storage)
    with Path(os.devnull).open("w") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    code = run_command([*argv, "--no-input"])
    if code == 0:
        place.tell("done")
    return code


def prepare(place: Place) -> None:
    """Leave a thread that waits, a finished one, and one of another id that has nothing to do."""
    ASKS.begin(place)
    with open_storage(place.storage) as storage:
        begin(storage, "other", n=1)
        builder = graphs.line(lambda name: None, "a").compile(checkpointer=storage)
        for thread, size in (("old", _LARGE), ("older", 10)):
            builder.invoke({"name": "x" * size}, {"configurable": {"thread_id": thread}})
    (place.root / "told").unlink()


def create(place: Place) -> None:
    """Make a storage and tell its id."""
    with open_storage(place.storage) as storage:
        place.tell(storage.id)


def judge_created(place: Place) -> None:
    """The storage whose id was told is the one that is there, and it works."""
    with open_storage(place.storage) as storage:
        assert place.told() in ([], [[storage.id]]), "another storage"
        ASKS.finish(place, storage)
    judge_file(place)


MORE = migrations.Migration(
    "m004_more",
    ("ALTER TABLE storage ADD COLUMN more TEXT", "UPDATE storage SET more = 'more'"),
)


def migrate(place: Place) -> None:
    """Open the storage with the program of tomorrow."""
    given = migrations.bring_up.__defaults__, migrations.is_newest.__defaults__
    newer = ((*migrations.MIGRATIONS, MORE),)
    migrations.bring_up.__defaults__ = migrations.is_newest.__defaults__ = newer
    try:
        open_storage(place.storage).close()
        place.tell("done")
    finally:
        migrations.bring_up.__defaults__, migrations.is_newest.__defaults__ = given


def judge_migrated(place: Place) -> None:
    """The layout is the old one or the new one, and the program of tomorrow goes on."""
    told = place.told()
    with closing(connect(place.storage)) as connection:
        version = migrations.version_of(connection)
        assert version == 4 or (version, told) == (3, []), f"layout {version}"
    migrate(place)
    with closing(connect(place.storage)) as connection:
        assert connection.execute("SELECT more FROM storage").fetchall() == [("more",)]
        connection.execute("PRAGMA user_version = 3")  # what this program knows
    judge_others(place)


def update(place: Place) -> None:
    """Write the state of a waiting thread from outside: what it asked is withdrawn."""
    with open_storage(place.storage) as storage:
        graph = ASKS.make(place.effect)
        graph.checkpointer = storage
        graph.update_state({"configurable": {"thread_id": THREAD}}, {"log": ["out"]}, "act")
        place.tell("done")


def judge_updated(place: Place) -> None:
    """The update is there as a whole, or not at all, and the thread goes on from there."""
    told = place.told()
    with open_storage(place.storage) as storage:
        standing = standing_of(loaded(storage), storage)
        changed = standing.saved.checkpoint.values.get("log") == ["out"]
        assert changed or not told, "lost: an update"
        assert changed != bool(standing.questions), "an update is half done"
        ASKS.finish(place, storage)
        found = place.effects()
    assert found == ({"after": 1} if changed else {"act-so": 1, "after": 1}), found
    judge_others(place)


def cancel(place: Place) -> None:
    """Cancel a waiting thread."""
    command(place, "cancel", THREAD)


def judge_cancelled(place: Place) -> None:
    """The thread is cancelled with its question withdrawn, or waits as before."""
    told = place.told()
    with open_storage(place.storage) as storage:
        standing = standing_of(loaded(storage), storage)
        now = (standing.status, len(standing.questions))
        assert now in ((Status.CANCELLED, 0), (Status.WAITING, 1)), now
        assert standing.status is Status.CANCELLED or not told, "lost: a cancellation"
    judge_others(place)


def delete(place: Place) -> None:
    """Delete a large thread, so that its space is given back."""
    command(place, "delete", "old")


def prune(place: Place) -> None:
    """Delete all that has finished."""
    command(place, "prune", "--keep", "0")


def judge_deleted(place: Place) -> None:
    """What was told to be gone is; what is left is whole; nothing is left of what is gone."""
    _judge_gone(place, ["old"])


def judge_pruned(place: Place) -> None:
    """The same for all threads that had finished."""
    _judge_gone(place, ["old", "older"])


def _judge_gone(place: Place, threads: list[str]) -> None:
    told = place.told()
    with open_storage(place.storage) as storage:
        for thread in threads:
            there = storage.thread(thread) is not None
            assert not (there and told), f"deleted, and there again: {thread}"
            assert not there or loaded(storage, thread).checkpoint.values["log"] == ["a"]
        _judge_rows(storage)
    judge_others(place)


def _judge_rows(storage: Storage) -> None:
    with closing(connect(storage.path)) as connection:
        for table in ("checkpoints", "progress", "questions", "answers"):
            left = f"SELECT count(*) FROM {table} WHERE thread NOT IN (SELECT n FROM threads)"
            assert connection.execute(left).fetchone() == (0,), f"rows without a thread: {table}"


def backup(place: Place) -> None:
    """Copy the storage."""
    command(place, "backup", str(place.disk / "copy.db"))


def judge_copied(place: Place) -> None:
    """A copy that was told is whole; one that was not is whole or nothing."""
    told, copy = place.told(), place.disk / "copy.db"
    if told or copy.exists():
        found = [check for check in examine(copy) if check.state == "damaged"]
        assert not found, found
        with open_storage(copy) as storage:
            assert len(loaded(storage).questions) == 1
    judge_others(place)


def judge_others(place: Place) -> None:
    """What has nothing to do with it is as it was, and a thread that waits can be finished."""
    with open_storage(place.storage) as storage:
        assert loaded(storage, "other").checkpoint.values == {"n": 1}
        (place.root / "told").unlink(missing_ok=True)
        judge_standing(place, storage, ASKS.effects) if not place.effects() else None
    found = [check.says for check in examine(place.storage) if check.state == "damaged"]
    assert not found, found
