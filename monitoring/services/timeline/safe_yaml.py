"""Reads YAML that somebody typed: no objects, no bombs, and each mistake with its line.

Aliases share what they name, so that a text of a kilobyte may stand for a milliard of nodes; what
they stand for is counted before anything walks through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

DEEPEST = 24
"""Levels of nesting; the deepest place of a register has ten."""
MOST_ALIASES = 200
MOST_NODES = 60_000
"""Nodes that a text may stand for, its aliases written out."""


NO_SUCH_VALUE = "there is no such value"
MISTAKES = (
    ("mapping values are not allowed", gettext_noop("a colon stands where none may stand")),
    ("could not find expected ':'", gettext_noop("a colon after the name is missing")),
    ("found character '\\t'", gettext_noop("a line begins with a tab; use spaces")),
    ("found character", gettext_noop("a sign stands here that must be in quotation marks")),
    ("found unexpected end of stream", gettext_noop("a quotation mark is not closed")),
    ("expected ',' or ']'", gettext_noop("a comma or ] is missing")),
    ("expected ',' or '}'", gettext_noop("a comma or } is missing")),
    (
        "expected <block end>",
        gettext_noop("the indentation does not fit, or a quotation mark above is not closed"),
    ),
    ("found undefined alias", gettext_noop("refers to something that was not named")),
    ("could not determine a constructor", gettext_noop("tags (!) are not read here")),
    ("found unhashable key", gettext_noop("a name cannot be a list")),
    (NO_SUCH_VALUE, gettext_noop("this day, moment or number does not exist")),
)
"""How the reader of YAML begins to tell a mistake, and how it is told here."""


class UnreadableYaml(Exception):
    """A text that is no YAML that we take; the words name the line."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """One document: what it says, and the lines (from 1) at which the rows of its lists begin,
    by the names of the lists, such as `steps` or `expect.mails`."""

    said: Any
    line: int
    lines: dict[str, list[int]] = field(default_factory=dict)


def documents(text: str) -> list[Document]:
    """Every document that says something. Raises UnreadableYaml."""
    try:
        _measure(text)
        return list(_read(text))
    except yaml.YAMLError as error:
        raise _unreadable(error) from error
    except RecursionError as error:
        raise UnreadableYaml(_("it is nested too deeply")) from error


def _measure(text: str) -> None:
    """How deep and how large it is, told from its events, before anything is built of it."""
    measure = _Measure()
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            measure.alias(str(event.anchor), line)
        elif isinstance(event, yaml.CollectionStartEvent):
            measure.open(event.anchor, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            measure.close()
        elif isinstance(event, yaml.ScalarEvent):
            measure.scalar(event.anchor)
        if measure.size > MOST_NODES:
            raise _too(_("line %(line)s: it stands for too much"), line)


@dataclass(slots=True)
class _Measure:
    """Counts nodes as if every alias were written out."""

    size: int = 0
    aliases: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    opened: list[tuple[str | None, int]] = field(default_factory=list)
    """The anchor of each list or mapping that is open, and the size when it began."""

    def alias(self, anchor: str, line: int) -> None:
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            raise _too(_("line %(line)s: too many aliases"), line)
        if any(anchor == each for each, _size in self.opened):  # it would never end
            raise _too(_("line %(line)s: an alias stands inside of what it names"), line)
        self.size += self.sizes.get(anchor, 1)

    def open(self, anchor: str | None, line: int) -> None:
        self.opened.append((anchor, self.size))
        self.size += 1
        if len(self.opened) > DEEPEST:
            raise _too(_("line %(line)s: it is nested too deeply"), line)

    def close(self) -> None:
        anchor, before = self.opened.pop()
        if anchor:
            self.sizes[anchor] = self.size - before

    def scalar(self, anchor: str | None) -> None:
        self.size += 1
        if anchor:
            self.sizes[anchor] = 1


def _too(words: str, line: int) -> UnreadableYaml:
    return UnreadableYaml(words % {"line": line}, line)


class _Loader(yaml.SafeLoader):
    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """As ever; a value that does not exist, such as 2024-13-45, is told with its line."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            raise yaml.MarkedYAMLError(
                problem=NO_SUCH_VALUE, problem_mark=node.start_mark
            ) from error


def _read(text: str) -> Iterator[Document]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            said = loader.construct_document(node)
            if said is not None:
                yield Document(said, _line(node), dict(_lines(node)))
    finally:
        loader.dispose()


def _lines(node: yaml.Node, above: str = "") -> Iterator[tuple[str, list[int]]]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        name = f"{above}{key.value}"
        yield f"{name}:", [_line(key)]
        if isinstance(value, yaml.SequenceNode):
            yield name, [_line(one) for one in value.value]
        elif not above:
            yield from _lines(value, f"{name}.")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1 if node.start_mark else 0


def _unreadable(error: yaml.YAMLError) -> UnreadableYaml:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "")
    usual = gettext_noop("a bracket, a quotation mark or the indentation is often the cause")
    why = _(next((words for begin, words in MISTAKES if problem.startswith(begin)), usual))
    if mark is None:
        return UnreadableYaml(_("this is no YAML: it holds signs that may not stand in a text"))
    words = _("line %(line)s, column %(column)s: this is no YAML; %(why)s")
    told = {"line": mark.line + 1, "column": mark.column + 1, "why": why}
    return UnreadableYaml(words % told, mark.line + 1)
