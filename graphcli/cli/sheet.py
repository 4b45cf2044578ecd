"""Answers given ahead: which question each is for, and what it says. Each serves once."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from graphcli import prompts
from graphcli.cli.clashes import settle_clashes
from graphcli.cli.given import INPUTS, Given, name_in, read_given, tail_of
from graphcli.dataclass import dataclass, field
from graphcli.deferred import later
from graphcli.engine.resuming.question import Kind, Question
from graphcli.engine.values.model import UNSET, Secret
from graphcli.errors import (
    GraphcliError,
    InvalidAnswerError,
    NotFoundError,
    UsageError,
    did_you_mean,
)
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli.loaders.yaml import writing
else:
    writing = later("graphcli.loaders.yaml.writing")


@dataclass(slots=True)
class Sheet:
    """Everything that was given ahead, in the order of its precedence.

    `asked` has the questions of the thread by the path of their node, in the order of asking:
    `NODE#2` is for the second of them. With `strict` every question needs an answer, and every
    answer a question.
    """

    given: list[Given]
    as_text: bool = False
    strict: bool = False
    asked: dict[str, list[str]] = field(default_factory=dict)

    def find_nodes(
        self, paths: Sequence[str], asking: Collection[str] = (), open_: Collection[str] = ()
    ) -> None:
        """Find out which node each answer is for, before anything starts.

        A name is the path of a node, or the end of it. `asking` are the paths of those that ask
        or have asked: they are meant first. `open_` are the ids of what takes an answer now.

        Raises:
            NotFoundError: the graph has no such node; naming the near miss.
            UsageError: several nodes are called that, or two answers are for the same.
        """
        for given in self.given:
            if given.key and given.key != INPUTS:
                _find_node(given, paths, asking)
        settle_clashes(self.given, {path: _next(ids, open_) for path, ids in self.asked.items()})

    def inputs(self) -> Given | None:
        """Return what a file of answers says of the graph's input."""
        return next((given for given in self.given if given.key == INPUTS), None)

    def note(self, questions: Sequence[Question]) -> None:
        """Count the questions that are open now among those that their nodes have asked."""
        for question in questions:
            ids = self.asked.setdefault(question.path, [])
            if question.id not in ids:
                ids.append(question.id)

    def time_of(self, question: Question) -> int:
        """Return the how manieth question of its node this is in the thread, from 1."""
        return self.asked[question.path].index(question.id) + 1

    def answer(self, question: Question) -> tuple[Any, str] | None:
        """Return the checked answer to `question` and how it was given, or None.

        Raises:
            InvalidAnswerError: what was given does not fit the question.
        """
        fitting = [given for given in self.given if self._fits(given, question)]
        # `review#2` is more to the point than `review`, whichever was given first.
        fitting.sort(key=lambda given: given.time is None)
        whole = next((given for given in fitting if given.field is None), None)
        fields = {given.field: given for given in reversed(fitting) if given.field is not None}
        if not fields:
            return None if whole is None else (self._whole(question, whole), whole.how)
        how = next(iter(fields.values())).how
        return self._form(question, fields.values(), whole), how

    def refuse_vague(self, questions: Sequence[Question]) -> None:
        """Refuse answers to a node that has asked more questions at once than they can answer.

        Raises:
            InvalidAnswerError: with the list of them.
        """
        for path in dict.fromkeys(question.path for question in questions):
            asked = [question for question in questions if question.path == path]
            meant = [given for given in self.given if not given.used and given.path == path]
            answers = len([given for given in meant if given.field is None]) or 1
            vague = next((given for given in meant if given.time is None), None)
            if vague is not None and answers < len(asked):
                raise refuse_many(asked, vague.source, f"{path}#1=VALUE for the first of them")

    def refuse_others(self, chosen: Sequence[Question]) -> None:
        """Refuse answers of which none is for the question that was named.

        Raises:
            UsageError: they are all for other nodes, or other times of the node.
        """
        given = [one for one in self.given if not one.used and one.key != INPUTS]
        if given and not any(self._fits(one, question) for one in given for question in chosen):
            names = ", ".join(sorted({self._name(question) for question in chosen}))
            raise UsageError(
                f"{given[0].source} is not for the question that was named",
                f"--question and --if-match name one of {names}",
            )

    def require_all(self, questions: Sequence[Question], answered: Collection[str]) -> None:
        """Refuse to go on without an answer to each question, if this is strict.

        `answered` are the ids of those that have one.

        Raises:
            InvalidAnswerError: naming what is missing, and what was given for something else.
        """
        missing = [question for question in questions if question.id not in answered]
        if not self.strict or not missing:
            return
        lines = [f"  {self._name(q)}: {safe_line(q.message, 200)}" for q in missing]
        lines += [f"  not used so far: {given.source}" for given in self.unused()]
        wanted = writing.write({self._name(q): prompts.example(q) for q in missing})
        raise InvalidAnswerError(
            "--strict: nothing answers\n" + "\n".join(lines),
            "\n  ".join(["add to the answers, for example", *wanted.splitlines()]),
        )

    def require_used(self) -> None:
        """Refuse answers that nothing asked for, if this is strict.

        Raises:
            InvalidAnswerError: naming them.
        """
        if self.strict and (unused := self.unused()):
            raise InvalidAnswerError(
                "--strict: the graph has come to its end, and this was not used:\n"
                + "\n".join(f"  {given.left()}" for given in unused),
                "take them out, or see why they are not asked for any more",
            )

    def unused(self) -> list[Given]:
        """Return what was given and has answered nothing."""
        return [given for given in self.given if not given.used]

    def may_mean(self, path: str, time: int) -> bool:
        """Return whether an answer may be for what the node at `path` asked the `time`-th time."""
        said = (one.said_of(path) for one in self.given)
        return any(tail is not None and tail[0] in (None, time) for tail in said)

    @property
    def spoken(self) -> list[tuple[str, str]]:
        """What stood on the command line itself: the flag, and its text."""
        return [(given.source, given.text) for given in self.given if given.how == "flag"]

    @property
    def loose(self) -> bool:
        """Whether there is an answer left that names no node."""
        return any(not given.key and not given.used for given in self.given)

    def _name(self, question: Question) -> str:
        time = self.time_of(question)
        return f"{question.path}#{time}" if time > 1 else question.path

    def _fits(self, given: Given, question: Question) -> bool:
        if given.used or given.instead or given.key == INPUTS:
            return False
        if not given.key:
            return True
        tail = tail_of(given.key, question.path) if given.path is None else None
        if tail is not None:
            given.take(question.path, tail)
        if given.path != question.path:
            return False
        return given.time is None or given.time == self.time_of(question)

    def _whole(self, question: Question, given: Given) -> Any:
        given.used = True
        if question.field.kind is Kind.SECRET and given.how == "file" and given.data is UNSET:
            # What came through stdin has no place to be fetched from again: it stays in memory.
            return Secret(f"file:{given.file}") if given.file else prompts.keep(given.text)
        if given.data is not UNSET:
            return prompts.fit_data(question, given.data)
        return prompts.fit(question, given.text, as_text=self.as_text)

    def _form(self, question: Question, fields: Collection[Given], whole: Given | None) -> Any:
        """A form from its fields; where a file has the whole of it, the fields take precedence."""
        values = {}
        for given in fields:
            given.used = True
            name = str(given.field)
            values[name] = (
                prompts.fit_field(question, name, given.text, as_text=self.as_text)
                if given.data is UNSET
                else prompts.field_data(question, name, given.data)
            )
        if whole is None or whole.data is UNSET:
            return prompts.check_named(question, values)
        whole.used = True
        return prompts.fit_data(question, whole.data, values)


def read_sheet(
    *,
    value: str | None,
    value_file: str | None,
    answers: Sequence[str],
    answers_file: str | None,
    as_text: bool,
    strict: bool,
    stdin: TextIO,
) -> Sheet:
    """Return the answers that the flags give.

    Raises:
        UsageError: a flag is not understood, or a file cannot be read.
    """
    given = read_given(
        value=value,
        value_file=value_file,
        answers=answers,
        answers_file=answers_file,
        stdin=stdin,
    )
    sheet = Sheet(list(given), as_text, strict)
    if strict and answers_file is None and not sheet.given:
        raise UsageError("--strict says nothing alone", "add --answers FILE")
    return sheet


def _next(asked: Sequence[str], open_: Collection[str]) -> int:
    """The how manieth question of a node is answered next, from 1."""
    return next((n for n, id_ in enumerate(asked, 1) if id_ in open_), len(asked) + 1)


def _find_node(given: Given, paths: Sequence[str], asking: Collection[str]) -> None:
    """Give the answer the path of the node it is for: the longest name that its key begins with.

    So a node whose name has a dot or a number sign in it can be answered, too.
    """
    known = {path: name for path in (*paths, *asking) if (name := name_in(given.key, path))}
    longest = max(map(len, known.values()), default=0)
    found = [path for path, name in known.items() if len(name) == longest]
    for better in (known.keys() & set(asking), {path for path in known if known[path] == path}):
        found = [path for path in found if path in better] or found
    if len(found) > 1:
        several = " or ".join(f"`{path}`" for path in sorted(found))
        raise UsageError(f"{given.source} may be for {several}", "name one of them whole")
    if found:
        given.take(found[0], tail_of(given.key, known[found[0]]) or (None, None))
    elif not any(given.key.startswith(f"{path}/") for path in paths if _calls_others(path, paths)):
        raise _unknown(given, paths)


def _unknown(given: Given, paths: Sequence[str]) -> GraphcliError:
    name = re.split(r"[.#]", given.key)[0] or given.key
    if name in paths:
        return UsageError(
            f"{given.source} is not understood",
            f"write NODE=VALUE, {name}#2 for the second time it asks, {name}.FIELD for one field",
        )
    shown = safe_line(name, 140)
    return NotFoundError(
        f"{given.source} is for node `{shown}`, which the graph does not have"
        + did_you_mean(name, paths),
        f"its nodes are {', '.join(paths)}",
    )


def _calls_others(path: str, paths: Sequence[str]) -> bool:
    """Whether the node may be a function that calls graphs: nobody knows yet what is in those."""
    return not any(other.startswith(f"{path}/") for other in paths)


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
