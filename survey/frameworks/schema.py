"""The JSON Schema of the framework file format, for editors that check while one types.

Refresh the file that ships with the frameworks after a change to the models:
``python -m survey.frameworks.schema competency_frameworks/framework.schema.json``.
"""

import json
import sys
from pathlib import Path
from typing import Any

from survey.frameworks.model import Framework

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def framework_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a framework file."""
    schema = Framework.model_json_schema()
    # The loader asks for the self wording with a message of its own; editors need the rule here.
    schema["$defs"]["Indicator"]["required"].append("wording")
    _tighten(schema)
    return {"$schema": DIALECT, **schema, "title": "Competency framework"}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(framework_json_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path) -> None:
    """Write the schema file. Raises OSError when it cannot be written."""
    path.write_text(schema_text(), encoding="utf-8")


def _tighten(node: object) -> None:
    """Mend two things in pydantic's schema, everywhere in it.

    A map whose keys have a form must refuse other keys, as the models do; and a list that must not
    be empty has no empty list as its default.
    """
    if isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        if node.get("default") == [] and node.get("minItems"):
            del node["default"]
        for child in node.values():
            _tighten(child)
    elif isinstance(node, list):
        for child in node:
            _tighten(child)


if __name__ == "__main__":
    write_schema(Path(sys.argv[1]))
