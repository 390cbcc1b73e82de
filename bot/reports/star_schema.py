"""The star schema for Power BI and exports: every view with its columns, defined once here and made in the database by
``offerdesk migrate``.

The names carry a version: within ``bi_v1`` a column is never renamed, retyped or taken away. Views are no migrations:
each run of ``migrate`` takes them down, migrates, and makes them as this version defines them, in one transaction, so
that a migration may change the tables below. Rights that were granted on a view stay. Whoever changes a view adds a
revision, if only an empty one, so that a running program asks for ``migrate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.reports.star_columns import DIALECTS
from bot.reports.star_dimensions import DIMENSIONS
from bot.reports.star_facts import FACTS
from bot.reports.star_offers import OFFERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reports.star_columns import View

VIEWS: tuple[View, ...] = (*DIMENSIONS, *OFFERS, *FACTS)
PREFIX = "bi_v1_"
Grant = tuple[str, str, str]
"""View, right, role."""


def reference() -> str:
    """Every view and column as Markdown, for ``docs/power-bi.md``."""
    lines: list[str] = []
    for view in VIEWS:
        lines += [f"### {view.name}", "", view.meaning, "", "| column | kind | meaning |", "|---|---|---|"]
        lines += [f"| `{one.name}` | {one.kind.value} | {one.meaning} |" for one in view.columns]
        lines.append("")
    return "\n".join(lines)


def by_name(name: str) -> View | None:
    """The view of this name."""
    return next((view for view in VIEWS if view.name == name), None)


def statements(dialect: str) -> list[str]:
    """What makes every view; ``dialect``: ``sqlite`` or ``postgresql``."""
    return [view.definition(DIALECTS[dialect]) for view in VIEWS]


def take_down(connection: sa.Connection) -> tuple[Grant, ...]:
    """Remove the views that are there; returns the rights that others have on them. A view of somebody else that is
    built upon one of ours refuses it.
    """
    grants = _grants(connection)
    there = set(sa.inspect(connection).get_view_names())
    for view in VIEWS:
        if view.name in there:
            connection.exec_driver_sql(f"DROP VIEW {view.name}")
    return grants


def put_up(connection: sa.Connection, grants: Sequence[Grant] = ()) -> None:
    """Make every view, and give the rights back on those that still exist."""
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    known = {view.name for view in VIEWS}
    for view, right, role in grants:
        if view in known:
            to = role if role == "PUBLIC" else connection.dialect.identifier_preparer.quote_identifier(role)
            connection.exec_driver_sql(f"GRANT {right} ON {view} TO {to}")


def _grants(connection: sa.Connection) -> tuple[Grant, ...]:
    if connection.dialect.name != "postgresql":
        return ()
    rows = connection.execute(
        sa.text(
            "SELECT table_name, privilege_type, grantee FROM information_schema.table_privileges"
            " WHERE table_schema = current_schema() AND table_name LIKE :ours AND grantee <> grantor"
            " ORDER BY table_name, grantee, privilege_type"
        ),
        {"ours": PREFIX.replace("_", r"\_") + "%"},
    )
    return tuple((row[0], row[1], row[2]) for row in rows)
