"""Links between files of the repository, as links between pages of the website."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

_LINK = re.compile(
    r"(?P<mark>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\(<?(?P<target>[^)\s>]+)>?(?P<title>[^)]*)\)"
)
_CODE = re.compile(r"^```.*?^```|(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL | re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|#")


@dataclass
class Links:
    """Which files of the repository are on the website, and where.

    Args:
        root: the repository.
        pages: path in the repository → path on the website, both with ``/``.
        folders: folder of the repository → the page, with its anchor, that stands for it.
        pictures: filled with the pictures that pages show.
    """

    root: Path
    pages: Mapping[str, str]
    folders: Mapping[str, str]
    pictures: set[str] = field(default_factory=set)

    def rewrite(self, markdown: str, source: str, *, also_from: Iterable[str] = ()) -> str:
        """Markdown of one file, its links leading to pages of the website.

        A link to a file of the repository that is no page becomes plain text.

        Args:
            markdown: the text.
            source: the file that it stands in, as in ``pages``.
            also_from: other folders that its links may start from.

        Raises:
            ValueError: a link leads to nothing.
        """
        code = [found.span() for found in _CODE.finditer(markdown)]
        folders = [posixpath.dirname(source), *also_from]

        def replaced(link: re.Match[str]) -> str:
            within_code = any(start < link.start() and link.end() < end for start, end in code)
            if within_code or _ELSEWHERE.match(link["target"]):
                return link[0]
            target, hash_, anchor = link["target"].partition("#")
            page = self._page(unquote(target), folders, source)
            if page is None:
                return link["text"]
            place = posixpath.relpath(page, posixpath.dirname(self.pages[source]) or ".")
            return f"{link['mark']}[{link['text']}]({place}{hash_}{anchor}{link['title']})"

        return _LINK.sub(replaced, markdown)

    def _page(self, target: str, folders: list[str], source: str) -> str | None:
        for folder in folders:
            path = posixpath.normpath(posixpath.join(folder, target))
            if path in self.pages:
                return self.pages[path]
            if f"{path}/README.md" in self.pages:
                return self.pages[f"{path}/README.md"]
            if path in self.folders:
                return self.folders[path]
            if (self.root / path).exists():
                if path.endswith((".png", ".svg", ".jpg")):
                    self.pictures.add(path)
                    return path
                return None
        raise ValueError(f"{source}: a link leads to {target}, which is not there")
