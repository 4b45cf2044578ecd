"""The engine's values as the contents of rows, and back.

Each value of a user is encoded on its own inside its record, so that an error names its place in
the state, not in our layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphcli.engine.values.checkpointer import ThreadInfo
from graphcli.engine.values.model import Answer, Asked, Failure, Result, Send, Status
from graphcli.storage.codec import Codec
from graphcli.storage.seals import check_thread, damaged, seal

#: A `threads` row without its crc.
ThreadRow = tuple[int, str, str, str, str, int, int, str, str, bytes, bytes | None]


def thread_row(codec: Codec, n: int, info: ThreadInfo) -> ThreadRow:
    """Return `info` as a row of `threads`."""
    return (
        n,
        info.id,
        info.uid,
        info.graph,
        info.status.value,
        info.seq,
        info.open,
        info.created_at,
        info.updated_at,
        thread_body(codec, info.reference, info.fingerprint),
        failure_body(codec, info.failure),
    )


def seal_thread(row: ThreadRow) -> int:
    """Return the checksum of a row of `threads`."""
    return seal(row[:9], row[9], row[10])


def read_thread(codec: Codec, row: tuple[Any, ...]) -> ThreadInfo:
    """Return a row of `threads`, its crc included, as the engine knows it."""
    where = check_thread(row)
    reference, fingerprint = read_thread_body(codec, row[9], where)
    return ThreadInfo(
        id=row[1],
        uid=row[2],
        graph=row[3],
        reference=reference,
        fingerprint=fingerprint,
        status=Status(row[4]),
        created_at=row[7],
        updated_at=row[8],
        seq=row[5],
        open=row[6],
        failure=read_failure(codec, row[10], where),
    )


def thread_body(codec: Codec, reference: str, fingerprint: Mapping[str, str]) -> bytes:
    """Return what a thread knows of its graph: what loads it again, and its fingerprint."""
    return codec.encode([reference, dict(fingerprint)], "thread")


def read_thread_body(codec: Codec, body: bytes, where: str) -> tuple[str, dict[str, str]]:
    """Return the reference and the fingerprint in `body`."""
    reference, fingerprint = codec.decode(body, where)
    return reference, fingerprint


def failure_body(codec: Codec, failure: Failure | None) -> bytes | None:
    """Return a failure as bytes, None for none."""
    if failure is None:
        return None
    parts = [failure.type, failure.message, failure.trace, failure.code]
    return codec.encode(parts, "failure")


def read_failure(codec: Codec, body: bytes | None, where: str) -> Failure | None:
    """Return the failure in `body`, if any."""
    return None if body is None else Failure(*codec.decode(body, where))


def result_parts(codec: Codec, result: Result, rows: Mapping[bytes, int]) -> list[Any]:
    """Return how a task ended. Its question is a row of its own; here is only the id.

    So it is with what it wrote where one of the `rows` of values says the same.
    """
    writes = [(name, codec.encode(value, name)) for name, value in result.writes]
    return [
        result.task,
        result.node,
        result.outcome,
        [[name, rows.get(body, body)] for name, body in writes],
        [_target(codec, target) for target in result.goto],
        result.asked.id if result.asked else None,
        failure_body(codec, result.failure),
        result.attempts,
    ]


def read_result(
    codec: Codec, parts: list[Any], asked: Mapping[str, Asked], row: Callable[[int], Any]
) -> Result:
    """Return the result in `parts`; `asked` has the questions of its checkpoint by id.

    `row` reads a row of values.
    """
    task, node, outcome, writes, goto, question, failure, attempts = parts
    where = f"the result of task {task}"
    if question is not None and question not in asked:
        raise damaged(f"question {question}")
    return Result(
        task,
        node,
        outcome,
        tuple(
            (name, row(at) if isinstance(at, int) else codec.decode(at, where))
            for name, at in writes
        ),
        tuple(t if isinstance(t, str) else codec.decode(t, where) for t in goto),
        None if question is None else asked[question],
        read_failure(codec, failure, where),
        attempts,
    )


def _target(codec: Codec, target: str | Send) -> str | bytes:
    if isinstance(target, str):
        return target
    return codec.encode(target, f"Send to {target.node}")


def question_body(codec: Codec, asked: Asked) -> bytes:
    """Return what a question says."""
    record = [
        asked.node,
        codec.encode(asked.payload, "payload"),
        codec.encode(asked.schema, "schema"),
        asked.match,
        asked.asked_at,
    ]
    return codec.encode(record, "question")


def read_question(codec: Codec, key: tuple[Any, ...], body: bytes, where: str) -> Asked:
    """Return the question with `key` (id, ns, seq, task, position, status, digest)."""
    node, payload, schema, match, asked_at = codec.decode(body, where)
    id_, ns, _, task, index, _, digest = key
    told, rules = codec.decode(payload, where), codec.decode(schema, where)
    return Asked(id_, task, node, index, told, rules, digest, match, asked_at, ns)


def answer_body(codec: Codec, answer: Answer, node: str) -> bytes:
    """Return an answer to a question of `node`: who gave it, how, when and what."""
    value = codec.encode(answer.value, "answer")
    return codec.encode([node, answer.digest, value, answer.by, answer.how, answer.at], "answer")


def read_answer(codec: Codec, question: str, body: bytes, where: str) -> tuple[str, Answer]:
    """Return an answer to `question` and the node that asked."""
    node, digest, value, by, how, at = codec.decode(body, where)
    return node, Answer(question, digest, codec.decode(value, where), by, how, at)
