"""All pages of the website in one folder, laid out as the repository is, for Sphinx to read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

from .cells import page_of_notebook
from .course import Lesson, navigation, path_of, read_lesson
from .links import Links

INDEX = "workbench/book/index.md"
#: Folder of notebooks → the section of the index that lists them.
_SECTIONS = {
    "notebooks": "the-course",
    "notebooks/explorers": "the-explorers",
    "notebooks/paper": "published-experiments",
    "notebooks/regression": "trust",
}
_DECISIONS = "docs/decisions"
#: What the index says of the parameters.
_PROFILES = {
    "fast": "**A quick copy.** The notebooks ran with their fast parameters, so models are hardly trained, and "
    "pictures and numbers are not those that the text describes. `make book PROFILE=full` makes the real one.",
    "full": "",
}


@dataclass(frozen=True)
class Sources:
    """What goes into a website.

    Args:
        root: the repository.
        notebooks: executed copies, by their path in the repository, in the order of the course.
        documents: Markdown files of the repository.
        profile: of the parameters that the notebooks were run with.
    """

    root: Path
    notebooks: Mapping[str, Path]
    documents: tuple[str, ...]
    profile: str = "full"


def notebooks_of(root: Path) -> list[str]:
    """Paths of all notebooks, in order."""
    found = (path.relative_to(root) for path in (root / "notebooks").rglob("*.ipynb"))
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def documents_of(root: Path) -> tuple[str, ...]:
    """Paths of all documents that the website holds."""
    found = [*sorted((root / "docs").rglob("*.md")), root / "CHANGELOG.md"]
    return tuple(path.relative_to(root).as_posix() for path in found)


def assemble(sources: Sources, out: Path, extra: Path) -> None:
    """Write the pages.

    Args:
        sources: what goes in.
        out: for Sphinx to read.
        extra: gets the explorers' pages, which go onto the website as they are.

    Raises:
        ValueError: a link leads to nothing.
    """
    pages = {path: path for path in (*sources.notebooks, *sources.documents)}
    pages |= {INDEX: "index.md", "README.md": "index.md"}
    held = {str(Path(path).parent) for path in sources.notebooks}
    folders = {f: f"index.md#{anchor}" if f in held else "index.md" for f, anchor in _SECTIONS.items()}
    links = Links(sources.root, pages, folders)
    for path, executed in sources.notebooks.items():
        folder = Path(path).with_suffix("")
        notebook = page_of_notebook(nbformat.read(executed, as_version=4), path, folder.name, links)
        _write(out / path, nbformat.writes(notebook))
        if (executed.parent / "explorers").is_dir():
            shutil.copytree(executed.parent / "explorers", extra / folder / "explorers")
    for path in sources.documents:
        text = links.rewrite((sources.root / path).read_text(encoding="utf-8"), path)
        _write(out / path, text + _below(path, sources.documents))
    _write(out / "index.md", _index(sources, links))
    for picture in links.pictures:
        (out / picture).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources.root / picture, out / picture)


def check_links(sources: Sources) -> None:
    """Find a link to nothing, or a notebook that is not there, before minutes are spent on running.

    Raises:
        ValueError: a link leads to nothing.
        FileNotFoundError: there is no such notebook.
    """
    with TemporaryDirectory() as folder:
        assemble(sources, Path(folder, "source"), Path(folder, "extra"))


def _index(sources: Sources, links: Links) -> str:
    lessons = [read_lesson(sources.root, path) for path in sources.notebooks]
    parts: dict[str, list[Lesson]] = {"course": [], "explorers": [], "paper": [], "regression": []}
    for lesson in lessons:
        folder = Path(lesson.path).parent.name
        parts[folder if folder in parts else "course"].append(lesson)
    text = links.rewrite((sources.root / INDEX).read_text(encoding="utf-8"), INDEX)
    text = text.replace("<!-- profile -->", _PROFILES[sources.profile])
    for name, found in parts.items():
        text = _filled(text, f"<!-- {name} -->", path_of(found) if found else "")
    captions = {
        "The course": "course",
        "The explorers": "explorers",
        "Published experiments": "paper",
        "Trust": "regression",
    }
    shown = [
        navigation(caption, [(lesson.name, lesson.path) for lesson in parts[part]])
        for caption, part in captions.items()
        if parts[part]
    ]
    reading = [path for path in sources.documents if _is_first_level(path)]
    names = [(_heading(sources.root / path), path) for path in reading]
    return "\n".join([text, *shown, navigation("Reading", names)])


def _filled(text: str, place: str, content: str) -> str:
    """The text with the content in its place; without any, that section of the page is left out."""
    if content:
        return text.replace(place, content)
    return "\n## ".join(section for section in text.split("\n## ") if place not in section)


def _is_first_level(path: str) -> bool:
    """A decision hangs below the list of decisions."""
    return not path.startswith(_DECISIONS) or path == f"{_DECISIONS}/README.md"


def _below(path: str, documents: tuple[str, ...]) -> str:
    if path != f"{_DECISIONS}/README.md":
        return ""
    names = [Path(document).stem for document in documents if not _is_first_level(document)]
    return "\n".join(["", "", ":::{toctree}", ":hidden:", "", *names, ":::", ""])


def _heading(path: Path) -> str:
    """Up to its colon or comma: navigation is narrow."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heading = next((line.lstrip("# ") for line in lines if line.startswith("# ")), path.stem)
    return heading.partition(":")[0].partition(",")[0]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
