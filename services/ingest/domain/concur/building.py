"""From texts to one model of the language: what cannot be read is a problem, or kept and warned of.

A wrong date or amount is a problem, because nobody can travel or expense by it. Any other text that
does not fit its field stays among the details, where it comes back as posted, and is warned of.
"""

from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from schemas.base import Model
from schemas.concur.mapping import Column, Table
from schemas.concur.texts import Texts
from schemas.concur.walking import LOCAL_TIMES, kept
from services.ingest.domain.refusals import Problem

M = TypeVar("M", bound=Model)

_DATE = "must be a date and time that exists, written YYYY-MM-DDThh:mm:ss"
_AMOUNT = "must be a decimal number, such as 240.3500"
_JOINED = {"confirmation_numbers": "supplier_number", "number": "control_number", "status": "status_code"}
"""Fields that several elements make, and the column by which their element is found."""


class Built(NamedTuple, Generic[M]):
    """A model, and what was wrong with its texts."""

    model: M
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def build(kind: type[M], said: dict[str, Any], *, texts: Texts, table: Table, path: str) -> Built[M]:
    """Return the model of what was said, the rest in its details.

    Args:
        kind: the model; every field of it may be absent.
        said: nested fields by `schemas.concur.walking.fields`; changed in place.
        texts: what was posted, by path inside the element.
        table: how the element maps.
        path: where the element stands, for the problems.
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    reported: set[str] = set()
    while True:
        try:
            model = kind.model_validate(said)
            break
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            for fault in reversed(found):
                location = fault["loc"]
                problem = _problem(location, table=table, path=path)
                if problem.field not in reported:  # what was taken out is not reported again as missing
                    (warnings if problem.rule == "type" else problems).append(problem)
                    reported.add(problem.field)
                _take_out(said, location[:-1] if fault["type"] == "missing" else location)
    details = kept(texts, model, table)
    return Built(model.model_copy(update={"details": details}), tuple(problems), tuple(warnings))


def date_problem(path: str) -> Problem:
    """Return the problem of a date that does not exist."""
    return Problem(path, "date", _DATE)


def _problem(location: tuple[int | str, ...], *, table: Table, path: str) -> Problem:
    element, column = _element(location, table)
    field = f"{path}/{element}"
    if column is not None and column.field in LOCAL_TIMES:
        return date_problem(field)
    if column is not None and column.field[-1] == "amount":
        return Problem(field, "amount", _AMOUNT)
    return Problem(field, "type", "does not fit its type; it is kept as it was posted")


def _element(location: tuple[int | str, ...], table: Table) -> tuple[str, Column | None]:
    """Name the element that a field was read from."""
    first, *rest = location
    for inner in table.lists:
        if inner.field == first and rest:
            position, *deeper = rest
            member = next(iter(inner.tables.values()))
            if "kind" in member.constants:
                member = inner.tables["RateWithAllowance"]  # has every element of a charge
            name, column = _element(tuple(deeper), member) if deeper else ("", None)
            return f"{inner.wrapper}/*[{int(position) + 1}]/{name}".rstrip("/"), column
    whole = tuple(str(part) for part in location)
    for field in (whole, (_JOINED.get(whole[0], ""),)):
        for column in table.columns:
            if column.field == field:
                return column.element, column
    return ".".join(whole), None


def _take_out(said: Any, location: tuple[int | str, ...]) -> None:  # noqa: ANN401 - nested dicts and lists
    """Remove a value; the faults are walked from the last, so that positions stay right."""
    *outer, last = location
    try:
        for part in outer:
            said = said[part]
        del said[last]
    except (KeyError, IndexError):
        return  # an earlier fault took out what held it
