"""Write completions/: `python -m tests.completions`."""

from tests.completions.scripts import FOLDER, scripts

for name, text in scripts().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
