"""YAML of our own: data files and card products, read safely and, where libyaml is there, ten times as fast."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml_data(text: str) -> Any:
    """The value of a YAML text. Raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  # both are safe loaders
