"""Statements of the hot path: compiled once, then run on the driver's own cursor.

SQLAlchemy spends about 35 µs on each ordinary execution, the driver 3 µs. A vote needs nine statements, so its
own are prepared here: the SQL text and the conversions of values are SQLAlchemy's, made once per kind of database;
errors are SQLAlchemy's too. Everything else uses sessions and connections as usual. Not for statements whose text
depends on the values (``IN`` lists).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

Convert = Callable[[Any], Any]


@dataclass(slots=True)
class _Form:
    """A statement as one kind of database takes it."""

    text: str
    blank: list[Any] | dict[str, Any]
    """The parameters with the statement's own constants in place."""
    plain: tuple[tuple[Any, str], ...]
    """Where each given value goes, by its name …"""
    converted: tuple[tuple[Any, str, Convert], ...]
    """… and those that SQLAlchemy converts on the way."""
    returns: bool
    inbound: tuple[tuple[int, Convert], ...] | None
    error: type[Exception]


class Prepared:
    """A select, or a change with or without ``returning``, whose values come as ``bindparam`` names."""

    __slots__ = ("_forms", "statement")

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase) -> None:
        """Take the statement; it is compiled when it first meets a database."""
        self.statement = statement
        self._forms: dict[str, _Form] = {}

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute and return every row, as plain tuples; none for a change without ``returning``."""
        return self._execute(connection, (values,))

    def run_each(self, connection: sa.Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each mapping."""
        self._execute(connection, values)

    def _execute(self, connection: sa.Connection, values: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        form = self._forms.get(connection.dialect.name) or self._compile(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        cursor: Any = None
        parameters: Any = None
        try:
            for given in values:
                parameters = _parameters(form, given)
                cursor = driver.execute(form.text, parameters)
            if cursor is None or not form.returns:
                return []
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        except form.error as error:
            # What the unit of work repeats or reports is decided on SQLAlchemy's classes.
            raise exc.DBAPIError.instance(
                form.text, parameters, error, form.error, hide_parameters=True, dialect=connection.dialect
            ) from error
        if form.inbound is None:
            form.inbound = self._readers(cursor.description, connection.dialect)
        return _read(form.inbound, rows) if form.inbound else rows

    def _compile(self, dialect: sa.Dialect) -> _Form:
        compiled: Any = self.statement.compile(dialect=dialect)
        converters = {
            name: convert
            for name in compiled.params
            if (convert := compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        fixed = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
        module: Any = dialect.loaded_dbapi
        places: list[tuple[Any, str]] = (
            list(enumerate(compiled.positiontup)) if compiled.positional else [(name, name) for name in compiled.params]
        )
        constants = {place: converters.get(name, _same)(fixed[name]) for place, name in places if name in fixed}
        form = _Form(
            text=compiled.string,
            blank=[constants.get(place) for place, _name in places] if compiled.positional else constants,
            plain=tuple((place, name) for place, name in places if name not in fixed and name not in converters),
            converted=tuple(
                (place, name, converters[name]) for place, name in places if name not in fixed and name in converters
            ),
            returns=bool(self._columns()),
            inbound=None,
            error=module.Error,
        )
        self._forms[dialect.name] = form
        return form

    def _columns(self) -> Sequence[Any]:
        return tuple(self.statement.exported_columns)

    def _readers(self, description: Sequence[Any], dialect: sa.Dialect) -> tuple[tuple[int, Convert], ...]:
        processors = (
            _reader_of(column.type, dialect, described[1])
            for column, described in zip(self._columns(), description, strict=True)
        )
        return tuple((place, convert) for place, convert in enumerate(processors) if convert is not None)


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


def _same(value: object) -> object:
    return value


def _parameters(form: _Form, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  a list or a dict, as the driver wants
    values: Any = form.blank.copy()
    for place, name in form.plain:
        values[place] = given[name]
    for place, name, convert in form.converted:
        values[place] = convert(given[name])
    return values


def _read(readers: tuple[tuple[int, Convert], ...], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    converted = []
    for row in rows:
        values = list(row)
        for place, convert in readers:
            # NULL is None for every type.
            if (value := values[place]) is not None:
                values[place] = convert(value)
        converted.append(tuple(values))
    return converted
