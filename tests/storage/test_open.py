"""Opening: what is made, who may read it, and what is refused with one clear message."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.errors import (
    GraphcliError,
    NotFoundError,
    StorageDamagedError,
    StorageError,
    StorageFullError,
    StorageLockedError,
    StorageVersionError,
    UsageError,
)
from graphcli.storage import open_storage
from graphcli.storage.location import locate, refuse_foreign
from tests.contract.build import begin, checkpoint, load, thread

ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def umask() -> object:
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("umask")
def test_only_this_user_can_read_what_is_stored(tmp_path: Path) -> None:
    storage = open_storage(tmp_path / "a" / "b" / "graphcli.db")
    begin(storage, "release", secret="s")
    with storage.claim("release"):
        made = [tmp_path / "a", *(tmp_path / "a").rglob("*")]
        assert {path.name for path in made} >= {"graphcli.db-wal", "graphcli.db-shm"}
        assert {mode(path) for path in made if path.is_dir()} == {0o700}
        assert {mode(path) for path in made if path.is_file()} == {0o600}
    assert storage.private
    storage.close()


def test_a_strict_umask_does_not_stop_us(tmp_path: Path) -> None:
    old = os.umask(0o777)
    try:
        with open_storage(tmp_path / "a" / "graphcli.db") as storage:
            begin(storage, "release")
            assert mode(tmp_path / "a") == 0o700
            assert mode(storage.path) == 0o600
    finally:
        os.umask(old)


@pytest.mark.usefixtures("umask")
def test_there_is_no_moment_in_which_others_could_open_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = os.fchmod

    def look(descriptor: int, wanted: int) -> None:
        seen.append(os.fstat(descriptor).st_mode & 0o777)
        real(descriptor, wanted)

    monkeypatch.setattr(os, "fchmod", look)
    open_storage(tmp_path).close()
    assert seen == [0o600]


def test_others_who_can_write_make_it_less_private(tmp_path: Path) -> None:
    with open_storage(tmp_path / "a.db") as storage:
        storage.path.chmod(0o620)
        assert not storage.private
        storage.path.chmod(0o600)
        tmp_path.chmod(0o770)
        assert not storage.private
        tmp_path.chmod(0o700)
        assert storage.private


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("new.db", "new.db"),
        ("there", "there/graphcli.db"),
        ("new/", "new/graphcli.db"),
        ("sqlite:///there", "there/graphcli.db"),
        ("sqlite:///new.db", "new.db"),
        ("sqlite:///{0}/x.db", "x.db"),
        ("{0}/a/../x.db", "x.db"),
    ],
)
def test_a_location_is_a_file_a_directory_or_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str, place: str
) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    assert locate(location.format(tmp_path)) == tmp_path / place


@pytest.mark.parametrize("location", ["postgres://x/y", ":memory:", "", "a\0b", "sqlite:///"])
def test_what_is_no_location_is_a_mistake_of_usage(location: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_storage(location)
    assert caught.value.remedy


def test_without_create_nothing_is_made(tmp_path: Path) -> None:
    storage = open_storage(tmp_path / "a" / "graphcli.db", create=False)
    with storage:
        assert storage.threads() == []
        assert storage.thread("release") is None
        assert storage.match("") == []
        assert storage.latest() is None
        assert storage.load("release") is None
        assert list(storage.history("release")) == []
        assert storage.journal("release") == []
        assert storage.questions("release") == ()
        assert storage.holder("release") is None
        with storage.claim("release"):
            assert storage.load("release") is None
        with pytest.raises(NotFoundError):
            storage.commit(Commit("release", 0))
        with pytest.raises(NotFoundError):
            storage.delete("release")
        with pytest.raises(StorageError, match="does not exist"):
            storage.commit(Commit("release", 0, new=thread(), checkpoints=(checkpoint(0),)))
    assert list(tmp_path.iterdir()) == []


def sqlite_file(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def cut(path: Path, size: int) -> None:
    open_storage(path).close()
    os.truncate(path, size)


def newer(path: Path) -> None:
    open_storage(path).close()
    sqlite_file(path, "PRAGMA user_version = 99")


def without_tables(path: Path) -> None:
    open_storage(path).close()
    sqlite_file(path, "DROP TABLE threads")


def scribbled(path: Path) -> None:
    open_storage(path).close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xaa" * (len(data) - 4096)
    path.write_bytes(data)


def link(path: Path) -> None:
    open_storage(path.with_name("real.db")).close()
    path.symlink_to(path.with_name("real.db"))


def linked_log(path: Path) -> None:
    open_storage(path).close()
    path.with_name(path.name + "-wal").symlink_to("/dev/null")


REFUSED: dict[str, tuple[Callable[[Path], object], type[GraphcliError], str]] = {
    "text": (
        lambda p: p.write_text("hello" * 99),
        StorageVersionError,
        "is no storage of graphcli",
    ),
    "another program's": (
        lambda p: sqlite_file(p, "CREATE TABLE bookmarks (url TEXT)"),
        StorageVersionError,
        "is no storage of graphcli",
    ),
    "empty": (lambda p: p.touch(), StorageDamagedError, "is an empty file"),
    "cut in its head": (lambda p: cut(p, 50), StorageDamagedError, "has been cut off"),
    "cut in its body": (lambda p: cut(p, 5000), StorageDamagedError, "is damaged"),
    "scribbled over": (scribbled, StorageDamagedError, "is damaged"),
    "without tables": (without_tables, StorageDamagedError, "is damaged"),
    "newer": (newer, StorageVersionError, "has layout 99; this graphcli knows up to 3"),
    "a link": (link, StorageError, "is a symbolic link"),
    "a dangling link": (lambda p: p.symlink_to("/nowhere/x"), StorageError, "is a symbolic link"),
    "a linked log": (linked_log, StorageError, "-wal` is a symbolic link"),
    "a pipe": (os.mkfifo, StorageError, "is no regular file"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_is_not_ours_or_not_whole_is_left_alone(
    tmp_path: Path, case: str, create: bool
) -> None:
    prepare, error, message = REFUSED[case]
    path = tmp_path / "x.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(error, match=message) as caught, open_storage(path, create=create) as s:
        s.threads()
    assert caught.value.exit_code == 7
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert before is None or path.read_bytes() == before


def test_a_locked_storage_says_so(tmp_path: Path) -> None:
    with open_storage(tmp_path, patience=0.05) as storage:
        begin(storage, "release", n=1)
        other = sqlite3.connect(storage.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageLockedError, match=r"locked by another process for 0\.05 s"):
            storage.commit(Commit("release", 0))
        assert load(storage).checkpoint.values == {"n": 1}  # readers never wait
        other.execute("ROLLBACK")
        other.close()
        storage.commit(Commit("release", 0))


# Real users cannot write a read-only directory; root can, so it hands its rights to a child.
READ_ONLY = """
import os, sys
from graphcli.errors import StorageError
from graphcli.storage import open_storage
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with open_storage(sys.argv[1]) as storage:
        storage.threads()
        print("opened")
except StorageError as error:
    print(type(error).__name__, error, "|", error.remedy)
"""


@pytest.mark.parametrize(
    ("there", "mode"), [(True, 0o555), (False, 0o555), (True, 0)], ids=["there", "new", "closed"]
)
def test_a_directory_without_the_right_to_write_or_enter_it_says_so(there: bool, mode: int) -> None:
    # Not under `tmp_path`, which nobody else may enter.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.db"
        if there:
            open_storage(path).close()
            path.chmod(0o444)
        path.parent.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(path)], capture_output=True, text=True, cwd=ROOT
        )
        path.parent.chmod(0o755)
    assert done.stdout.startswith(f"StorageError storage `{path}")
    assert "give another --storage" in done.stdout
    assert done.stderr == ""


FULL = """
import resource, signal, sys
from graphcli.errors import StorageError
from graphcli.engine.values.checkpointer import Commit
from graphcli.storage import open_storage
from tests.contract.build import begin, checkpoint
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
storage = open_storage(sys.argv[1])
begin(storage, "release", n=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for seq in range(1, 100):
    point = checkpoint(seq, {"n": "x" * 20_000}, changed={"n": 0})
    try:
        storage.commit(Commit("release", seq - 1, checkpoints=(point,)))
    except StorageError as error:
        print(seq - 1, error, "|", error.remedy)
        break
"""


def test_a_write_that_fails_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    last, message = done.stdout.split(" ", 1)
    assert message.startswith(f"storage `{tmp_path}/graphcli.db` cannot be used: disk I/O error")
    assert "a quota or size limit is reached" in message
    assert int(last) > 1
    with open_storage(tmp_path) as storage:
        assert load(storage).checkpoint.seq == int(last)


def test_sqlite_reports_full_as_full(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "release", n=0)
        assert storage._database is not None
        with storage._database.use() as connection:
            connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(StorageFullError):
            storage.commit(
                Commit("release", 0, checkpoints=(checkpoint(1, {"n": "x" * 10**6}, parent=None),))
            )
        assert load(storage).checkpoint.values == {"n": 0}


RACE = """
import sys
from graphcli.storage import open_storage
from tests.contract.build import begin
sys.stdin.readline()
with open_storage(sys.argv[1]) as storage:
    begin(storage, f"t{sys.argv[2]}")
    print(storage.id)
"""


def test_sixteen_processes_open_a_new_storage_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "graphcli.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path), str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for n in range(16)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate() for process in processes]
    assert {err for _, err in said} == {""}
    assert len({out for out, _ in said}) == 1  # one storage, with one id
    with open_storage(path) as storage:
        assert storage.match("t", 20) == sorted(f"t{n}" for n in range(16))
    assert {p.name for p in path.parent.iterdir()} == {"graphcli.db", "graphcli.db.claims"}


def test_a_creation_that_was_killed_leaves_no_half_storage(tmp_path: Path) -> None:
    (tmp_path / ".graphcli.db.new").write_bytes(b"half")
    with open_storage(tmp_path) as storage:
        begin(storage, "release")
    assert not (tmp_path / ".graphcli.db.new").exists()


def test_a_closed_storage_says_so(tmp_path: Path) -> None:
    storage = open_storage(tmp_path)
    storage.close()
    storage.close()
    with pytest.raises(StorageError, match="has been closed"):
        storage.threads()


def test_a_forked_child_has_its_own_connection(tmp_path: Path) -> None:
    with open_storage(tmp_path) as storage:
        begin(storage, "a")
        database = storage._database
        assert database is not None
        parents = database._connection
        if (child := os.fork()) == 0:
            failed = True
            try:
                begin(storage, "b")
                failed = database._connection is parents
                storage.close()
            finally:
                os._exit(failed)
        assert os.waitpid(child, 0)[1] == 0
        begin(storage, "c")
        assert storage.match("") == ["a", "b", "c"]


def test_a_log_that_goes_while_it_is_looked_at_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graphcli.db"
    open_storage(path).close()
    index = tmp_path / "graphcli.db-shm"
    index.touch()
    look = Path.lstat

    def gone_by_then(self: Path) -> os.stat_result:
        if self == index:
            index.unlink()  # as the last other process does when it leaves
        return look(self)

    monkeypatch.setattr(Path, "lstat", gone_by_then)
    refuse_foreign(path)
    assert not index.exists()
