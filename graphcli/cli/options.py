"""The flags that commands share, each written once. Only Typer's way imports this."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

StorageFlag = Annotated[
    str | None,
    typer.Option(
        "--storage",
        metavar="PATH",
        help="Where threads are kept (default: GRAPHCLI_STORAGE, else the user's data directory).",
    ),
]
OutputFlag = Annotated[
    Literal["human", "json", "jsonl"],
    typer.Option("--output", "-o", help="human, json (one document) or jsonl (events)."),
]
QuietFlag = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing but errors and questions.")
]
NoInputFlag = Annotated[
    bool, typer.Option("--no-input", help="Never ask: stop at a question with exit code 8.")
]
ThreadArgument = Annotated[
    str, typer.Argument(metavar="THREAD", help="An id, the beginning of one, or @latest.")
]
GraphArgument = Annotated[
    str,
    typer.Argument(
        metavar="GRAPH", help="A name, file.yaml, file.py[:attr] or package.module:attr."
    ),
]
ValueFlag = Annotated[
    str | None,
    typer.Option("--value", metavar="VALUE", help="The answer to the one open question."),
]
ValueFileFlag = Annotated[
    str | None,
    typer.Option("--value-file", metavar="FILE", help="Read the answer from FILE (- is stdin)."),
]
TextFlag = Annotated[bool, typer.Option("--text", help="Take the answer as text, never as JSON.")]
AnswerFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="NODE[.FIELD]=VALUE",
        help="An answer for one node; NODE#2 is the second time it asks. Repeatable.",
    ),
]
AnswersFlag = Annotated[
    str | None,
    typer.Option("--answers", metavar="FILE", help="Answers by node, as YAML or JSON."),
]
StrictFlag = Annotated[
    bool,
    typer.Option(
        "--strict", help="Ask nobody; a question or an answer that is left over is an error (5)."
    ),
]
RecordFlag = Annotated[
    str | None,
    typer.Option(
        "--record", metavar="FILE", help="Write each answer to FILE, which --answers takes."
    ),
]
NotifyFlag = Annotated[
    str | None,
    typer.Option(
        "--notify",
        metavar="COMMAND",
        help="Run COMMAND when the thread starts to wait, the JSON document on its stdin "
        "(default: GRAPHCLI_NOTIFY).",
    ),
]
TimeoutFlag = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", min=0.001, help="Stop after SECONDS (exit 124)."),
]
MaxStepsFlag = Annotated[
    int | None, typer.Option("--max-steps", metavar="N", min=1, help="Stop after N supersteps.")
]
DurabilityFlag = Annotated[
    Literal["sync", "async"],
    typer.Option("--durability", help="sync fsyncs every step, async only pauses and ends."),
]
