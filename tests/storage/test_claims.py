"""A claim holds one thread for one run, and dies with its process."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import ConflictError, ThreadHeldError
from graphcli.storage import Storage, open_storage
from graphcli.storage.claims import Claims
from tests.contract.build import begin

HOLD = """
import sys
from graphcli.storage import open_storage
with open_storage(sys.argv[1]) as storage, storage.claim("release"):
    print("begun", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(storage: Storage, code: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun `code` on the storage and said so; it never outlives the test."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(storage.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


def test_a_second_run_is_told_who_holds_the_thread(storage: Storage) -> None:
    with another_process(storage) as process:
        with pytest.raises(ThreadHeldError) as caught, storage.claim("release"):
            pass
        who = f"process {process.pid} on {os.uname().nodename} since 2"
        assert caught.value.holder.startswith(who)
        assert (storage.holder("release") or "").startswith(who)
        with storage.claim("another"):
            pass


def test_kill_9_frees_the_thread_at_once(storage: Storage) -> None:
    with another_process(storage) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert storage.holder("release") is None
        with storage.claim("release"):
            pass


def test_looking_is_no_claim(storage: Storage) -> None:
    # However often somebody looks meanwhile, a run that may have the thread gets it.
    code = """
import sys
from graphcli.storage import open_storage
with open_storage(sys.argv[1]) as storage:
    print("begun", flush=True)
    while True:
        storage.holder("release")
"""
    with storage.claim("release"):
        (lock,) = storage.path.parent.glob("*.claims/*")
    with another_process(storage, code):
        for _ in range(300):
            lock.touch()  # as a killed run leaves it: there is something to look at
            with storage.claim("release"):
                assert storage.holder("release") is not None


def test_two_openings_in_one_process_share_no_claim(tmp_path: Path) -> None:
    with open_storage(tmp_path) as one, open_storage(tmp_path) as two, one.claim("release"):
        with (
            pytest.raises(ThreadHeldError, match=f"process {os.getpid()} on"),
            two.claim("release"),
        ):
            pass
        assert two.holder("release") is not None


def test_a_claim_ends_with_an_error_too(storage: Storage) -> None:
    with pytest.raises(KeyboardInterrupt), storage.claim("release"):
        raise KeyboardInterrupt
    with storage.claim("release"):
        pass


def test_slots_are_used_again_and_say_nothing_of_what_has_ended(storage: Storage) -> None:
    directory = storage.path.with_name(f"{storage.path.name}.claims")
    held = Claims(directory, str)
    for _ in range(2):
        with storage.claim("release"), storage.claim("../../../evil\n"), storage.claim("x" * 5000):
            assert [claim.thread for claim in held.every()] == ["release", "../../../evil\n", ""]
        assert held.every() == []
    assert directory.stat().st_mode & 0o777 == 0o700
    found = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert found == {"0.slot": 0o600, "1.slot": 0o600, "2.slot": 0o600}


def test_a_directory_that_is_removed_meanwhile_is_made_again(storage: Storage) -> None:
    directory = storage.path.with_name(f"{storage.path.name}.claims")
    with storage.claim("release"):
        shutil.rmtree(directory)
    assert storage.holder("release") is None
    with storage.claim("release"):
        assert storage.holder("release") is not None


def test_a_claim_of_an_earlier_version_counts(storage: Storage) -> None:
    held = Claims(storage.path.with_name(f"{storage.path.name}.claims"), str)
    with storage.claim("another"):
        pass
    # A file for each thread, of which an earlier version locks the one that it runs.
    name = hashlib.sha256(b"release").hexdigest()[:32]
    file = storage.path.with_name(f"{storage.path.name}.claims") / f"{name}.lock"
    file.write_text('{"pid": 7, "host": "here", "since": "then", "thread": "release"}')
    with file.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        who = "process 7 on here since then"
        with pytest.raises(ThreadHeldError) as caught, storage.claim("release"):
            pass
        assert caught.value.holder == storage.holder("release") == held.any_held() == who
        with storage.claim("another"):
            pass
    assert [(claim.thread, claim.held) for claim in held.every()] == [("release", False)]
    with storage.claim("release"):
        assert not file.exists()


#: How a process of `together` ends that was stopped by an error.
BROKEN = 100


def together(place: Path) -> list[int]:
    """Claim three threads over and over in five processes; each counts what two held at once."""
    place.mkdir(exist_ok=True)
    claims = Claims(place / "claims", str)
    with ExitStack() as slots:
        for n in range(5):
            slots.enter_context(claims.hold(f"slot {n}"))
    children = [_forked(claims, place, n) for n in range(5)]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _forked(claims: Claims, witness: Path, n: int) -> int:
    if child := os.fork():
        return child
    code = BROKEN
    try:
        code = _doubled(claims, witness, n)
    finally:
        os._exit(code)


def _doubled(claims: Claims, witness: Path, n: int) -> int:
    doubled = 0
    for turn in range(400):
        thread = f"t{(turn + n) % 3}"
        with suppress(ThreadHeldError), claims.hold(thread):
            try:
                (witness / thread).touch(exist_ok=False)
            except FileExistsError:
                doubled += 1
            else:
                (witness / thread).unlink()
    return min(doubled, BROKEN - 1)


def test_one_of_many_processes_has_a_thread(tmp_path: Path) -> None:
    assert together(tmp_path) == [0] * 5
    assert Claims(tmp_path / "claims", str).every() == []
    assert len(list((tmp_path / "claims").iterdir())) == 5, "no more than were held at once"


def test_a_control_without_a_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def gate(self: Claims) -> Iterator[int]:
        self._directory.mkdir(exist_ok=True)
        directory = os.open(self._directory, os.O_RDONLY)
        yield directory
        os.close(directory)

    monkeypatch.setattr(Claims, "gate", gate)
    rounds = (together(tmp_path / f"{n}") for n in range(5))
    assert any(0 < doubled < BROKEN for codes in rounds for doubled in codes)


def test_ids_that_differ_in_case_are_two_threads(storage: Storage) -> None:
    with storage.claim("release"), storage.claim("Release"):
        pass


FORK = """
import os, sys
from graphcli.storage import open_storage
storage = open_storage(sys.argv[1])
with storage.claim("release"):
    if os.fork() == 0:
        print("begun", flush=True)
        sys.stdin.read()
        os._exit(0)
    sys.stdin.read()
"""


def test_a_forked_child_keeps_no_claim_of_a_parent_that_is_dead(storage: Storage) -> None:
    with another_process(storage, FORK) as process:
        assert storage.holder("release") is not None
        process.kill()
        process.wait()
        # The child still reads its input, and would still hold the lock that it was born with.
        with storage.claim("release"):
            pass


def test_a_child_cannot_end_its_parents_claim(storage: Storage) -> None:
    claim = storage.claim("release")
    claim.__enter__()
    if (child := os.fork()) == 0:
        try:
            claim.__exit__(None, None, None)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(ThreadHeldError), storage.claim("release"):
        pass
    claim.__exit__(None, None, None)
    assert storage.holder("release") is None


def test_a_program_that_a_run_starts_inherits_no_claim(storage: Storage) -> None:
    with storage.claim("release"):
        reader = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with reader:
        try:
            with storage.claim("release"):
                assert reader.poll() is None
        finally:
            reader.kill()


def test_a_lock_file_cannot_drive_a_terminal(storage: Storage) -> None:
    with storage.claim("release"):
        directory = storage.path.with_name(f"{storage.path.name}.claims")
        (path,) = directory.iterdir()
        path.write_text('{"pid": 1, "host": "\\u001b[2J", "since": "x"}')
        assert storage.holder("release") == "process 1 on \\x1b[2J since x"
        path.write_bytes(b"\xff" * 40)
        assert storage.holder("release") == "another process"
        with pytest.raises(ThreadHeldError, match="another process"), storage.claim("another"):
            pytest.fail("whose it is cannot be read, so it may be that of any thread")


def test_a_thread_that_has_changed_since_it_was_seen_is_not_deleted(storage: Storage) -> None:
    begin(storage, "release", n=1)
    seen = storage.thread("release")
    storage.commit(Commit("release", 0, status=Status.WAITING))
    with pytest.raises(ConflictError, match="has just changed, so it is kept"):
        storage.delete("release", seen)
    storage.delete("release", storage.thread("release"))
    assert storage.thread("release") is None
