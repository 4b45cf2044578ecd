"""JSON Schema: check a value, get every problem with its place. Fetches nothing, ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from graphcli.dataclass import dataclass
from graphcli.errors import GraphcliError
from graphcli.schema.work import too_much


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: where (keys and indexes), which keyword, and a sentence."""

    path: tuple[str | int, ...]
    keyword: str
    message: str


class BadSchemaError(GraphcliError):
    """The schema itself cannot be used."""

    code = "bad_schema"
    exit_code = 3


def problems(schema: Mapping[str, Any], value: Any, *, stranger: bool = True) -> list[Problem]:
    """Return each rule of `schema` that `value` breaks; none when it fits.

    Regular expressions run in linear time, and a `$ref` to anywhere outside is refused. The
    schema of a `stranger` is not tried if it would take long.

    Raises:
        BadSchemaError: the schema is not valid JSON Schema, refers to something outside, or
            takes too long.
    """
    if stranger and (why := too_much(schema, value)):
        raise BadSchemaError(f"the schema cannot be used: {why}")
    # Deferred: 28 ms, and only an answer or a YAML graph needs it.
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for(
            dict(schema),
            retriever=_refuse,
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
        found = list(validator.iter_errors(value))
    except jsonschema_rs.ReferencingError as error:
        raise BadSchemaError(f"the schema refers to something outside: {error}") from None
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise BadSchemaError(f"the schema is not valid: {error}") from None
    return [Problem(tuple(e.instance_path), _keyword(e), e.message) for e in found]


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"`{uri}` is not fetched")


def _keyword(error: Any) -> str:
    return next((str(part) for part in reversed(error.schema_path) if isinstance(part, str)), "")
