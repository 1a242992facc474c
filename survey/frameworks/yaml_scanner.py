"""A YAML loader that takes a question mark inside braces for what it is.

PyYAML ends an unquoted text in { } or [ ] at a question mark, though YAML lets it be part of the
text and editors say so. Questions are what framework files are made of:
``wording: {self: What should I start doing?}``.
"""

import yaml
from yaml.tokens import ScalarToken

_BLANK = "\0 \t\r\n"


class FrameworkYamlLoader(yaml.SafeLoader):
    """PyYAML's safe loader with ``?`` allowed in unquoted texts; used for its events only."""

    def scan_plain(self) -> ScalarToken:
        """Read an unquoted text; as in PyYAML, but for the question mark."""
        indent = self.indent + 1
        start = end = self.get_mark()
        words: list[str] = []
        gap: list[str] = []
        while self.peek() != "#":
            length = self._length_of_words()
            if length == 0:
                break
            self.allow_simple_key = False
            words += [*gap, self.prefix(length)]
            self.forward(length)
            end = self.get_mark()
            gap = self.scan_plain_spaces(indent, start) or []
            if not gap or (not self.flow_level and self.column < indent):
                break
        return ScalarToken("".join(words), True, start, end)

    def _length_of_words(self) -> int:
        length = 0
        while True:
            character = self.peek(length)
            if character in _BLANK or (self.flow_level and character in ",[]{}"):
                return length
            if character == ":":
                after = self.peek(length + 1)
                if after in _BLANK or (self.flow_level and after in ",[]{}"):
                    return length
            length += 1
