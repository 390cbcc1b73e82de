"""The views for Power BI: made by every run of the migrations, with the rights that others have on them."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from psycopg import sql

from bot import config, schema
from bot.database import Database, make_engine
from bot.reports import star_schema
from bot.reports.labels import refresh

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {view.name for view in star_schema.VIEWS}
PAGE = Path(__file__).parents[3] / "docs" / "power-bi.md"
SINCE = "0013"
VIEWS_ARE = "8d620525719a4ba40fee0b87b2066258029d6b3e863bbbe89d397a902730c641"  # pragma: allowlist secret
on_postgres = pytest.mark.parametrize("fresh_database_url", ["postgresql"], indirect=True)


def views(url: str) -> set[str]:
    engine = make_engine(url)
    found = set(sa.inspect(engine).get_view_names())
    engine.dispose()
    return found


def execute(url: str, *statements: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def role(fresh_database_url: str) -> Iterator[str]:
    """A name for a role, which is gone afterwards: roles belong to the whole server."""
    name = f"offerdesk_reader_{uuid.uuid4().hex[:8]}"
    yield name
    execute(fresh_database_url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_the_newest_schema_has_every_view_and_keeps_a_view_of_others(fresh_database_url: str) -> None:
    execute(fresh_database_url, "CREATE VIEW bi_v1_my_own AS SELECT 1 AS one")
    schema.upgrade(fresh_database_url)
    assert views(fresh_database_url) == {*NAMES, "bi_v1_my_own"}


def test_an_older_schema_has_none_yet(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(schema.configuration(url), "0005")
    assert views(url) == set()
    schema.upgrade(url)
    assert views(url) == NAMES


def test_a_failed_run_leaves_everything_as_it_was(fresh_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        message = "the power went"
        raise RuntimeError(message)

    monkeypatch.setattr(star_schema, "put_up", fail)
    with pytest.raises(RuntimeError):
        schema.upgrade(fresh_database_url)
    assert views(fresh_database_url) == NAMES


def test_a_changed_view_is_made_anew(fresh_database_url: str) -> None:
    execute(
        fresh_database_url,
        "DROP VIEW bi_v1_dim_outcome",
        "CREATE VIEW bi_v1_dim_outcome AS SELECT 'old' AS outcome_key",
    )
    schema.upgrade(fresh_database_url)
    database = Database(fresh_database_url)
    database.write_now(lambda session: refresh(session, config.default()))
    found = database.read_now(lambda session: session.execute(sa.text("SELECT * FROM bi_v1_dim_outcome")).all())
    database.close()
    assert len(found) == 5


@on_postgres
def test_rights_on_a_view_outlive_the_migrations(fresh_database_url: str, role: str) -> None:
    execute(
        fresh_database_url,
        f"CREATE ROLE {role}",
        f"GRANT SELECT ON bi_v1_fact_hours, bi_v1_dim_date TO {role}",
        "GRANT SELECT ON bi_v1_dim_outcome TO PUBLIC",
    )
    schema.upgrade(fresh_database_url)
    engine = make_engine(fresh_database_url)
    with engine.connect() as connection:
        granted = connection.execute(
            sa.text(
                "SELECT table_name FROM information_schema.table_privileges"
                " WHERE grantee = :role AND privilege_type = 'SELECT' ORDER BY table_name"
            ),
            {"role": role},
        )
        assert granted.scalars().all() == ["bi_v1_dim_date", "bi_v1_fact_hours"]
        public = sa.text("SELECT has_table_privilege(:role, 'bi_v1_dim_outcome', 'SELECT')")
        assert connection.scalar(public, {"role": role})
    engine.dispose()


def documented(role: str) -> list[str]:
    """The statements of the page that make the role of the readers, under another name."""
    blocks = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    text = "\n".join(re.sub(r"--.*", "", block) for block in blocks)
    return [
        statement.strip().replace("offerdesk_reader", role).replace("DATABASE offerdesk", "DATABASE {database}")
        for statement in text.split(";")
        if statement.strip()
    ]


@on_postgres
def test_the_documented_role_reads_the_views_without_cost_and_nothing_else(fresh_database_url: str, role: str) -> None:
    url = sa.make_url(fresh_database_url)
    statements = [one.replace("{database}", str(url.database)) for one in documented(role)]
    assert any(one.startswith("CREATE ROLE") for one in statements)
    cost = [one for one in statements if "hours_cost" in one]
    execute(fresh_database_url, *(one for one in statements if one not in cost))
    reader = url.set(drivername="postgresql", username=role, password="made-up")
    execute(fresh_database_url, f"ALTER ROLE {role} PASSWORD 'made-up'")
    with psycopg.connect(reader.render_as_string(hide_password=False), autocommit=True) as connection:
        for view in star_schema.VIEWS:
            if not view.cost:
                connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(view.name)))
        for name in ("bi_v1_fact_hours_cost", "hourly_rate", "offer", "audit_event", "person", "ledger", "bi_label"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE mine (one integer)")
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5min",)
    execute(fresh_database_url, *cost)
    with psycopg.connect(reader.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("SELECT * FROM bi_v1_fact_hours_cost")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM hourly_rate")


def test_whoever_changes_a_view_adds_a_revision() -> None:
    """A running program asks for `migrate` only when the revision moves. So: change a view, add a revision, and then
    write both down here.
    """
    made = [*star_schema.statements("sqlite"), *star_schema.statements("postgresql")]
    assert hashlib.sha256("\n".join(made).encode()).hexdigest() == VIEWS_ARE
    assert (schema.head() or "") >= SINCE


def test_the_page_holds_the_reference_of_every_view() -> None:
    text = PAGE.read_text()
    _before, _mark, after = text.partition("<!-- The rest is made from bot/reports/star_schema.py. -->\n")
    assert after.strip() == star_schema.reference().strip()
