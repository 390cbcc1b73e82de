"""Indexes over some rows are so on both databases."""

from __future__ import annotations

from bot import schema


def test_both_databases_are_told_the_same_rows() -> None:
    told = {
        str(index.name): [str(index.dialect_options[name]["where"]) for name in ("sqlite", "postgresql")]
        for table in schema.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
        or index.dialect_options["postgresql"]["where"] is not None
    }
    assert "uq_round_one_open" in told
    assert {name: rows for name, rows in told.items() if len(set(rows)) != 1} == {}
