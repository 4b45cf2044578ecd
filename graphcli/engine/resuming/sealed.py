"""Secrets that a node passes on unread, and the one place where it reads them."""

from __future__ import annotations

from typing import Any, Final

from graphcli.engine.running.interrupt import interrupt, required_scope
from graphcli.engine.values.model import Secret

#: The schema of a question for a secret.
SECRET: Final = {"type": "string", "writeOnly": True}


def ask_sealed(payload: Any, schema: Any) -> Any:
    """Ask a person as `interrupt` does, and leave the secrets in the answer as references.

    Raises:
        RuntimeError: called outside of a node.
    """
    return required_scope("ask_sealed").ask(payload, schema, "question", sealed=True)


def unseal(secret: Secret, payload: Any) -> str:
    """Return the text of a secret; one that was typed in another process is asked for again.

    `payload` is that question. To be called before the node does anything that must not be done
    twice: it stops here, and runs again from its start.

    Raises:
        UnsecretableError: the variable or the file is not there.
    """
    text = required_scope("unseal").reveal(secret)
    return str(interrupt(payload, response_schema=SECRET)) if text is None else text
