"""The plain data of a YAML file, with the position of every part."""

from dataclasses import dataclass, field
from typing import Any

from survey.frameworks.problems import Problem

Path = tuple[str | int, ...]
Position = tuple[int, int]


@dataclass
class SourceDocument:
    """The data of a YAML file and where each part of it stands.

    ``problems`` are faults that reading went on after; what stands at or under a path in
    ``spoiled`` is a stand-in, not what the author wrote. ``spellings`` holds how each value that
    is not a string was written, to say what to put in quotes.
    """

    file_name: str
    data: Any = None
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    spellings: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    spoiled: set[Path] = field(default_factory=set)

    def position(self, path: Path, *, at_key: bool = False) -> Position:
        """Return the position of a value, or of its key, or of the nearest part around it."""
        first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
        while True:
            found = first.get(path) or second.get(path)
            if found:
                return found
            if not path:
                return (1, 1)
            path = path[:-1]

    def is_spoiled(self, path: Path) -> bool:
        """Tell whether the reader has already complained about this part or one around it."""
        return any(path[:length] in self.spoiled for length in range(len(path) + 1))
