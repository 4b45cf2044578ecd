"""Commands: what they get, what is kept of them, and that nothing of them is left running."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from graphcli.loaders.yaml.process import MAX_KEPT, run_command


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie that nobody of ours can reap counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(pid: int) -> None:
    # A signal is delivered at once; that its process is seen to be gone takes a moment.
    while not gone(pid):
        os.sched_yield()


def test_streams_status_and_folder(tmp_path: Path) -> None:
    ended = run_command("pwd; echo err >&2; exit 4", {}, tmp_path, None)
    assert (Path(ended.stdout.strip()), ended.stderr) == (tmp_path.resolve(), "err\n")
    assert (ended.exit_code, ended.timed_out) == (4, False)


def test_a_command_cannot_read_what_was_typed_for_graphcli(tmp_path: Path) -> None:
    kept, (reader, writer) = os.dup(0), os.pipe()
    os.write(writer, b"typed\n")
    os.close(writer)
    os.dup2(reader, 0)
    try:
        assert run_command("cat; echo end", {}, tmp_path, None).stdout == "end\n"
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reader)


def test_an_error_stops_the_script(tmp_path: Path) -> None:
    ended = run_command("false; echo never", {}, tmp_path, None)
    assert (ended.stdout, ended.exit_code) == ("", 1)


def test_a_variable_is_never_read_as_code(tmp_path: Path) -> None:
    evil = "\"; touch pwned; $(touch pwned) `touch pwned` '\n"
    assert run_command('printf %s "$V"', {"V": evil}, tmp_path, None).stdout == evil
    assert not (tmp_path / "pwned").exists()


def test_more_than_is_kept_is_counted(tmp_path: Path) -> None:
    ended = run_command(f"head -c {MAX_KEPT + 123} /dev/zero | tr '\\0' x", {}, tmp_path, None)
    assert ended.exit_code == 0
    assert ended.stdout == "x" * MAX_KEPT + "\n… 123 bytes more"


def test_both_streams_are_read_together(tmp_path: Path) -> None:
    script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"
    ended = run_command(script, {}, tmp_path, None)
    assert (len(ended.stdout), len(ended.stderr)) == (300000, 300000)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert run_command("printf '\\377a'", {}, tmp_path, None).stdout == "\ufffda"


def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > child; echo begun; wait"
    ended = run_command(script, {}, tmp_path, 0.2)
    assert ended.timed_out
    assert ended.stdout == "begun\n"
    wait_until_gone(int((tmp_path / "child").read_text()))


def test_one_that_ignores_the_polite_signal_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphcli.loaders.yaml.process._GRACE", 0.05)
    ended = run_command("trap '' TERM; echo $$; while :; do :; done", {}, tmp_path, 0.2)
    assert ended.timed_out
    assert ended.exit_code == -signal.SIGKILL


def test_what_a_command_leaves_behind_is_ended(tmp_path: Path) -> None:
    ended = run_command("sleep 600 & echo $!", {}, tmp_path, None)
    assert ended.exit_code == 0
    wait_until_gone(int(ended.stdout))


def test_a_closed_stream_is_no_end(tmp_path: Path) -> None:
    ended = run_command("exec >&- 2>&-; exit 3", {}, tmp_path, None)
    assert ended.exit_code == 3


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        run_command("true", {}, tmp_path / "gone", None)


#: Runs a command that sleeps, and is then interrupted like a person does.
PARENT = """
    import os, signal, sys, threading
    from pathlib import Path
    from graphcli.loaders.yaml.process import run_command

    folder = Path(sys.argv[1])
    os.mkfifo(folder / "ready")

    def work():
        run_command("echo $$ > pid; echo > ready; sleep 600", {}, folder, None)

    def interrupt():
        (folder / "ready").read_text()
        os.kill(os.getpid(), signal.SIGINT)

    if sys.argv[2] == "main":
        threading.Thread(target=interrupt, daemon=True).start()
        work()
    else:
        threading.Thread(target=work, daemon=True).start()
        (folder / "ready").read_text()
        raise KeyboardInterrupt
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_an_interrupted_run_leaves_no_command_behind(tmp_path: Path, where: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path), where]
    root = Path(__file__).parent.parent.parent
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert "KeyboardInterrupt" in ended.stderr
    wait_until_gone(int((tmp_path / "pid").read_text()))
