"""YAML files written by people, checked against a schema, all errors at once (reading: `simtool.files.marked_yaml`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from simtool.errors import InputError
from simtool.files.marked_yaml import Location, Source, name_as_shown


class Section(BaseModel):
    """Base of every schema for written files: unknown names are errors, values never appear in messages."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        use_attribute_docstrings=True,
    )


SectionType = TypeVar("SectionType", bound=Section)


def check(source: Source, schema: type[SectionType]) -> SectionType:
    """The value of `source` as `schema`.

    Raises `InputError`; when there are several problems, its message holds a line for each. No message repeats a value,
    unless the check of that very value wrote it.
    """
    try:
        return schema.model_validate({} if source.value is None else source.value)
    except ValidationError as error:
        problems = [_problem(source, dict(item)) for item in error.errors(include_input=False, include_url=False)]
        raise together(problems) from None


def together(problems: Sequence[InputError]) -> InputError:
    """One error for several, with a line for each."""
    if len(problems) == 1:
        return problems[0]
    return InputError("\n".join(map(str, problems)), hint="correct the file")


def _problem(source: Source, item: dict[str, Any]) -> InputError:
    location: Location = tuple(part for part in item["loc"] if part != "[key]")
    reasons = {"extra_forbidden": "unknown name", "missing": "is missing"}
    cause = item.get("ctx", {}).get("error")
    reason = str(cause) if item["type"] == "value_error" and cause else reasons.get(item["type"], item["msg"])
    return InputError(reason, place=source.place(location), field=".".join(map(name_as_shown, location)))
