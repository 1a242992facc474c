"""Write plain data as YAML that the loader reads as the same data."""

import yaml

from survey.frameworks.yaml_scalars import resolve

WIDTH = 95
SCHEMA_LINE = "# yaml-language-server: $schema=framework.schema.json"
"""The first line of a file: it names the schema for editors."""


def as_yaml(document: object) -> str:
    """The data as YAML, with keys in their order."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, indent=2
    )


class _Dumper(yaml.SafeDumper):
    """Writes what the loader reads: no aliases, and quotes where a word could be something else."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out, also what is there twice."""
        del data
        return True


def _quoted_where_needed(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if resolve(text) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted_where_needed)
