"""``offerdesk people import FILE.csv``: people with their roles, all or nothing, every bad line named."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import Invalid
from bot.people import service
from bot.people.models import Role
from bot.time_zones import time_zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

REQUIRED = ("entra_object_id", "name")
COLUMNS = (*REQUIRED, "email", "language", "time_zone", "country", "roles")
LIMIT = 200
CODE = 2
REFUSALS = {
    "errors.guest_role": "a guest of your tenant can hold no role: leave roles empty.",
    "errors.last_admin": "this takes the admin role from the last admin: name another admin in a line above.",
}
"""What the service may refuse, in the words of the command line."""

Row = Mapping[str | None, Any]


@dataclass(slots=True)
class ImportReport:
    """What an import did, or why it did nothing.

    ``problems`` holds ``(line, what is wrong and what to write instead)``.
    """

    new: int = 0
    updated: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def _text(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _problems_of(row: Row) -> list[str]:
    """Everything wrong with one line."""
    found = [f"{column} is empty." for column in REQUIRED if not _text(row, column)]
    found.extend(
        f"{column} is longer than {LIMIT} characters." for column in COLUMNS if len(_text(row, column)) > LIMIT
    )
    if None in row:
        found.append("more values than columns: put a value that holds a comma between double quotes.")
    try:
        uuid.UUID(_text(row, "entra_object_id"))
    except ValueError:
        found.append("entra_object_id is not an object id such as 00000000-0000-4000-8000-000000000001.")
    if (language := _text(row, "language")) and language not in service.LANGUAGES:
        found.append(f"language {language!r}: write fr or en.")
    if (country := _text(row, "country")) and not (country.isascii() and country.isalpha() and len(country) == CODE):
        found.append(f"country {country!r}: write two letters such as FR.")
    if (zone := _text(row, "time_zone")) and zone not in time_zones():
        found.append(f"time_zone {zone!r}: write a name such as Europe/Paris.")
    found.extend(f"role {name!r}: write one of {', '.join(Role)}." for name in _roles(row) if name not in set(Role))
    return found


def _roles(row: Row) -> list[str]:
    return [name.strip().lower() for name in _text(row, "roles").replace(",", ";").split(";") if name.strip()]


def import_people(session: Session, lines: Iterable[str], *, tenant_id: str, now: datetime) -> ImportReport:
    """Read CSV lines with a header: ``entra_object_id,name,email,language,time_zone,country,roles``.

    Roles are separated by ``;``. Nothing is written while one line has a problem. Roles are made exactly as listed, for
    the people listed.
    """
    report = ImportReport()
    reader = csv.DictReader(lines)
    unknown = [column for column in reader.fieldnames or [] if column not in COLUMNS]
    missing = [column for column in REQUIRED if column not in (reader.fieldnames or [])]
    if unknown or missing:
        report.problems.append(
            (1, f"unknown columns {unknown}, missing columns {missing}; the columns are {', '.join(COLUMNS)}.")
        )
        return report
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        report.problems.append((reader.line_num, f"this is no CSV line: {error}."))
        return report
    report.problems.extend((number, problem) for number, row in rows for problem in _problems_of(row))
    report.problems.extend(_doubles(rows))
    if report.problems:
        return report
    with session.begin_nested() as all_or_nothing:
        for number, row in rows:
            try:
                new = _take(session, row, tenant_id=tenant_id, now=now)
            except Invalid as refusal:
                report.problems.extend((number, REFUSALS[key]) for key, _params in refusal.fields.values())
                continue
            report.new += new
            report.updated += not new
        if report.problems:
            report.new = report.updated = 0
            all_or_nothing.rollback()
    return report


def _doubles(rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for number, row in rows:
        earlier = first.setdefault(_text(row, "entra_object_id").lower(), number)
        if earlier != number:
            yield number, f"the same entra_object_id as in line {earlier}: write each person once."


def _take(session: Session, row: Row, *, tenant_id: str, now: datetime) -> bool:
    """Write one line; True when the person is new."""
    person, new = service.register(
        session,
        tenant_id=tenant_id,
        entra_object_id=str(uuid.UUID(_text(row, "entra_object_id"))),
        name=_text(row, "name"),
        email=_text(row, "email") or None,
        locale=_text(row, "language") or None,
        time_zone=_text(row, "time_zone") or None,
        now=now,
    )
    person.country = _text(row, "country").upper() or person.country
    service.set_roles(session, person=person, roles=[Role(name) for name in _roles(row)], now=now, actor=None)
    return new
