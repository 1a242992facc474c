"""Read YAML from people one does not know: safely, and with the position of every part.

Only plain data comes out: maps with string keys, lists, strings, whole and decimal numbers,
booleans and null. Anchors, aliases and tags are refused, since a framework needs none and a few
lines of them can grow to gigabytes. The parser's events are read one by one without recursion, so
size and depth are checked before anything large is built.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml

from survey.frameworks.problems import FrameworkError, Problem, quoted
from survey.frameworks.source_document import Path, Position, SourceDocument
from survey.frameworks.syntax_hints import SyntaxFault, explain_syntax_error
from survey.frameworks.yaml_scalars import NULL_WORDS, kind_of, resolve
from survey.frameworks.yaml_scanner import FrameworkYamlLoader
from survey.frameworks.yaml_text import LINE_END, UNWANTED_CHARACTERS, checked_text, code_point
from survey.languages.message import Message

MAX_DEPTH = 16
MAX_NODES = 50_000
MAX_PROBLEMS = 100


def read_yaml(content: bytes, file_name: str) -> SourceDocument:
    """Read a YAML file into plain data with positions.

    Faults that reading can go on after are listed in the result. Raises FrameworkError when it
    cannot: a file too large, not UTF-8, empty, with control characters or a syntax error, nested
    too deep, or with too many parts or problems.
    """
    return _Reader(checked_text(content, file_name), file_name).read()


class _Stop(Exception):  # noqa: N818 - a signal that reading ends here, not an error of its own
    """Nothing more can be read; the problem is already recorded."""


class _Unusable:
    """Stands for a key that is no string: its value is read past."""


_UNUSABLE = _Unusable()


@dataclass
class _Frame:
    """A map or list that is being read; without a path it is read past and forgotten."""

    path: Path | None
    container: dict[str, Any] | list[Any]
    key: str | _Unusable | None = None
    """In a map: the key whose value comes next; None when a key comes next."""


class _Reader:
    def __init__(self, text: str, file_name: str) -> None:
        self._text = text
        self._document = SourceDocument(file_name)
        self._loader = FrameworkYamlLoader(text)
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def read(self) -> SourceDocument:
        try:
            for event in self._events():
                self._handle(event)
            if self._documents == 0:
                self._record(
                    (1, 1), Message("the file is empty"), Message("start with “format: 1”")
                )
                raise _Stop
        except _Stop:
            raise FrameworkError(self._document.problems) from None
        return self._document

    def _events(self) -> Iterator[yaml.Event]:
        # yaml.parse() would do, but the loader knows where it stands when an escape such as
        # "\UFFFFFFFF" makes it fail with an error that has no position.
        loader = self._loader
        try:
            while loader.check_event():
                yield loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.MarkedYAMLError as error:
            fault = explain_syntax_error(error, LINE_END.split(self._text))
        except (yaml.YAMLError, ValueError, OverflowError):
            fault = SyntaxFault(
                loader.line + 1,
                loader.column + 1,
                Message("this cannot be read as YAML"),
                Message("is there a backslash or a % that should not be there?"),
            )
        else:
            return
        finally:
            loader.dispose()
        self._record((fault.line, fault.column), fault.what, fault.hint)
        raise _Stop

    def _handle(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._record(
                    _position(event),
                    Message("a second document starts here"),
                    Message("one file holds one framework; remove the line “---”"),
                )
                raise _Stop
        elif isinstance(event, yaml.NodeEvent):
            self._handle_node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()

    def _handle_node(self, event: yaml.NodeEvent) -> None:
        position = _position(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._record(
                position,
                Message("the file has more than %(most)s keys and values", most=f"{MAX_NODES:,}"),
                Message("a framework needs a small fraction of that"),
            )
            raise _Stop
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._handle_key(frame, frame.container, event, position)
        else:
            self._handle_value(frame, event, position)

    def _handle_key(
        self,
        frame: _Frame,
        container: dict[str, Any],
        event: yaml.NodeEvent,
        position: Position,
    ) -> None:
        frame.key = _UNUSABLE
        self._refuse_decorations(event, position)
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._record(
                    position,
                    Message("a list or map cannot be a key"),
                    Message("a key is a plain word"),
                )
                self._push(_Frame(None, _new_container(event)), position)
            return
        key = event.value
        if event.implicit[0] and key == "<<":
            self._record(
                position,
                Message("merge keys (<<) are not allowed"),
                Message("write the keys out"),
            )
            return
        if event.implicit[0] and not isinstance(resolve(key), str):
            if key in NULL_WORDS:
                self._record(
                    position,
                    Message("the key is empty"),
                    Message("write a key in front of the colon"),
                )
                return
            self._record(
                position,
                Message(
                    "the key %(key)s is read as %(kind)s, not as text",
                    key=quoted(key),
                    kind=kind_of(resolve(key)),
                ),
                Message('put it in quotes: "%(written)s"', written=key),
            )
            # Which key is meant is clear, so it counts as present; but one complaint is enough.
            if frame.path is not None:
                self._document.spoiled.add((*frame.path, key))
        if frame.path is None:
            return
        path = (*frame.path, key)
        if path in self._document.keys:
            line = self._document.keys[path][0]
            self._record(
                position,
                Message("the key %(key)s is here a second time", key=quoted(key)),
                Message("the first is on line %(line)s; remove one of them", line=line),
            )
            return
        self._check_characters(key, path, position)
        self._document.keys[path] = position
        container[key] = None
        frame.key = key

    def _handle_value(
        self, frame: _Frame | None, event: yaml.NodeEvent, position: Position
    ) -> None:
        path = self._path_of_next(frame)
        value: Any = None
        if isinstance(event, yaml.ScalarEvent):
            value = resolve(event.value) if event.implicit[0] else event.value
            if isinstance(value, str):
                self._check_characters(value, path, position)
            elif path is not None:
                self._document.spellings[path] = event.value
        elif not isinstance(event, yaml.AliasEvent):
            value = _new_container(event)
        if self._refuse_decorations(event, position) and path is not None:
            self._document.spoiled.add(path)
        if path is not None:
            self._document.values[path] = position
        self._attach(frame, value)
        if isinstance(value, dict | list):
            self._push(_Frame(path, value), position)

    def _path_of_next(self, frame: _Frame | None) -> Path | None:
        if frame is None:
            return ()
        if frame.path is None or isinstance(frame.key, _Unusable):
            return None
        if isinstance(frame.container, list):
            return (*frame.path, len(frame.container))
        return (*frame.path, cast(str, frame.key))

    def _attach(self, frame: _Frame | None, value: object) -> None:
        if frame is None:
            self._document.data = value
        elif isinstance(frame.container, list):
            frame.container.append(value)
        else:
            if isinstance(frame.key, str):
                frame.container[frame.key] = value
            frame.key = None

    def _push(self, frame: _Frame, position: Position) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._record(
                position,
                Message("lists and maps are nested more than %(most)s deep", most=MAX_DEPTH),
                Message("is a bracket missing or one too many?"),
            )
            raise _Stop
        self._stack.append(frame)

    def _refuse_decorations(self, event: yaml.NodeEvent, position: Position) -> bool:
        """Record an alias, anchor or tag; tell whether the value is not what the author means."""
        if isinstance(event, yaml.AliasEvent):
            self._record(
                position,
                Message("aliases (*%(name)s) are not allowed", name=event.anchor),
                Message("write the content out, or put a text that begins with * in quotes"),
            )
            return True
        if event.anchor is not None:
            self._record(
                position,
                Message("anchors (&%(name)s) are not allowed", name=event.anchor),
                Message("remove it, or put a text that begins with & in quotes"),
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._record(
                position,
                Message(
                    "tags (%(tag)s) are not allowed",
                    tag=quoted(tag.replace("tag:yaml.org,2002:", "!!")),
                ),
                Message("remove it, or put a text that begins with ! in quotes"),
            )
        return tag is not None

    def _check_characters(self, words: str, path: Path | None, position: Position) -> None:
        # An escape such as "\0" in double quotes brings in what the file itself may not hold.
        found = UNWANTED_CHARACTERS.search(words)
        if found:
            if path is not None:
                self._document.spoiled.add(path)
            self._record(
                position,
                Message(
                    "the text holds the invisible control character %(character)s",
                    character=code_point(found.group()),
                ),
                Message("remove the backslash escape that makes it"),
            )

    def _record(self, position: Position, what: str, hint: str) -> None:
        document = self._document
        document.problems.append(Problem(document.file_name, *position, what, hint))
        if len(document.problems) >= MAX_PROBLEMS:
            raise _Stop


def _new_container(event: yaml.NodeEvent) -> dict[str, Any] | list[Any]:
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    assert mark is not None  # noqa: S101 - the stubs allow None, the parser never leaves it out
    return (mark.line + 1, mark.column + 1)
