"""Statements of the hot path: compiled once, then run on the driver's own cursor.

SQLAlchemy spends about 35 µs on each ordinary execution, the driver 3 µs. A vote needs eight statements, so its
own are prepared here: the SQL text and the conversions of values are SQLAlchemy's, made once per kind of database;
errors are SQLAlchemy's too. Everything else uses sessions and connections as usual. Not for statements whose text
depends on the values (``IN`` lists).

SQLite's driver describes every column anew on each execution, and lets go of the interpreter's lock for every value it
reads. A select of several columns is therefore asked for as one JSON array a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import call, itemgetter
from typing import Any, NamedTuple, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

Convert = Callable[[Any], Any]
Rows = Sequence[tuple[Any, ...]]
Values = Mapping[str, Any]


PACKED_COLUMNS = range(4, 100)
"""With so many columns one JSON array is quicker; SQLite's functions take 127 values at most."""
EXACT_DIGITS = 15
"""So many decimal digits of a number survive SQLite's JSON."""


class _Line(NamedTuple):
    """The connection of a session's transaction, with what a statement asks of it."""

    connection: sa.Connection
    driver: Any
    """The driver's own connection."""
    database: str
    """``sqlite`` or ``postgresql``."""


@dataclass(slots=True)
class _Form:
    """A statement as one kind of database takes it."""

    text: str
    parameters: Callable[[Values], Any]
    """From our values to what the driver takes: a sequence, or a dict where it takes names."""
    returns: bool
    tells_key: bool
    """Whether the driver tells the key of an inserted row without being asked."""
    packed: bool
    """Whether each row comes as one JSON array."""
    read: Callable[[Rows], Rows] | None
    """From the driver's values to ours; made when the first rows come."""
    error: type[Exception]


class Prepared:
    """A select, or a change with or without ``returning``, whose values come as ``bindparam`` names.

    It runs in the transaction of a session and sees what the session has flushed.
    """

    __slots__ = ("_forms", "_remembered", "statement")

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase, *, remembered: int = 0) -> None:
        """Take the statement; it is compiled when it first meets a database.

        ``remembered``: of so many results the converted values are kept, for small ones that come again and again and
        hold no JSON. The database is asked every time all the same.
        """
        self.statement = statement
        self._remembered = remembered
        self._forms: dict[str, _Form] = {}

    def run(self, session: Session, values: Values) -> Rows:
        """Execute and return every row, as plain tuples; none for a change without ``returning``."""
        line = session.info.get(_LINE) or _line_of(session)
        form = self._forms.get(line.database) or self._compile(line.connection.dialect)
        parameters = form.parameters(values)
        try:
            cursor = line.driver.execute(form.text, parameters)
            if not form.returns:
                return ()
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        except form.error as error:
            raise _translated(form, error, parameters, line) from error
        read = form.read
        if read is None:
            read = form.read = self._reader(form, cursor.description, line.connection.dialect)
        return read(rows)

    def insert(self, session: Session, values: Values) -> int:
        """Execute an insert of one row, without ``returning``, and give its key: where the driver tells it anyway, as
        SQLite's does, asking for it costs half as much again as the insert.
        """
        line = session.info.get(_LINE) or _line_of(session)
        form = self._forms.get(line.database) or self._compile(line.connection.dialect)
        parameters = form.parameters(values)
        try:
            cursor = line.driver.execute(form.text, parameters)
        except form.error as error:
            raise _translated(form, error, parameters, line) from error
        return int(cursor.lastrowid if form.tells_key else cursor.fetchone()[0])

    def _compile(self, dialect: sa.Dialect) -> _Form:
        statement, packed = self.statement, False
        if dialect.name == "sqlite" and isinstance(statement, sa.Select) and _fits_json(self._columns()):
            statement, packed = _packed(statement), True
        compiled: Any = statement.compile(dialect=dialect)
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
        names = compiled.positiontup if compiled.positional else list(compiled.params)
        changed = {name: convert for name, convert in converters.items() if name not in constants}
        form = _Form(
            text=compiled.string,
            parameters=_by_place(names, constants, changed) if compiled.positional else _by_name(constants, changed),
            returns=bool(self._columns()),
            tells_key=dialect.name == "sqlite",
            packed=packed,
            read=None,
            error=module.Error,
        )
        self._forms[dialect.name] = form
        return form

    def _columns(self) -> Sequence[Any]:
        return tuple(self.statement.exported_columns)

    def _reader(self, form: _Form, description: Sequence[Any], dialect: sa.Dialect) -> Callable[[Rows], Rows]:
        columns = self._columns()
        described = [None] * len(columns) if form.packed else [one[1] for one in description]
        found = (_reader_of(column.type, dialect, kind) for column, kind in zip(columns, described, strict=True))
        convert = _changed({place: convert for place, convert in enumerate(found) if convert is not None})

        def read(rows: Rows) -> Rows:
            if form.packed:
                return [convert(orjson.loads(text)) for (text,) in rows]
            return [convert(row) for row in rows]

        if not self._remembered:
            return read
        remembered = lru_cache(self._remembered)(lambda rows: tuple(read(rows)))
        return lambda rows: remembered(tuple(rows))


def _packed(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """The same rows, each as one JSON array of its values. A select that joins says from what, with ``select_from``."""
    return statement.with_only_columns(sa.func.json_array(*statement.selected_columns))


def _fits_json(columns: Sequence[Any]) -> bool:
    return len(columns) in PACKED_COLUMNS and all(_survives_json(column.type) for column in columns)


def _survives_json(kind: sa.types.TypeEngine[Any]) -> bool:
    """Tell whether SQLite's JSON gives back every value of this type as it stands in the table."""
    if isinstance(kind, sa.Float | sa.LargeBinary):
        return False
    return not isinstance(kind, sa.Numeric) or (kind.precision or EXACT_DIGITS + 1) <= EXACT_DIGITS


M = TypeVar("M")


def insert_into(model: type[Any], dialect: str) -> Any:  # noqa: ANN401  the insert of one kind of database
    """An insert that knows ``ON CONFLICT``, imported when it is met: PostgreSQL's brings all its drivers along."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(model)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(model)


_LINE = "bot.statements.line"
"""Where the unit of work leaves a session's connection: asking the session for it costs more than a statement."""


def hold_connection(session: Session) -> None:
    """Begin the session's transaction and remember its connection, for every :class:`Prepared` in it."""
    session.info[_LINE] = _line_of(session)


def end_job(session: Session) -> None:
    """Make the session fit for the next job of a group: no object and nothing remembered but the connection."""
    if session.identity_map:
        session.expunge_all()
    line = session.info[_LINE]
    session.info.clear()
    session.info[_LINE] = line


def database_of(session: Session) -> str:
    """The kind of database: ``sqlite`` or ``postgresql``."""
    line: _Line = session.info.get(_LINE) or _line_of(session)
    return line.database


def _line_of(session: Session) -> _Line:
    connection = session.connection()
    return _Line(connection, connection.connection.dbapi_connection, connection.dialect.name)


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


def _translated(form: _Form, error: Exception, parameters: Any, line: _Line) -> Exception:  # noqa: ANN401
    """What the unit of work repeats or reports is decided on SQLAlchemy's classes."""
    return exc.DBAPIError.instance(
        form.text, parameters, error, form.error, hide_parameters=True, dialect=line.connection.dialect
    )


def _same(value: Any) -> Any:  # noqa: ANN401  whatever was given
    return value


def _by_place(
    names: Sequence[str], constants: Values, converters: Mapping[str, Convert]
) -> Callable[[Values], Sequence[Any]]:
    """Our values in the order of the placeholders; ``constants`` are the statement's own, as the driver takes them."""
    pick = _picked(names)
    convert = _changed({place: converters[name] for place, name in enumerate(names) if name in converters})
    if constants:
        return lambda given: convert(pick({**constants, **given}))
    return (lambda given: convert(pick(given))) if converters else pick


def _by_name(constants: Values, converters: Mapping[str, Convert]) -> Callable[[Values], dict[str, Any]]:
    """Our values under their names."""

    def parameters(given: Values) -> dict[str, Any]:
        values = {**constants, **given}
        for name, convert in converters.items():
            values[name] = convert(values[name])
        return values

    return parameters


def _changed(converters: Mapping[int, Convert]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """What converts the values at these places of a row. NULL is None for every type; each conversion knows that."""
    if not converters:
        return tuple
    places, conversions = tuple(converters), tuple(converters.values())
    pick = _picked(places)

    def changed(row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, value in zip(places, map(call, conversions, pick(row)), strict=True):
            values[place] = value
        return tuple(values)

    return changed


def _picked(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values under these keys, as a tuple, also when it is one or none."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda given: tuple([given[key] for key in keys])
