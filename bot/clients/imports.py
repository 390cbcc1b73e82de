"""``offerdesk clients import`` and ``offerdesk contacts import``: CSV files, all or nothing, every bad line named.

A file may be read again and again: what is there already stays, what differs is corrected, empty cells change nothing.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.clients import service
from bot.clients.models import Client, Contact
from bot.clients.rules import (
    CODE_LIMIT,
    LEVELS,
    NAME_LIMIT,
    PHONE_LIMIT,
    client_text,
    contact_text,
    is_country,
    is_email,
    level_under,
)
from bot.clients.shown import renamed
from bot.errors import Invalid
from bot.offers.rules import fold as fold_anew
from bot.records.service import REVISION
from bot.spreadsheets import ImportReport, Told, separator_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

WAY = tuple(level.value for level in LEVELS)
"""The columns that name a client, from the top down."""
CLIENT_COLUMNS = (*WAY, "code", "country")
CONTACT_COLUMNS = ("name", "email", "position", "phone", *WAY)
LIMITS = {"code": CODE_LIMIT, "phone": PHONE_LIMIT}
TOLD_EVERY = 500
REFUSALS = {
    "clients.error_under_itself": "this code belongs to a client that would come to stand under itself.",
    "clients.error_too_deep": "this code belongs to a client whose entities would make a fourth level.",
    "clients.error_client_twice": "this code belongs to another client than the one of this name: correct one of them.",
}
"""What the service may refuse, in the words of the command line."""

fold = lru_cache(20_000)(fold_anew)
"""A file names the same clients again and again."""

Cells = Mapping[str, str]
Key = tuple[int | None, str]
"""Parent and folded name: what makes a client one."""


def import_clients(
    session: Session, text: str, *, now: datetime, check: bool = False, told: Told = lambda _words: None
) -> ImportReport:
    """Read ``client,entity,department,code,country``: a line names one client by its way down, missing levels above it
    are created. A code finds its client wherever it stands, so that a line can rename or move it.

    Separated by ``,`` or ``;``. ``check`` only says what would happen. ``told`` hears how far it is.
    """
    report, rows = _read(text, CLIENT_COLUMNS, ("client",), _wrong_client)
    report.problems.extend(_client_doubles(rows))
    if report.problems:
        return report
    service.alone(session, Client)
    with session.begin_nested() as all_or_nothing:
        _Tree(session, now, report, told).take(rows)
        if report.problems:
            report.nothing()
        if report.problems or check:
            all_or_nothing.rollback()
    return report


def import_contacts(
    session: Session, text: str, *, now: datetime, check: bool = False, told: Told = lambda _words: None
) -> ImportReport:
    """Read ``name,email,position,phone,client,entity,department``: people found by their address, else by name and
    client. The client must exist; without one it is a contact alone.

    Separated by ``,`` or ``;``. ``check`` only says what would happen. ``told`` hears how far it is.
    """
    report, rows = _read(text, CONTACT_COLUMNS, ("name",), _wrong_contact)
    if report.problems:
        return report
    service.alone(session, Contact)
    with session.begin_nested() as all_or_nothing:
        _Book(session, now, report, told).take(rows)
        if report.problems:
            report.nothing()
        if report.problems or check:
            all_or_nothing.rollback()
    return report


# reading


def _read(
    text: str, columns: Sequence[str], required: Sequence[str], wrong: Callable[[Cells], list[str]]
) -> tuple[ImportReport, list[tuple[int, dict[str, str]]]]:
    """The lines as tidy cells by column, with their numbers; or what is wrong with them."""
    report = ImportReport()
    text = text.removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or []]
        unknown = [name for name in names if name not in columns]
        missing = [name for name in required if name not in names]
        if unknown or missing or len(set(names)) < len(names):
            known = ", ".join(columns)
            report.problems.append(
                (1, f"unknown columns {unknown}, missing columns {missing}; the columns are {known}, each once.")
            )
            return report, []
        reader.fieldnames = names
        for row in reader:
            number = reader.line_num
            cells = {name: " ".join((row.get(name) or "").split()) for name in columns}
            if not any(cells.values()) and None not in row:
                continue
            problems = [f"{name} is empty." for name in required if not cells[name]]
            problems += _unfit(row, cells)
            problems += wrong(cells)
            report.problems.extend((number, problem) for problem in problems)
            rows.append((number, cells))
    except csv.Error as error:
        report.problems.append((reader.line_num, f"this is no CSV line: {error}."))
    return report, rows


def _unfit(row: Mapping[str | None, Any], cells: Cells) -> Iterator[str]:
    if None in row:
        yield "more values than columns: put a value that holds a separator between double quotes."
    for name, value in cells.items():
        limit = LIMITS.get(name, NAME_LIMIT)
        if len(value) > limit:
            yield f"{name} is longer than {limit} characters."
        if not all(letter.isprintable() or letter in service.JOINERS for letter in value):
            yield f"{name} holds a character that cannot be seen: type it again."


def _wrong_way(cells: Cells) -> list[str]:
    way = [bool(cells[name]) for name in WAY]
    return [
        f"{WAY[depth]} is given without {WAY[depth - 1]}."
        for depth in range(1, len(WAY))
        if way[depth] and not way[depth - 1]
    ]


def _wrong_client(cells: Cells) -> list[str]:
    found = _wrong_way(cells) if cells["client"] else []
    if cells["country"] and not is_country(cells["country"].upper()):
        found.append(f"country {cells['country']!r}: write two letters such as FR.")
    return found


def _wrong_contact(cells: Cells) -> list[str]:
    found = _wrong_way(cells)
    if cells["email"] and not is_email(cells["email"].lower()):
        found.append(f"email {cells['email']!r}: write a whole address.")
    return found


def _way(cells: Cells) -> list[str]:
    return [cells[name] for name in WAY if cells[name]]


def _client_doubles(rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[tuple[int, str]]:
    ways: dict[tuple[str, ...], int] = {}
    codes: dict[str, int] = {}
    for number, cells in rows:
        earlier = ways.setdefault(tuple(fold(name) for name in _way(cells)), number)
        if earlier != number:
            yield number, f"the same client as in line {earlier}: write each once."
        elif cells["code"] and codes.setdefault(cells["code"], number) != number:
            yield number, f"the same code as in line {codes[cells['code']]}: a code belongs to one client."


# clients


class _Tree:
    """The client tree in memory while a file is taken in."""

    def __init__(self, session: Session, now: datetime, report: ImportReport, told: Told) -> None:
        self._session = session
        self._now = now
        self._report = report
        self._told = told
        self._by_id: dict[int, Client] = {}
        self._by_key: dict[Key, Client] = {}
        self._by_code: dict[str, Client] = {}
        self._counted: set[int] = set()
        for node in session.scalars(sa.select(Client)):
            self._know(node)
        self._stored_codes = frozenset(self._by_code)
        self._fresh: set[int] = set()

    def _know(self, node: Client) -> None:
        self._by_id[node.id] = node
        self._by_key[node.parent_id, fold(node.name)] = node
        if node.code:
            self._by_code[node.code] = node

    def take(self, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
        """Level by level, so that each level is stored with one statement and its ids are known to the next."""
        changed: set[int] = set()
        done = 0
        for depth in range(1, len(WAY) + 1):
            of_level = [(number, cells) for number, cells in rows if len(_way(cells)) == depth]
            # A code that stands elsewhere is renamed or moved first: its new name may be the parent of the next line.
            for number, cells in of_level:
                changed.update(self._take_known(number, cells))
            if self._report.problems:
                return
            self._create(rows, depth)
            for number, cells in of_level:
                self._complete(number, cells)
                done += 1
                if done % TOLD_EVERY == 0:
                    self._told(f"{done} of {len(rows)} lines…")
        self._session.flush()
        renamed(self._session, clients=changed, actor=None, now=self._now)

    def _find(self, way: Sequence[str]) -> Client | None:
        node: Client | None = None
        for name in way:
            node = self._by_key.get((node.id if node is not None else None, fold(name)))
            if node is None:
                return None
        return node

    def _take_known(self, number: int, cells: Cells) -> list[int]:
        """A client found by its code, brought to the name and place of its line; the ids of all that moved."""
        known, way = self._by_code.get(cells["code"]) if cells["code"] else None, _way(cells)
        if known is None or self._find(way) is known:
            return []
        if self._find(way) is not None:
            self._report.problems.append((number, REFUSALS["clients.error_client_twice"]))
            return []
        parent = self._find(way[:-1])
        if parent is None and len(way) > 1:
            above = ", ".join(way[:-1])
            self._report.problems.append((number, f"a known code under a client that is not there yet: add {above}."))
            return []
        before = {"name": known.name, "parent_id": str(known.parent_id or "")}
        del self._by_key[known.parent_id, fold(known.name)]
        known.name, known.parent_id = way[-1], parent.id if parent is not None else None
        try:
            moved = service.place_anew(self._session, known)
        except Invalid as refusal:
            self._report.problems.extend((number, REFUSALS[key]) for key, _params in refusal.fields.values())
            return []
        self._by_key[known.parent_id, fold(known.name)] = known
        self._edited(known, before, {"name": known.name, "parent_id": str(known.parent_id or "")})
        self._count(known)
        return moved

    def _count(self, node: Client) -> None:
        """Each client counts once, as new or as updated."""
        self._report.updated += node.id not in self._counted
        self._counted.add(node.id)

    def _create(self, rows: Sequence[tuple[int, Mapping[str, str]]], depth: int) -> None:
        """What is missing at one level."""
        fresh: dict[Key, Client] = {}
        for _number, cells in rows:
            way = _way(cells)
            if len(way) < depth:
                continue
            parent = self._find(way[: depth - 1])
            key = (parent.id if parent is not None else None, fold(way[depth - 1]))
            level = level_under(parent.level if parent is not None else None)
            if key in self._by_key or key in fresh or level is None:
                continue
            fresh[key] = service.make_client(parent, way[depth - 1], None, None, level=level, now=self._now)
        self._session.add_all(fresh.values())
        self._session.flush()
        for node in fresh.values():
            service.settle(self._by_id.get(node.parent_id or 0), node)
            self._know(node)
        self._session.flush()
        for node in fresh.values():
            audit.record(
                self._session,
                now=self._now,
                action="client.added",
                subject=service.CLIENT,
                subject_id=node.id,
                after={"path": node.path},
            )
        self._report.new += len(fresh)
        self._fresh = {node.id for node in fresh.values()}
        self._counted |= self._fresh

    def _complete(self, number: int, cells: Cells) -> None:
        """The code, the country and the spelling of a line, on the client that exists by now."""
        node = self._find(_way(cells))
        if node is None:
            self._report.problems.append((number, "this client could not be placed: check the lines above it."))
            return
        holder = self._by_code.get(cells["code"])
        if cells["code"] and holder is not None and holder is not node:
            self._report.problems.append((number, REFUSALS["clients.error_client_twice"]))
            return
        wanted = {"code": cells["code"], "country": cells["country"].upper()}
        before = {name: getattr(node, name) or "" for name in wanted}
        after = {name: value for name, value in wanted.items() if value and value != before[name]}
        for name, value in after.items():
            setattr(node, name, value)
        if "code" in after:
            self._by_code.pop(before["code"], None)
            self._by_code[node.code or ""] = node
            node.search_text = client_text(node.path, node.code)
        if cells["code"] in self._stored_codes:
            # Before the next line takes over another one's code: the database sees each of them once.
            self._session.flush()
        if after and (node.id not in self._fresh):
            self._edited(node, before, after)
            self._count(node)
        self._report.unchanged += not after and node.id not in self._counted

    def _edited(self, node: Client, before: dict[str, str], after: dict[str, str]) -> None:
        _edited(self._session, service.CLIENT, node, before, after, self._now)


def _edited(
    session: Session,
    subject: str,
    row: Client | Contact,
    before: dict[str, str],
    after: dict[str, str],
    now: datetime,
) -> None:
    """The trail that a dialog opened before the import is merged by."""
    row.revision += 1
    row.updated_at = now
    changed = {name: value for name, value in after.items() if value != before[name]}
    audit.record(
        session,
        now=now,
        action=f"{subject}.edited",
        subject=subject,
        subject_id=row.id,
        before={name: before[name] for name in changed},
        after={**changed, REVISION: row.revision},
    )


# contacts


class _Book:
    """The contacts in memory while a file is taken in."""

    def __init__(self, session: Session, now: datetime, report: ImportReport, told: Told) -> None:
        self._session = session
        self._now = now
        self._report = report
        self._told = told
        self._clients: dict[Key, int] = {
            (parent_id, fold(name)): number
            for number, parent_id, name in session.execute(sa.select(Client.id, Client.parent_id, Client.name))
        }
        self._by_email: dict[str, Contact] = {}
        self._by_name: dict[Key, list[Contact]] = defaultdict(list)
        for contact in session.scalars(sa.select(Contact).order_by(Contact.id)):
            self._know(contact)

    def _know(self, contact: Contact) -> None:
        if contact.email:
            self._by_email[contact.email] = contact
        self._by_name[contact.client_id, fold(contact.name)].append(contact)

    def take(self, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
        """Line by line; new ones are stored together at the end."""
        fresh: list[Contact] = []
        seen: dict[int, int] = {}
        names: set[int] = set()
        for done, (number, cells) in enumerate(rows, start=1):
            client_id = self._home(number, cells)
            values = {name: cells[name] or None for name in ("name", "position", "phone")}
            values["email"] = cells["email"].lower() or None
            known = self._find(values, client_id)
            if known is None:
                known = service.make_contact({**values, "client_id": client_id}, now=self._now)
                fresh.append(known)
                self._know(known)
            elif id(known) not in seen:
                if known.name != cells["name"]:
                    names.add(known.id)
                self._correct(known, {**values, "client_id": client_id})
            earlier = seen.setdefault(id(known), number)
            if earlier != number:
                self._report.problems.append((number, f"the same person as in line {earlier}: write each once."))
            if done % TOLD_EVERY == 0:
                self._told(f"{done} of {len(rows)} lines…")
        if self._report.problems:
            return
        self._store(fresh)
        renamed(self._session, contacts=names, actor=None, now=self._now)

    def _home(self, number: int, cells: Cells) -> int | None:
        """The client a line names, which must be there."""
        client_id: int | None = None
        for name in _way(cells):
            found = self._clients.get((client_id, fold(name)))
            if found is None:
                self._report.problems.append((number, f"no client {name!r} there: import the clients first."))
                return None
            client_id = found
        return client_id

    def _find(self, values: Mapping[str, str | None], client_id: int | None) -> Contact | None:
        """By the address; else by name and client, unless both have different addresses."""
        email = values["email"]
        if email and email in self._by_email:
            return self._by_email[email]
        same = self._by_name.get((client_id, fold(values["name"] or "")), ())
        return next((each for each in same if not email or not each.email), None)

    def _correct(self, contact: Contact, values: Mapping[str, Any]) -> None:
        """Write what a line says otherwise; empty cells say nothing."""
        after = {name: value for name, value in values.items() if value and value != getattr(contact, name)}
        if not after:
            self._report.unchanged += 1
            return
        before = {name: str(getattr(contact, name) or "") for name in after}
        for name, value in after.items():
            setattr(contact, name, value)
        contact.search_text = contact_text(contact.name, contact.email, contact.position)
        if contact.email:
            self._by_email[contact.email] = contact
        texts = {name: str(value) for name, value in after.items()}
        _edited(self._session, service.CONTACT, contact, before, texts, self._now)
        self._report.updated += 1

    def _store(self, fresh: Sequence[Contact]) -> None:
        self._session.add_all(fresh)
        self._session.flush()
        for contact in fresh:
            audit.record(
                self._session,
                now=self._now,
                action="contact.added",
                subject=service.CONTACT,
                subject_id=contact.id,
                after={"name": contact.name},
            )
        self._report.new += len(fresh)
