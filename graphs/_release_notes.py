"""What `release_notes.yaml` does in Python: write the file, and over nobody's work."""

import unicodedata
from pathlib import Path


def write(repo: str, file: str, notes: str, replace: bool) -> str:
    """Write the notes and return the path of the file.

    Raises:
        FileExistsError: there was no file when the person was asked, and now there is one.
        OSError: it cannot be written.
    """
    path = Path(repo, file)
    text = "".join(character for character in notes if _belongs(character)).rstrip()
    with path.open("wb" if replace else "xb") as stream:
        stream.write(f"{text}\n".encode(errors="replace"))
    return str(path)


def _belongs(character: str) -> bool:
    """Whether a character is text: escape codes in a subject would drive the reader's terminal."""
    return character in "\n\t" or unicodedata.category(character) != "Cc"
