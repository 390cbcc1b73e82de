"""The database: one unit of work, run off the event loop, on SQLite and on PostgreSQL.

Services are plain functions over a SQLAlchemy ``Session``. :class:`Database` runs them:

- SQLite: every write goes through **one** writer thread. Jobs that wait together share one ``BEGIN IMMEDIATE`` …
  ``COMMIT`` (group commit), so the disk is synced once. When one of them raises, the group is rolled back and each job
  runs again in a transaction of its own, so a refused job never touches its neighbours. A job therefore changes nothing
  but the database, and may be run twice.
- PostgreSQL: a thread pool; each job is one transaction, repeated when the server reports a deadlock or a serialisation
  failure.

A job commits when it returns and rolls back when it raises.
"""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import DeclarativeBase, Session

from bot.errors import DatabaseUnavailable
from bot.jobs import Crew, Job, Told, tell
from bot.statements import end_job, hold_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

GROUP_LIMIT = 64
"""Jobs that may share one commit; bounds how long the first of them waits for the last."""

READERS = 4
BUSY_TIMEOUT_SECONDS = 5
SAMPLED_ROWS = 1_000
STATISTICS_SECONDS = 3_600
"""How often SQLite counts its tables, and how long a connection that reads may keep an older count."""
RETRY_LIMIT = 4
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock: the transaction surely did not happen, so it may be repeated."""

_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC ``datetime``; refuses naive values, so a local time can never be stored by mistake."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn an aware time into UTC; SQLite keeps it without zone."""
        if value is None:
            return None
        value = _in_utc(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], Any] | None:
        """SQLite's text in one step, which is the same text; a vote binds and reads a dozen times."""
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """An aware time from SQLite's text in one step."""
        return _from_sqlite_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = f"a stored time needs a zone: {value!r}"
        raise ValueError(message)
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(64)
def _sqlite_text(value: datetime | None) -> str | None:
    """``2026-11-23 09:00:00.000000``; remembered, because one job stores its one moment in several tables."""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:26]


def _from_sqlite_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


class Base(DeclarativeBase):
    """The base of every model; names every constraint, so that migrations can address it on both databases."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads this class attribute
        datetime: UtcDateTime(),
        dict[str, Any]: sa.JSON(none_as_null=True),
        list[Any]: sa.JSON(),
    }


def closed_enum(enum: type[Any], name: str | None = None) -> sa.Enum:
    """A closed enumeration stored as its value, with a check constraint in the database.

    The constraint is named after the enumeration, or ``name`` where a table has two columns of one enumeration.
    """
    return sa.Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


PARTIAL = "only_where"


def only_where(condition: str) -> dict[str, Any]:
    """The arguments of an index over some rows. What PostgreSQL is told stands apart, and :mod:`bot.schema` adds it:
    an index that names a database loads all its drivers, and no index is made by the running program.
    """
    return {"sqlite_where": sa.text(condition), "info": {PARTIAL: condition}}


def _as_json(value: object) -> str:
    """The text of a JSON column; as strict about values as Python's own ``json``, in a tenth of the time.

    Half a character (a lone surrogate), as a portal may send one, only Python's own can write and read.
    """
    try:
        return orjson.dumps(value, option=_JSON_OPTIONS).decode()
    except TypeError:
        return json.dumps(value)


def _from_json(text: str | bytes) -> Any:  # noqa: ANN401  whatever the column holds
    """What :func:`_as_json` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def make_engine(url: str, *, read_only: bool = False) -> sa.Engine:
    """An engine with the settings Offerdesk needs: durable WAL on SQLite, UTC and a statement limit on PostgreSQL."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, read_only=read_only)
    return sa.create_engine(
        url,
        pool_size=8,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=_as_json,
        json_deserializer=_from_json,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=5000",
        },
    )


def keep_statistics(session: Session) -> None:
    """Tell SQLite's planner how large the tables are, from a sample of each index, as a PostgreSQL server tells its own
    by itself; there it does nothing. Other connections know it once they are opened anew, as readers regularly are.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text(f"PRAGMA analysis_limit={SAMPLED_ROWS}"))
        session.execute(sa.text("ANALYZE"))


def _sqlite_engine(url: str, *, read_only: bool) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_SECONDS, "isolation_level": None},
        pool_size=READERS,
        pool_recycle=STATISTICS_SECONDS,
        json_serializer=_as_json,
        json_deserializer=_from_json,
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own connection
        connection.isolation_level = None
        cursor = connection.cursor()
        # synchronous=FULL: a vote survives a power cut, which WAL's default (NORMAL) does not promise.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-2000"):
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


class Database:
    """Runs units of work. ``url`` is ``sqlite:///…`` or ``postgresql+psycopg://…``."""

    def __init__(self, url: str) -> None:
        """Open lazily: no connection is made before the first job."""
        self.url = url
        self.is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
        self.engine = make_engine(url)
        self.read_engine = make_engine(url, read_only=True) if self.is_sqlite else self.engine
        self._writer = _Writer(self.engine)
        self._readers = Crew("database-reader", READERS, partial(_each, self._run_read))
        self._writers = (
            Crew("database-writer", 1, partial(_commit_group, self._writer), together=GROUP_LIMIT)
            if self.is_sqlite
            else Crew("database-writer", READERS, partial(_each, self._run_write))
        )

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in one transaction and wait until it is durable.

        Raises whatever ``work`` raises (then nothing was changed) or :class:`DatabaseUnavailable`.
        """
        job, future = Job.awaited(work)
        self._writers.put(job)
        return await future

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a read-only transaction."""
        job, future = Job.awaited(work)
        self._readers.put(job)
        return await future

    def write_now(self, work: Callable[[Session], T]) -> T:
        """:meth:`write` for callers outside an event loop (command line, tests)."""
        job, future = Job.blocking(work)
        self._writers.put(job)
        return future.result()

    def read_now(self, work: Callable[[Session], T]) -> T:
        """:meth:`read` for callers outside an event loop."""
        job, future = Job.blocking(work)
        self._readers.put(job)
        return future.result()

    def close(self) -> None:
        """Finish the waiting jobs, then let go of every connection."""
        self._writers.dismiss()
        self._readers.dismiss()
        self._writer.close()
        self.engine.dispose()
        self.read_engine.dispose()

    @property
    def closed(self) -> bool:
        """Whether nothing more is accepted."""
        return self._writers.dismissed

    def _run_read(self, work: Callable[[Session], T]) -> T:
        with Session(self.read_engine, expire_on_commit=False) as session:
            hold_connection(session)
            return work(session)

    def _run_write(self, work: Callable[[Session], T]) -> T:
        attempt = 1
        while True:
            try:
                with Session(self.engine, expire_on_commit=False) as session, session.begin():
                    hold_connection(session)
                    return work(session)
            except exc.OperationalError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in RETRYABLE_SQLSTATES or attempt == RETRY_LIMIT:
                    raise
            attempt += 1


def _each(run: Callable[[Callable[[Session], Any]], Any], jobs: list[Job[Any]]) -> None:
    """Run each job in a transaction of its own."""
    for job in jobs:
        if not job.future.cancelled():
            tell([_result(run, job)])


def _result(run: Callable[[Callable[[Session], Any]], Any], job: Job[Any]) -> Told:
    try:
        return Told(job, run(job.work))
    except BaseException as error:  # noqa: BLE001  handed to the caller that waits on the future
        return _failed(job, error)


def _commit_group(writer: _Writer, jobs: list[Job[Any]]) -> None:
    """Run jobs in one transaction. When one of them refuses, nothing of the group was done, and each runs alone."""
    waiting = [job for job in jobs if not job.future.cancelled()]
    try:
        with writer.transaction() as session:
            results = [_run_in(session, job) for job in waiting]
    except BaseException as error:  # noqa: BLE001  handed to the caller that waits on the future
        if len(waiting) > 1:
            tell([_alone(writer, job) for job in waiting])
        else:
            tell([_failed(job, error) for job in waiting])
    else:
        tell([Told(job, result) for job, result in zip(waiting, results, strict=True)])


def _alone(writer: _Writer, job: Job[Any]) -> Told:
    """Run one job in a transaction of its own."""
    try:
        with writer.transaction() as session:
            result = _run_in(session, job)
    except BaseException as error:  # noqa: BLE001  handed to the caller that waits on the future
        return _failed(job, error)
    return Told(job, result)


def _run_in(session: Session, job: Job[Any]) -> Any:  # noqa: ANN401  what the job gives
    """Run one job in the group's session; the group commits or rolls back. The next job finds no object of it."""
    result = job.work(session)
    session.flush()
    end_job(session)
    return result


def _failed(job: Job[Any], error: BaseException) -> Told:
    """What the database itself could not do is one error; the rest is the job's own."""
    if isinstance(error, exc.OperationalError):
        unavailable = DatabaseUnavailable()
        unavailable.__cause__ = error
        return Told(job, error=unavailable)
    return Told(job, error=error)


class _Writer:
    """The writer thread's connection, kept between groups: fetching it from the pool and giving it back is a twentieth
    of a vote that is alone in its group. After a failure it is given back, and the next group fetches another.
    """

    def __init__(self, engine: sa.Engine) -> None:
        """Open nothing before the first group."""
        self._engine = engine
        self._connection: sa.Connection | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session in a transaction: committed at the end, or rolled back on any error."""
        connection = self._connection or self._engine.connect()
        self._connection = None
        try:
            with connection.begin(), _session_on(connection) as session:
                yield session
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()


@contextlib.contextmanager
def _session_on(connection: sa.Connection) -> Iterator[Session]:
    """A session inside the transaction of ``connection``: making one costs as much as two statements."""
    with Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session:
        hold_connection(session)
        yield session
