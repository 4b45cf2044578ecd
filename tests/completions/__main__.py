"""Write completions/ and graphcli/cli/table.py: `python -m tests.completions`."""

from tests.completions import table
from tests.completions.scripts import FOLDER, scripts

for name, text in scripts().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
table.FILE.write_text(table.table(), encoding="utf-8")
