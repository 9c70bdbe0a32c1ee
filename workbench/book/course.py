"""The course as a path: what each notebook is called, what it asks, how long it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from workbench.reading.source import headings, read_source, source_of

_QUESTION = re.compile(r"\*\*The question:\*\*\s*(.+?)(?:\n\s*\n|\Z)", re.DOTALL)
_TIME = re.compile(r"^\*Time:\s*(.+?)\*$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"(\d+)_")


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course.

    Args:
        path: in the repository.
        title: its heading up to the colon.
        question: what it asks, as Markdown; may be empty.
        time: what it takes, in its own words; may be empty.
    """

    path: str
    title: str
    question: str
    time: str

    @property
    def number(self) -> str:
        """Its place in the course, such as ``"5"``; empty for what is no lesson."""
        found = _NUMBER.match(Path(self.path).name)
        return str(int(found[1])) if found else ""

    @property
    def name(self) -> str:
        """What stands in the navigation."""
        return f"{self.number} · {self.title}" if self.number else self.title


def read_lesson(root: Path, path: str) -> Lesson:
    """Read what a notebook says about itself."""
    notebook = read_source(root / path)
    heading = next((words for _, words in headings(notebook)), Path(path).stem)
    text = "\n\n".join(source_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    question, time = _QUESTION.search(text), _TIME.search(text)
    return Lesson(
        path=path,
        title=heading.partition(": ")[0],
        question=_sentence(question[1] if question else heading.partition(": ")[2]),
        time=_sentence(time[1] if time else ""),
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def path_of(lessons: list[Lesson]) -> str:
    """The lessons one below the other, as Markdown."""
    return "\n".join(
        [
            "{.path}",
            *(
                f"- [{lesson.name}]({lesson.path})\n\n  {lesson.question}\n\n  <small>{lesson.time}</small>\n"
                for lesson in lessons
            ),
        ]
    )


def navigation(caption: str, pages: list[tuple[str, str]]) -> str:
    """A part of the navigation, which shows on no page: pairs of a name and a path on the website."""
    lines = [f"{name} <{Path(path).with_suffix('').as_posix()!s}>" for name, path in pages]
    return "\n".join([":::{toctree}", ":hidden:", f":caption: {caption}", "", *lines, ":::", ""])
