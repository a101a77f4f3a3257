"""What people wrote, as data the typesetter can walk: light Markdown, maths, nothing to execute.

A run of text is a list of pieces: ``["t", text]``, ``["b" | "i", pieces]``, ``["c", code]``,
``["n"]`` a new line, ``["a", url, pieces]``, ``["m", key, latex]`` a formula of that key. A comment
is a list of blocks: ``["p", pieces]``, ``["ul", items]``, ``["ol", start, items]``,
``["q", blocks]``, ``["pre", code]``; an item is a list of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from scoring.copies.maths import formula

Pieces = list[Any]

# C0 and C1 but the line feed, lone surrogates, and noncharacters: no font or XML file takes them.
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPECIAL = re.compile(r"[\\`*_\[\]!&<>$\n]")
_DOLLARS = re.compile(r"\$\$(?P<display>[^$]+?)\$\$|\$(?P<inline>(?=\S)[^$\n]+?(?<=\S))\$(?!\d)")


def clean(text: str) -> str:
    """The text without characters that no page can show."""
    return _UNPRINTABLE.sub(
        " ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    )


def one_line(text: str) -> str:
    """A name or title: clean, on one line."""
    return " ".join(clean(text).split())


@lru_cache(maxsize=8192)
def inline(text: str) -> Pieces:
    """The pieces of one item or title. Shared between callers: never changed."""
    text = clean(text).strip()
    if not _SPECIAL.search(text):
        return [["t", text]] if text else []
    return _pieces(_MARKDOWN.parseInline(text)[0].children or [])


@lru_cache(maxsize=2048)
def blocks(text: str) -> Pieces:
    """The blocks of a comment. Shared between callers: never changed."""
    return _blocks(SyntaxTreeNode(_MARKDOWN.parse(clean(text))).children)


def formulae(tree: Pieces) -> dict[str, tuple[str, bool]]:
    """The formulae of a tree of pieces or blocks: its LaTeX and whether it is displayed, by key."""
    found: dict[str, tuple[str, bool]] = {}
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node and node[0] == "m":
            found[node[1]] = (node[2], node[1].startswith("$$"))
        else:
            waiting.extend(child for child in node if isinstance(child, list))
    return found


def _maths(state: StateInline, silent: bool) -> bool:
    """An inline rule: a pair of dollar signs, unless what they hold cannot be drawn."""
    found = _DOLLARS.match(state.src, state.pos) if state.src[state.pos] == "$" else None
    if found is None:
        return False
    latex = (found["display"] or found["inline"]).strip()
    display = found["display"] is not None
    if formula(latex, display=display) is None:
        _token(state, "text", found[0], silent)
    else:
        _token(state, "maths_display" if display else "maths", latex, silent)
    state.pos = found.end()
    return True


def _token(state: StateInline, kind: str, content: str, silent: bool) -> None:
    if not silent:
        state.push(kind, "", 0).content = content


def _markdown() -> MarkdownIt:
    """CommonMark without HTML, pictures, and the layouts nobody means in a remark."""
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 12})
    markdown.disable(["code", "hr", "lheading", "reference", "html_block", "html_inline", "image"])
    markdown.inline.ruler.before("escape", "maths", _maths)
    return markdown


_MARKDOWN = _markdown()


def _pieces(tokens: Sequence[Token]) -> Pieces:
    """Nested pieces of markdown-it's flat tokens."""
    stack: list[Pieces] = [[]]
    for token in tokens:
        if token.nesting == 1:
            stack.append(_opened(token))
        elif token.nesting == -1 and len(stack) > 1:
            done = stack.pop()
            stack[-1].append([*done[0], done[1:]])
        elif token.nesting == 0:
            stack[-1].append(_piece(token))
    return stack[0]


def _opened(token: Token) -> Pieces:
    """The head of a piece still to be filled."""
    if token.type == "link_open":
        return [["a", str(token.attrs.get("href", ""))]]
    return [["b" if token.type == "strong_open" else "i"]]


def _piece(token: Token) -> Pieces:
    if token.type in ("softbreak", "hardbreak"):
        return ["n"]
    if token.type == "code_inline":
        return ["c", token.content]
    if token.type == "maths":
        return ["m", f"${token.content}", token.content]
    if token.type == "maths_display":
        return ["m", f"$${token.content}", token.content]
    return ["t", token.content]


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Pieces:
    return [_block(node) for node in nodes]


def _block(node: SyntaxTreeNode) -> Pieces:
    if node.type == "bullet_list":
        return ["ul", [_blocks(item.children) for item in node.children]]
    if node.type == "ordered_list":
        return ["ol", int(node.attrs.get("start", 1)), [_blocks(i.children) for i in node.children]]
    if node.type == "blockquote":
        return ["q", _blocks(node.children)]
    if node.type == "fence":
        return ["pre", node.content.rstrip("\n")]
    tokens = [token for child in node.children for token in _inline_tokens(child)]
    return ["p", [["b", _pieces(tokens)]] if node.type == "heading" else _pieces(tokens)]


def _inline_tokens(node: SyntaxTreeNode) -> Sequence[Token]:
    return (node.token.children or []) if node.token is not None and node.type == "inline" else []
