"""Statements of the hot path: compiled once, then run on the driver's own cursor.

SQLAlchemy spends about 35 µs on each ordinary execution, the driver 3 µs. A vote needs nine statements, so its
own are prepared here: the SQL text and the conversions of values are SQLAlchemy's, made once per kind of database;
errors are SQLAlchemy's too. Everything else uses sessions and connections as usual. Not for statements whose text
depends on the values (``IN`` lists).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

Convert = Callable[[Any], Any]
Rows = Sequence[tuple[Any, ...]]


@dataclass(slots=True)
class _Form:
    """A statement as one kind of database takes it."""

    text: str
    constants: dict[str, Any]
    """The statement's own values, as the driver takes them."""
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None
    """Takes the values out of a mapping in the order of the placeholders; None where the driver takes names."""
    converted: tuple[tuple[Any, Convert], ...]
    """Which values SQLAlchemy converts on the way: by place, or by name where the driver takes names."""
    returns: bool
    tells_key: bool
    """Whether the driver tells the key of an inserted row without being asked."""
    read: Callable[[Rows], Rows] | None
    """From the driver's values to ours; made when the first rows come."""
    error: type[Exception]


class Prepared:
    """A select, or a change with or without ``returning``, whose values come as ``bindparam`` names."""

    __slots__ = ("_forms", "_remembered", "statement")

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase, *, remembered: int = 0) -> None:
        """Take the statement; it is compiled when it first meets a database.

        ``remembered``: of so many results the converted values are kept, for small ones that come again and again and
        hold no JSON. The database is asked every time all the same.
        """
        self.statement = statement
        self._remembered = remembered
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> Rows:
        """Execute and return every row, as plain tuples; none for a change without ``returning``."""
        return self._execute(connection, (values,))

    def run_each(self, connection: sa.Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each mapping."""
        self._execute(connection, values)

    def insert(self, connection: sa.Connection, values: Mapping[str, Any]) -> int:
        """Execute an insert of one row, without ``returning``, and give its key: where the driver tells it anyway, as
        SQLite's does, asking for it costs half as much again as the insert.
        """
        form, cursor = self._cursor(connection, (values,))
        return int(cursor.lastrowid if form.tells_key else cursor.fetchone()[0])

    def _execute(self, connection: sa.Connection, values: Sequence[Mapping[str, Any]]) -> Rows:
        form, cursor = self._cursor(connection, values)
        if cursor is None or not form.returns:
            return []
        try:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        except form.error as error:
            raise self._translated(form, error, None, connection.dialect) from error
        if form.read is None:
            form.read = self._reader(cursor.description, connection.dialect)
        return form.read(rows)

    def _cursor(self, connection: sa.Connection, values: Sequence[Mapping[str, Any]]) -> tuple[_Form, Any]:
        """Execute for each mapping; gives the last cursor, which is None without any."""
        form = self._forms.get(connection.dialect.name) or self._compile(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        cursor: Any = None
        parameters: Any = None
        try:
            for given in values:
                parameters = _parameters(form, given)
                cursor = driver.execute(form.text, parameters)
        except form.error as error:
            raise self._translated(form, error, parameters, connection.dialect) from error
        return form, cursor

    @staticmethod
    def _translated(form: _Form, error: Exception, parameters: Any, dialect: sa.Dialect) -> Exception:  # noqa: ANN401
        """What the unit of work repeats or reports is decided on SQLAlchemy's classes."""
        return exc.DBAPIError.instance(form.text, parameters, error, form.error, hide_parameters=True, dialect=dialect)

    def _compile(self, dialect: sa.Dialect) -> _Form:
        compiled: Any = self.statement.compile(dialect=dialect)
        converters: dict[str, Convert] = {
            name: convert
            for name in compiled.params
            if (convert := _writer_of(compiled.binds[name].type, dialect)) is not None
        }
        constants = {
            name: converters.get(name, _same)(value)
            for name, value in compiled.params.items()
            if not compiled.binds[name].required
        }
        module: Any = dialect.loaded_dbapi
        places: list[tuple[Any, str]] = (
            list(enumerate(compiled.positiontup)) if compiled.positional else [(name, name) for name in compiled.params]
        )
        form = _Form(
            text=compiled.string,
            constants=constants,
            pick=_picker([name for _place, name in places]) if compiled.positional else None,
            converted=tuple(
                (place, converters[name]) for place, name in places if name in converters and name not in constants
            ),
            returns=bool(self._columns()),
            tells_key=dialect.name == "sqlite",
            read=None,
            error=module.Error,
        )
        self._forms[dialect.name] = form
        return form

    def _columns(self) -> Sequence[Any]:
        return tuple(self.statement.exported_columns)

    def _reader(self, description: Sequence[Any], dialect: sa.Dialect) -> Callable[[Rows], Rows]:
        found = (
            _reader_of(column.type, dialect, described[1])
            for column, described in zip(self._columns(), description, strict=True)
        )
        readers = tuple((place, convert) for place, convert in enumerate(found) if convert is not None)
        if not readers:
            return _same_rows
        if not self._remembered:
            return lambda rows: _read(readers, rows)
        remembered = lru_cache(self._remembered)(lambda rows: tuple(_read(readers, rows)))
        return lambda rows: remembered(tuple(rows))


M = TypeVar("M")


def insert_into(model: type[Any], dialect: str) -> Any:  # noqa: ANN401  the insert of one kind of database
    """An insert that knows ``ON CONFLICT``, imported when it is met: PostgreSQL's brings all its drivers along."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(model)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(model)


CONNECTION = "bot.statements.connection"
"""Where the unit of work leaves a session's connection: asking the session for it costs more than a statement."""


def hold_connection(session: Session) -> None:
    """Begin the session's transaction and remember its connection, for :func:`connection_of`."""
    session.info[CONNECTION] = session.connection()


def end_job(session: Session) -> None:
    """Make the session fit for the next job of a group: no object and nothing remembered but the connection."""
    if session.identity_map:
        session.expunge_all()
    connection = session.info[CONNECTION]
    session.info.clear()
    session.info[CONNECTION] = connection


def connection_of(session: Session) -> sa.Connection:
    """The connection of the session's transaction."""
    held: sa.Connection | None = session.info.get(CONNECTION)
    return held if held is not None else session.connection()


def adopt(session: Session, model: type[M], values: Mapping[str, Any]) -> M:
    """A row that a prepared select read, as an object of the session, exactly as if the session had loaded it.

    ``values`` holds every column by attribute name. An object the session has already is given back as it is.
    """
    mapper: Mapper[M] = sa.inspect(model)
    key = mapper.identity_key_from_primary_key(tuple([values[str(column.key)] for column in mapper.primary_key]))
    known = session.identity_map.get(key)
    if known is not None:
        return known
    instance: M = mapper.class_manager.new_instance()
    # What ``make_transient_to_detached`` does, without looking for columns that are missing: none is.
    state = instance_state(instance)
    state.dict.update(values)
    state.key = key
    session.add(instance)
    return instance


def _reader_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect, described: object) -> Convert | None:
    """What turns the driver's value into ours: SQLAlchemy's conversion, but a plain look-up for closed enumerations."""
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        members: dict[Any, Any] = {None: None, **{member.value: member for member in kind.enum_class}}
        return members.__getitem__
    return kind.dialect_impl(dialect).result_processor(dialect, described)


def _writer_of(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    """What turns our value into the driver's; for closed enumerations again a look-up, which refuses what is none."""
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        values: dict[Any, Any] = {None: None, **{member: member.value for member in kind.enum_class}}
        return values.__getitem__
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _same(value: object) -> object:
    return value


def _same_rows(rows: Rows) -> Rows:
    return rows


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda given: tuple([given[name] for name in names])


def _parameters(form: _Form, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  a sequence or a dict, as the driver wants
    if form.constants:
        given = {**form.constants, **given}
    values: Any = dict(given) if form.pick is None else form.pick(given)
    if form.converted:
        if form.pick is not None:
            values = list(values)
        for place, convert in form.converted:
            values[place] = convert(values[place])
    return values


def _read(readers: Sequence[tuple[int, Convert]], rows: Rows) -> Rows:
    converted = []
    for row in rows:
        values = list(row)
        for place, convert in readers:
            # NULL is None for every type.
            if (value := values[place]) is not None:
                values[place] = convert(value)
        converted.append(tuple(values))
    return converted
