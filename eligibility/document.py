"""A page as a list of blocks, written as HTML or as Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape

Nested = tuple[str, list["Nested"]]

_STYLE = """
body{font:1.05rem/1.6 'Titillium Web',system-ui,sans-serif;color:#17324d;background:#fff;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{line-height:1.25}a{color:#0059b3}table{border-collapse:collapse;width:100%}th,td{border:1px solid #5c6f82;padding:.4rem .6rem;text-align:left;vertical-align:top}
a:focus-visible{outline:3px solid #ff9900}
"""


@dataclass(slots=True)
class Link:
    """Words that lead somewhere; ``url`` None: just words."""

    words: str
    url: str | None


@dataclass(slots=True)
class Block:
    """One piece of a page. ``kind``: heading, text, items, tree, table, drawing."""

    kind: str
    text: str = ""
    level: int = 1
    items: list[str | Link] = field(default_factory=list)
    nodes: list[Nested] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Document:
    """A page being written; blocks come out in the order they are added."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.blocks: list[Block] = [Block("heading", title, 1)]

    def heading(self, text: str, level: int = 2) -> None:
        """A title of a part."""
        self.blocks.append(Block("heading", text, level))

    def text(self, text: str | None) -> None:
        """A paragraph; nothing when empty."""
        if text:
            self.blocks.append(Block("text", text))

    def items(self, items: list[str | Link]) -> None:
        """A list; nothing when empty."""
        if items:
            self.blocks.append(Block("items", items=items))

    def tree(self, node: Nested) -> None:
        """A list of lists."""
        self.blocks.append(Block("tree", nodes=[node]))

    def table(self, rows: list[list[str]]) -> None:
        """A table; the first row holds the names of the columns."""
        if len(rows) > 1:
            self.blocks.append(Block("table", rows=rows))

    def drawing(self, svg: str, file: str) -> None:
        """A drawing: inside the HTML, a file of its own beside the Markdown."""
        self.blocks.append(Block("drawing", svg, items=[file]))

    def body(self, level: int = 1) -> str:
        """The blocks alone as HTML, to stand inside another page; ``level``: of the title."""
        return "\n".join(
            _html(replace(block, level=block.level + level - 1) if block.kind == "heading" else block)
            for block in self.blocks
        )

    def html(self) -> str:
        """A whole page that asks nothing of the network."""
        body = self.body()
        return (
            f'<!doctype html>\n<html lang="it">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(self.title)}</title>\n'
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        )

    def markdown(self) -> str:
        """The same as Markdown."""
        return "\n\n".join(_markdown(block) for block in self.blocks) + "\n"


def _html(block: Block) -> str:
    match block.kind:
        case "heading":
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case "text":
            return f"<p>{escape(block.text)}</p>"
        case "items":
            return "<ul>" + "".join(f"<li>{_html_words(item)}</li>" for item in block.items) + "</ul>"
        case "tree":
            return "".join(_html_tree(node) for node in block.nodes)
        case "table":
            head, *rows = block.rows
            cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
            lines = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
            return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
    return f"<figure>{block.text}</figure>"


def _html_words(item: str | Link) -> str:
    if isinstance(item, Link):
        return f'<a href="{escape(item.url)}">{escape(item.words)}</a>' if item.url else escape(item.words)
    return escape(item)


def _html_tree(node: Nested) -> str:
    words, parts = node
    inner = "".join(_html_tree(part) for part in parts)
    return f"<ul><li>{escape(words)}{inner}</li></ul>"


def _markdown(block: Block) -> str:
    match block.kind:
        case "heading":
            return f"{'#' * block.level} {_plain(block.text)}"
        case "text":
            return _plain(block.text)
        case "items":
            return "\n".join(f"- {_markdown_words(item)}" for item in block.items)
        case "tree":
            return "\n".join(line for node in block.nodes for line in _markdown_tree(node, 0))
        case "table":
            head, *rows = [[_plain(cell).replace("|", "\\|") for cell in row] for row in block.rows]
            lines = [head, ["---"] * len(head), *rows]
            return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"![Disegno delle condizioni]({block.items[0]})"


def _markdown_words(item: str | Link) -> str:
    if isinstance(item, Link):
        return f"[{_plain(item.words)}](<{item.url}>)" if item.url else _plain(item.words)
    return _plain(item)


def _markdown_tree(node: Nested, depth: int) -> list[str]:
    words, parts = node
    return [f"{'  ' * depth}- {_plain(words)}", *(line for part in parts for line in _markdown_tree(part, depth + 1))]


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(text.split()))
