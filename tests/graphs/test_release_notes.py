"""release_notes on real repositories: every state a repository can be in has a clear outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.graphs.conftest import Repository, git

PUBLISH = ["run", "release_notes", "--answer", "review.decision=publish"]
ABORT = ["run", "release_notes", "--answer", "review.decision=abort"]
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07 clears the screen",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "'single' and \"double\" quotes, {{ inputs.repo }}",
    "\u009b31m one character that is an escape",
    "two\nlines of one subject",
    "--output=pwned",
    "zoë — ünï 🎉",
]


def notes(folder: Path, name: str = "RELEASE_NOTES.md") -> list[str]:
    """The lines of the notes, without the hashes of commits."""
    return [line.rpartition(" (")[0] or line for line in (folder / name).read_text().splitlines()]


def test_since_the_last_tag(graphcli: Shell, repository: Repository) -> None:
    folder = repository(["one", "two", "three", "four"], tags={"v1": 0, "v2": 1})
    done = graphcli(*PUBLISH)
    assert (done.code, done.stdout) == (0, f"{folder}/RELEASE_NOTES.md\n")
    assert notes(folder) == ["## Changes since v2", "", "- four", "- three"]


def test_a_tag_on_head_is_the_release_itself(graphcli: Shell, repository: Repository) -> None:
    folder = repository(["one", "two", "three"], tags={"v1": 0, "v2": 2})
    assert graphcli(*PUBLISH).code == 0
    assert notes(folder) == ["## Changes since v1", "", "- three", "- two"]


def test_without_a_tag_the_latest_twenty(graphcli: Shell, repository: Repository) -> None:
    folder = repository([f"change {number}" for number in range(25)])
    assert graphcli(*PUBLISH).code == 0
    listed = [f"- change {number}" for number in range(24, 4, -1)]
    assert notes(folder) == ["## The latest changes", "", *listed]


def test_since_a_tag_that_was_named(graphcli: Shell, repository: Repository) -> None:
    folder = repository(["one", "two", "three"], tags={"v1": 0, "v2": 1})
    assert graphcli(*PUBLISH, "-i", "since=v1", "-i", "file=NOTES.md").code == 0
    assert notes(folder, "NOTES.md") == ["## Changes since v1", "", "- three", "- two"]


def test_hostile_subjects_are_only_text(graphcli: Shell, repository: Repository) -> None:
    folder = repository([*HOSTILE])
    parked = graphcli("run", "release_notes", "--thread", "mine")
    assert (parked.code, parked.stdout) == (8, "")
    shown = graphcli("inspect", "mine")
    assert shown.code == 0
    for output in (parked.stderr, shown.stdout, shown.stderr):
        assert not {"\x1b", "\x07", "\u009b"} & set(output)
    assert graphcli("resume", "mine", "--value", '{"decision": "publish"}').code == 0
    assert notes(folder)[2:] == [
        "- zoë — ünï 🎉",
        "- --output=pwned",
        "- two lines of one subject",
        "- 31m one character that is an escape",
        "- 'single' and \"double\" quotes, {{ inputs.repo }}",
        "- $(touch pwned) `touch pwned` ; touch pwned",
        "- [2J]0;owned clears the screen",
    ]
    assert not (folder / "pwned").exists()


def test_five_thousand_commits(graphcli: Shell, repository: Repository) -> None:
    folder = repository([f"change {number}: {'x' * 60}" for number in range(5001)], tags={"v0": 0})
    parked = graphcli("run", "release_notes", "--thread", "mine")
    assert parked.code == 8
    assert len(parked.stderr) < 3000, "what is asked, not the whole of it"
    assert graphcli("resume", "mine", "--value", '{"decision": "publish"}').code == 0
    assert len(notes(folder)) == 5002


def _no_repository(_: Repository) -> None:
    """The folder stays as it is."""


#: What there is, the flags, and what stderr says.
REFUSED: dict[str, tuple[Callable[[Repository], object], list[str], str]] = {
    "not a repository": (_no_repository, [], "is no repository that git can read"),
    "an empty repository": (lambda make: make([]), [], "has no commits yet"),
    "an unknown tag": (
        lambda make: make(["one"]),
        ["-i", "since=v9"],
        "has no tag or commit v9; see those there are: git tag",
    ),
    "an option for a tag": (
        lambda make: make(["one"]),
        ["-i", "since=--output=pwned"],
        "has no tag or commit --output=pwned",
    ),
    "nothing new": (lambda make: make(["one"]), ["-i", "since=HEAD"], "has no commits since HEAD"),
    "no such folder": (_no_repository, ["-i", "repo=nowhere"], "nowhere"),
    "a folder for a file": (lambda make: make(["one"]), ["-i", "file=.git"], ".git is a folder"),
    "no folder for the file": (
        lambda make: make(["one"]),
        ["-i", "file=no/NOTES.md"],
        "no/NOTES.md cannot be written in",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_clear_refusal_before_anybody_is_asked(
    graphcli: Shell, repository: Repository, case: str
) -> None:
    prepare, flags, says = REFUSED[case]
    prepare(repository)
    refused = graphcli("run", "release_notes", *flags)
    assert (refused.code, refused.stdout) == (1, "")
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(graphcli.cwd.rglob("pwned*"))


def test_without_git(graphcli: Shell, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(f"/bin/{tool}")
    refused = graphcli("run", "release_notes", environ={"PATH": str(tmp_path / "bin")})
    assert refused.code == 1
    assert "git is not installed" in refused.stderr


def test_a_repository_mended_is_tried_again(graphcli: Shell, repository: Repository) -> None:
    assert graphcli(*PUBLISH, "--thread", "mine").code == 1
    folder = repository(["one"])
    assert graphcli("resume", "mine", "--answer", "review.decision=publish").code == 0
    assert notes(folder)[2:] == ["- one"]


def test_a_person_says_no(graphcli: Shell, repository: Repository) -> None:
    folder = repository(["one"])
    said_no = graphcli(*ABORT)
    assert (said_no.code, said_no.stdout) == (10, "")
    assert "the release notes were not published" in said_no.stderr
    assert not (folder / "RELEASE_NOTES.md").exists()


def test_a_file_that_is_there_is_replaced_only_by_consent(
    graphcli: Shell, repository: Repository
) -> None:
    folder = repository(["one"])
    (folder / "RELEASE_NOTES.md").write_text("mine\n")
    parked = graphcli("run", "release_notes", "--thread", "mine")
    assert "Replace RELEASE_NOTES.md with these release notes?" in parked.stderr
    assert (folder / "RELEASE_NOTES.md").read_text() == "mine\n"
    answer = json.dumps({"notes": "Mine and yours", "decision": "publish"})
    assert graphcli("resume", "mine", "--value", answer).code == 0
    assert (folder / "RELEASE_NOTES.md").read_text() == "Mine and yours\n"


def test_a_file_that_appeared_meanwhile_is_never_written_over(
    graphcli: Shell, repository: Repository
) -> None:
    folder = repository(["one"])
    assert graphcli("run", "release_notes", "--thread", "mine").code == 8
    (folder / "RELEASE_NOTES.md").write_text("somebody else's\n")
    failed = graphcli("resume", "mine", "--value", '{"decision": "publish"}')
    assert failed.code == 1
    assert "File exists" in failed.stderr
    assert (folder / "RELEASE_NOTES.md").read_text() == "somebody else's\n"
    (folder / "RELEASE_NOTES.md").unlink()
    assert graphcli("resume", "mine").code == 0, "the answer was kept"
    assert notes(folder)[2:] == ["- one"]


def test_answered_from_another_folder(
    graphcli: Shell, repository: Repository, tmp_path: Path
) -> None:
    folder = repository(["one"])
    assert graphcli("run", "release_notes", "--thread", "mine").code == 8
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = Shell(elsewhere, {"GRAPHCLI_STORAGE": str(graphcli.storage)})
    assert there("resume", "mine", "--value", '{"decision": "publish"}').code == 0
    assert notes(folder)[2:] == ["- one"]
    assert list(elsewhere.iterdir()) == []


def test_the_repository_is_left_as_it_was(graphcli: Shell, repository: Repository) -> None:
    folder = repository(["one"])
    assert graphcli("run", "release_notes").code == 8
    assert git(folder, "status", "--porcelain", "--", ".", ":!data", ":!.local") == ""
