"""``offerdesk export``: files, the output, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from bot.commands import commands
from bot.database import Database
from bot.exports import command as exporting
from bot.exports.tables import exportables
from bot.schema import upgrade
from tests.unit.reports.history import make

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A company with hours behind the settings; how many entries."""
    url = f"sqlite:///{tmp_path / 'offerdesk.db'}"
    upgrade(url)
    database = Database(url)
    history = database.write_now(lambda session: make(session, 5, people=3, offers=4))
    database.close()
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", url)
    return len(history.entries)


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["export", *words])
    return done.exit_code, done.stdout, done.stderr


def test_csv_goes_to_the_output_or_into_a_file(entries: int, tmp_path: Path) -> None:
    code, output, said = run("hours", "--format", "csv")
    assert (code, output.splitlines()[0].split(",")[0], len(output.splitlines())) == (0, "person", entries + 1)
    assert f"{entries} rows." in said
    file = tmp_path / "hours.csv"
    code, output, _said = run("hours", "--out", str(file), "--cost", "--mark", "--json")
    assert (code, file.read_text("utf-8-sig").splitlines()[0].split(",")[-1]) == (0, "cost")
    assert file.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert orjson.loads(output) == {"file": str(file), "rows": entries}
    code, output, _said = run("hours", "--year", "2031")
    assert (code, len(output.splitlines())) == (0, 1)


def test_other_forms_go_into_a_file(entries: int, tmp_path: Path) -> None:
    file = tmp_path / "hours.xlsx"
    code, output, _said = run("hours", "--format", "xlsx", "--out", str(file))
    assert (code, file.read_bytes()[:2]) == (0, b"PK")
    assert f"{entries} rows" in output
    file = tmp_path / "hours.parquet"
    code, output, _said = run("bi_v1_fact_hours", "--format", "parquet", "--out", str(file))
    assert (code, parquet.read_metadata(file).num_rows) == (0, entries)


def test_reports_are_tables_too(entries: int, tmp_path: Path) -> None:
    code, output, _said = run("report_hours", "--by", "person", "--year", "2026")
    assert code == 0
    assert len(output.splitlines()) == 4


def test_without_a_name_it_lists_what_there_is(entries: int) -> None:
    code, output, _said = run("--json")
    assert code == 0
    assert [one["table"] for one in orjson.loads(output)] == [one.name for one in exportables()]
    assert all(one["holds"] for one in orjson.loads(output))


def test_a_file_that_cannot_be_finished_is_not_left_behind(
    entries: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> int:
        raise OSError("No space left on device")

    file = tmp_path / "hours.csv"
    file.write_text("the one of yesterday")
    monkeypatch.setattr(exporting, "write", fail)
    assert run("hours", "--out", str(file))[0] == 1
    assert file.read_text() == "the one of yesterday"
    assert [path.name for path in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize(
    "words",
    [
        ("hours", "--format", "xlsx"),
        ("hours", "--format", "parquet"),
        ("hours", "--format", "pdf"),
        ("hours", "--year", "1066"),
        ("hours", "--year", "-1"),
        ("hours", "--by", "person"),
        ("hourly_rate",),
        ("bi_v1_fact_hours", "--year", "2026"),
        ("bi_v1_fact_hours", "--cost"),
        ("report_hours", "--by", "colour"),
        ("report_hours", "--by", "campaign"),
        ("hours", "--format", "xlsx", "--out", "x.xlsx", "--mark"),
    ],
)
def test_wrong_usage_is_told(entries: int, words: tuple[str, ...]) -> None:
    code, _output, said = run(*words)
    assert code == 2
    assert "Usage" in said
