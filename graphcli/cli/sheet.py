"""Answers given ahead: `--value`, `--value-file`, `--answer`, `--answers`. Each serves once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from graphcli import prompts
from graphcli.engine.model import UNSET, Secret
from graphcli.engine.question import Kind, Question
from graphcli.errors import (
    InvalidAnswerError,
    InvalidGraphError,
    NotFoundError,
    UsageError,
    did_you_mean,
)
from graphcli.loaders.yaml.positions import read
from graphcli.text import safe_line

_SPEC = re.compile(
    r"(?P<node>[^.#=]+)(#(?P<time>[1-9][0-9]*))?(\.(?P<field>[^=]+))?=(?P<text>.*)", re.DOTALL
)


@dataclass(slots=True)
class Given:
    """One answer given ahead. `node` None fits whatever is asked; `time` counts from 1.

    `node` is a path once `Sheet.find_nodes` has run.
    `text` is read as the question's kind says; `data` is a value that needs no reading.
    """

    source: str
    how: str
    node: str | None = None
    time: int | None = None
    field: str | None = None
    text: str = ""
    data: Any = UNSET
    path: str = ""
    used: bool = False


@dataclass(slots=True)
class Sheet:
    """Everything that was given ahead, in the order of its precedence."""

    given: list[Given]
    as_text: bool = False
    asked: dict[str, list[str]] = field(default_factory=dict)

    def find_nodes(self, paths: Sequence[str], asking: Collection[str] = ()) -> None:
        """Find out which node each answer is for, before anything starts.

        A name is the path of a node, or the end of it. `asking` are the paths of those that ask
        or have asked: they are meant first.

        Raises:
            NotFoundError: the graph has no such node; naming the near miss.
            UsageError: several nodes are called that.
        """
        for given in self.given:
            if given.node is not None:
                given.node = _path_meant(given.source, given.node, paths, asking)

    def answer(self, question: Question) -> tuple[Any, str] | None:
        """Return the checked answer to `question` and how it was given, or None.

        Raises:
            InvalidAnswerError: what was given does not fit the question.
        """
        times = self.asked.setdefault(question.path, [])
        if question.id not in times:
            times.append(question.id)
        fitting = [g for g in self.given if not g.used and _fits(g, question, times)]
        fields = [g for g in fitting if g.field is not None]
        if fields:
            return self._form(question, fields), fields[0].how
        if not fitting:
            return None
        fitting[0].used = True
        return self._whole(question, fitting[0]), fitting[0].how

    def refuse_vague(self, questions: Sequence[Question]) -> None:
        """Refuse answers to a node that has asked more questions at once than they can answer.

        Raises:
            InvalidAnswerError: with the list of them.
        """
        for path in dict.fromkeys(question.path for question in questions):
            asked = [question for question in questions if question.path == path]
            meant = [given for given in self.given if not given.used and given.node == path]
            answers = len([given for given in meant if given.field is None]) or 1
            vague = next((given for given in meant if given.time is None), None)
            if vague is not None and answers < len(asked):
                raise refuse_many(asked, vague.source, f"{path}#1=VALUE for the first of them")

    def refuse_others(self, chosen: Sequence[Question]) -> None:
        """Refuse answers of which none is for the question that was named.

        Raises:
            UsageError: they are all for other nodes.
        """
        paths = {question.path for question in chosen}
        given = [one for one in self.given if not one.used]
        if given and all(one.node is not None and one.node not in paths for one in given):
            raise UsageError(
                f"{given[0].source} is not for the question that was named",
                f"--question and --if-match name one of {', '.join(sorted(paths))}",
            )

    def unused(self) -> list[str]:
        """Return what was given and never asked for."""
        return [given.source for given in self.given if not given.used]

    @property
    def spoken(self) -> list[tuple[str, str]]:
        """What stood on the command line itself: the flag, and its text."""
        return [(given.source, given.text) for given in self.given if given.how == "flag"]

    @property
    def loose(self) -> bool:
        """Whether there is an answer left that names no node."""
        return any(given.node is None and not given.used for given in self.given)

    def _whole(self, question: Question, given: Given) -> Any:
        if question.field.kind is Kind.SECRET and given.how == "file" and given.data is UNSET:
            # What came through stdin has no place to be fetched from again: it stays in memory.
            return Secret(f"file:{given.path}") if given.path else prompts.keep(given.text)
        if given.data is not UNSET:
            return prompts.check(question, given.data)
        return prompts.fit(question, given.text, as_text=self.as_text)

    def _form(self, question: Question, fields: Iterable[Given]) -> Any:
        values: dict[str, Any] = {}
        for given in fields:
            given.used = True
            name = str(given.field)
            values[name] = prompts.fit_field(question, name, given.text, as_text=self.as_text)
        return prompts.check_named(question, values)


def read_sheet(
    *,
    value: str | None,
    value_file: str | None,
    answers: Sequence[str],
    answers_file: str | None,
    as_text: bool,
    stdin: TextIO,
) -> Sheet:
    """Return the answers that the flags give.

    Raises:
        UsageError: a flag is not understood, or a file cannot be read.
    """
    given = [_spec(text) for text in answers]
    if value is not None:
        given.append(Given("--value", "flag", text=value))
    if value_file is not None:
        given.append(_from_file(value_file, stdin))
    if answers_file is not None:
        given += _from_answers(answers_file)
    return Sheet(given, as_text)


def _path_meant(source: str, node: str, paths: Sequence[str], asking: Collection[str]) -> str:
    for known in (asking, paths):
        found = {p for p in known if p == node} or {p for p in known if p.endswith(f"/{node}")}
        if len(found) > 1:
            several = " or ".join(f"`{path}`" for path in sorted(found))
            raise UsageError(f"{source} may be for {several}", "name one of them whole")
        if found:
            return found.pop()
    if any(node.startswith(f"{path}/") for path in paths if _calls_others(path, paths)):
        return node
    raise NotFoundError(
        f"{source} is for node `{node}`, which the graph does not have" + did_you_mean(node, paths),
        f"its nodes are {', '.join(paths)}",
    )


def _calls_others(path: str, paths: Sequence[str]) -> bool:
    """Whether the node may be a function that calls graphs: nobody knows yet what is in those."""
    return not any(other.startswith(f"{path}/") for other in paths)


def _fits(given: Given, question: Question, times: list[str]) -> bool:
    if given.node is None:
        return True
    if given.node != question.path:
        return False
    return given.time is None or given.time == times.index(question.id) + 1


def _spec(text: str) -> Given:
    match = _SPEC.fullmatch(text)
    if match is None:
        raise UsageError(
            f"--answer `{text}` is not understood",
            "write NODE=VALUE, NODE.FIELD=VALUE, or NODE#2=VALUE for the second time it asks",
        )
    time = int(match["time"]) if match["time"] else None
    source = f"--answer {text.partition('=')[0]}"
    return Given(source, "flag", match["node"], time, match["field"], match["text"])


def _from_file(name: str, stdin: TextIO) -> Given:
    if name == "-":
        return Given("--value-file -", "file", text=stdin.read().removesuffix("\n"))
    text = _read(name, "--value-file").removesuffix("\n")
    # What is no file, as `<(pass show token)`, cannot be read again either.
    path = str(Path(name).resolve()) if Path(name).is_file() else ""
    return Given(f"--value-file {name}", "file", text=text, path=path)


def _from_answers(name: str) -> list[Given]:
    try:
        document = read(_read(name, "--answers"), name).data
    except InvalidGraphError as error:
        raise UsageError(
            f"--answers {name} cannot be read:\n" + "\n".join(error.problems)
        ) from None
    if not isinstance(document, dict):
        raise UsageError(
            f"--answers {name} must map nodes to answers", "for example `approve: yes`"
        )
    return [_entry(name, key, value) for key, value in document.items()]


def _entry(file: str, key: str, value: Any) -> Given:
    node, _, time = key.partition("#")
    if time and not time.isdigit():
        raise UsageError(f"--answers {file}: `{key}` is not understood", "write NODE or NODE#2")
    return Given(f"--answers {file}: {key}", "file", node, int(time) if time else None, data=value)


def _read(name: str, flag: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{flag} {name}: {why}") from None


def refuse_many(
    questions: Sequence[Question], source: str = "one --value", instead: str = "NODE=VALUE"
) -> InvalidAnswerError:
    """Return the refusal of one answer where several questions are open."""
    # One line each: a message of several could look like another question.
    listed = "\n".join(f"  {q.id}  {safe_line(f'{q.path}: {q.message}', 200)}" for q in questions)
    return InvalidAnswerError(
        f"{len(questions)} questions are open, and {source} cannot answer them all:\n{listed}",
        f"say which: --question ID, or --answer {instead}",
    )
