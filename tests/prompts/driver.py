"""Ask questions, each given as JSON (payload and schema), and print the answers: at a terminal."""

import json
import sys
from typing import Any

from graphcli.engine.values.model import Asked, Secret
from graphcli.errors import Parked
from graphcli.prompts import ask, interactive, recognise, resolve


def shown(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secret": resolve(value.reference), "scheme": value.reference.split(":")[0]}
    return {k: shown(v) for k, v in value.items()} if isinstance(value, dict) else value


def main() -> int:
    if not interactive():
        sys.stderr.write("nobody to ask\n")
        return 8
    return [put(*json.loads(given)) for given in sys.argv[1:]][-1]


def put(payload: Any, schema: Any) -> int:
    question = recognise(Asked("id", "task", "node", 0, payload, schema, "digest"))
    try:
        sys.stdout.write(f"answer {json.dumps(shown(ask(question)))}\n")
    except Parked as parked:
        sys.stderr.write(f"parked: {parked.message}\n")
        return parked.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
