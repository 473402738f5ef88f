"""The grammar of profiles as a JSON Schema (2020-12), for editors that complete and check YAML.

A file that extends another need not be whole and may take things away with null: for such a file the same grammar holds
with nothing required.
"""

from __future__ import annotations

from typing import Any

from simtool.perso.overlay import EXTENDS
from simtool.perso.profile import ProfileForm

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PART = "Part"
EXTENDS_FIELD = {"type": "string", "description": "The profile below this one; only what differs stands here."}


def profile_schema() -> dict[str, Any]:
    """The schema of a profile file."""
    whole = ProfileForm.model_json_schema(ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = {"Profile": {key: value for key, value in whole.items() if key != "$defs"}}
    definitions |= whole.get("$defs", {})
    definitions |= {f"{PART}{name}": _part(value) for name, value in definitions.items()}
    definitions[f"{PART}Profile"]["properties"][EXTENDS] = EXTENDS_FIELD
    return {
        "$schema": DIALECT,
        "title": "simtool profile",
        "type": "object",
        "if": {"required": [EXTENDS]},
        "then": {"$ref": f"#/$defs/{PART}Profile"},
        "else": {"$ref": "#/$defs/Profile"},
        "$defs": definitions,
    }


def _part(value: Any, *, in_mapping: bool = False) -> Any:
    """The schema of what may stand in a file that extends another. Lists are whole: they replace the ones below."""
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        part = {"$ref": value["$ref"].replace("#/$defs/", f"#/$defs/{PART}")}
        return {"anyOf": [part, {"type": "null"}]} if in_mapping else part
    found = {key: item for key, item in value.items() if key != "required"}
    if "properties" in found:
        found["properties"] = {name: _or_null(item) for name, item in found["properties"].items()}
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_null(found["additionalProperties"])
    if "anyOf" in found:
        found["anyOf"] = [_part(item) for item in found["anyOf"]]
    return found


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    inner = _part(value)
    return {"anyOf": [inner, {"type": "null"}]} if inner else inner
