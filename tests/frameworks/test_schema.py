"""The JSON Schema says what the models say, and the file on disk is not stale."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from survey.frameworks.model import Framework
from survey.frameworks.schema import framework_json_schema, schema_text, write_schema
from survey.frameworks.shape_faults import PARTS

ON_DISK = Path(__file__).parents[2] / "competency_frameworks" / "framework.schema.json"


def test_the_file_on_disk_is_current() -> None:
    assert ON_DISK.read_text(encoding="utf-8") == schema_text(), (
        "refresh it: python -m survey.frameworks.schema competency_frameworks/framework.schema.json"
    )


def test_writing_it(tmp_path: Path) -> None:
    write_schema(tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda part: part.__name__)
def test_its_properties_are_the_fields_of_the_models(part: type[Any]) -> None:
    schema = framework_json_schema()
    node = schema if part is Framework else schema["$defs"][part.__name__]
    assert set(node["properties"]) == set(part.model_fields)
    assert node["additionalProperties"] is False
    needed = {name for name, field in part.model_fields.items() if field.is_required()}
    if part.__name__ == "Indicator":
        needed.add("wording")
    assert set(node["required"]) == needed
    assert all(property_["description"] for property_ in node["properties"].values())


def test_every_part_is_known_to_the_messages() -> None:
    names = {part.__name__ for part in PARTS.values()} - {"Framework"}
    assert names == set(framework_json_schema()["$defs"])


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_dialect_and_details() -> None:
    schema = framework_json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "Competency framework"
    assert schema["$defs"]["Indicator"]["properties"]["wording"]["required"] == ["self"]
    maps = [node for node in nodes(schema) if "patternProperties" in node]
    assert maps
    assert all(node["additionalProperties"] is False for node in maps)
    assert not [node for node in nodes(schema) if node.get("default") == [] and "minItems" in node]
