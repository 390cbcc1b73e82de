"""What each command does, says, and ends with."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import chores
from bot.database import Database
from bot.people.models import Person
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.sync.reconciler import claim_due
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.unit.cli.conftest import Command

PEOPLE = (
    "entra_object_id,name,language,roles\n"
    "00000000-0000-4000-8000-000000000001,CTO,fr,cto\n"
    "00000000-0000-4000-8000-000000000007,Key user,en,key_user;admin\n"
)


@pytest.fixture
def opened(configured: str) -> Iterator[Database]:
    database = Database(configured)
    yield database
    database.close()


def test_help_lists_the_commands(command: Command) -> None:
    written = command("--help")
    assert written.code == 0
    for name in ("serve", "demo", "migrate", "doctor", "tenders", "sync", "manifest", "config", "people"):
        assert name in written.out


@pytest.mark.parametrize(
    "arguments", [("frobnicate",), ("people", "import", "absent.csv"), ("sync", "retry"), ("manifest", "build")]
)
def test_wrong_usage_ends_with_two(command: Command, arguments: tuple[str, ...]) -> None:
    assert command(*arguments).code == 2


def test_migrate_makes_a_database_and_may_be_repeated(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert command("migrate").out == "The database is at the newest revision.\n"
    assert command("migrate", "--json").json == {"migrated": True}
    assert command("sync", "status").out == "Everything outside is as it should be.\n"


def test_people_are_imported_with_their_roles(command: Command, opened: Database, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("\ufeff" + PEOPLE, "utf-8")
    assert command("people", "import", "people.csv").out == "2 new, 0 updated.\n"
    assert command("people", "import", "people.csv", "--json").json == {"new": 0, "updated": 2, "problems": []}
    names = opened.read_now(lambda session: sorted(session.scalars(sa.select(Person.name))))
    assert names == ["CTO", "Key user"]


def test_one_bad_line_imports_nobody(command: Command, opened: Database, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE + "not-an-id,,xx,boss\n", "utf-8")
    written = command("people", "import", "people.csv")
    assert written.code == 1
    assert "people.csv, line 4: name is empty." in written.err
    assert "Nothing was changed." in written.err
    machine = command("people", "import", "people.csv", "--json")
    assert (machine.code, {problem["line"] for problem in machine.json["problems"]}) == (1, {4})
    assert opened.read_now(lambda session: list(session.scalars(sa.select(Person)))) == []


def test_a_people_file_that_is_no_text_is_told(command: Command, opened: Database, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(PEOPLE.encode("utf-16"))
    written = command("people", "import", "people.csv")
    assert (written.code, "UTF-8" in written.err) == (1, True)


def _two_rows(session: Session) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    want(session, Kind.SHARED_CARD, 1, now=now)
    want(session, Kind.SHARED_CARD, 2, now=now)
    session.execute(
        sa.update(LedgerRow)
        .where(LedgerRow.subject_id == 2)
        .values(state=LedgerState.MANUAL, error_class="Permanent", error="[bold]refused[/bold]")
    )


def test_sync_status_shows_what_is_not_as_it_should_be(command: Command, opened: Database) -> None:
    opened.write_now(_two_rows)
    written = command("sync", "status")
    assert "shared_card" in written.out
    assert "Permanent: [bold]refused[/bold]" in written.out, "what comes from outside is no markup"
    rows = command("sync", "status", "--json").json
    assert {row["state"] for row in rows} == {"pending", "manual"}


def test_sync_retry_makes_rows_due_again(command: Command, opened: Database) -> None:
    opened.write_now(_two_rows)
    manual = opened.read_now(
        lambda session: session.scalars(sa.select(LedgerRow.id).where(LedgerRow.state == LedgerState.MANUAL)).one()
    )
    assert command("sync", "retry", str(manual), "--json").json == {"due": [manual]}
    assert len(command("sync", "retry", "--all", "--json").json["due"]) == 2
    missed = command("sync", "retry", "4711")
    assert (missed.code, "4711" in missed.err) == (1, True)


def test_sync_can_be_paused_and_goes_on(command: Command, opened: Database) -> None:
    now = datetime(2026, 3, 3, tzinfo=UTC)

    def claimed(session: Session) -> int:
        return len(claim_due(session, now=now, owner="tests"))

    opened.write_now(_two_rows)
    for _ in range(2):
        assert command("sync", "pause", "--json").json == {"paused": ["teams"]}
    assert opened.write_now(claimed) == 0
    assert "teams is paused since" in command("sync", "status").err
    lines = {line["check"]: line for line in command("doctor", "--json").json}
    assert lines["messages"]["detail"] == "Paused: teams."
    assert command("sync", "pause", "--off").out == "teams goes on.\n"
    assert opened.write_now(claimed) == 1
    assert command("sync", "pause", "telegraph").code == 2


def test_the_portal_is_looked_at_once(command: Command, opened: Database) -> None:
    first = command("tenders", "poll", "--once")
    assert first.code == 0
    assert "esa: " in first.out
    assert "first look, nothing posted." in first.out
    lines = command("tenders", "poll", "--once", "--json").out.splitlines()
    assert len(lines) == 2
    assert all('"new":0' in line for line in lines)
    assert opened.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Tender)))


def test_the_portal_is_looked_at_until_interrupted(
    command: Command, configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(chores, "sleep", sleep)
    monkeypatch.setenv("OFFERDESK_ESA_POLL_MINUTES", "5")
    written = command("tenders", "poll")
    assert (written.code, pauses) == (0, [300.0, 300.0])
    assert len(written.out.splitlines()) == 4, "two listings, two looks"


def test_a_portal_that_cannot_be_read_fails(
    command: Command, configured: str, monkeypatch: pytest.MonkeyPatch, sandbox_url: str
) -> None:
    monkeypatch.setenv("OFFERDESK_ESA_BASE_URL", f"{sandbox_url}/login")
    written = command("tenders", "poll", "--once")
    assert written.code == 1
    assert "The last good state stays" in written.err


def test_a_saved_answer_is_taken_in(command: Command, opened: Database, shared_data: Path) -> None:
    file = shared_data / "esastar_tender_actions.json"
    machine = command("tenders", "poll", "--file", str(file), "--json").json
    held = opened.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Tender)))
    assert (machine["new"], machine["unreadable"]) == (held, 0)
    assert "0 new" in command("tenders", "poll", "--file", str(file)).out


def test_a_file_that_is_no_portal_answer_is_told(command: Command, configured: str, tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text("<html>", "utf-8")
    written = command("tenders", "poll", "--file", "saved.json")
    assert (written.code, "saved.json" in written.err) == (1, True)


def test_the_teams_package_is_built_from_the_settings(
    command: Command, configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "Teams admin center" not in command("manifest", "build", "--out", "app.zip").out, (
        "127.0.0.1 is no public host"
    )
    monkeypatch.setenv("OFFERDESK_PUBLIC_URL", "https://offers.example.com")
    assert command("manifest", "build", "--out", "app.zip", "--json").json == {"file": "app.zip"}
    assert "manifest.json" in zipfile.ZipFile(tmp_path / "app.zip").namelist()


def test_the_teams_package_needs_a_host(command: Command, tmp_path: Path) -> None:
    written = command("manifest", "build", "--out", "app.zip", "--app-id", "00000000-0000-4000-8000-000000000001")
    assert (written.code, "--host" in written.err, (tmp_path / "app.zip").exists()) == (1, True, False)


def test_a_configuration_file_is_checked(command: Command, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[round]\nquorum = 2\nqourum = 3\n", "utf-8")
    written = command("config", "check", "rules.toml")
    assert written.code == 1
    assert "rules.toml, line 3" in written.err
    problems = command("config", "check", "rules.toml", "--json").json["problems"]
    assert [problem["line"] for problem in problems] == [3]
    (tmp_path / "rules.toml").write_text("[round]\nquorum = 2\n", "utf-8")
    assert command("config", "check", ".").code == 0
    assert command("config", "check", "rules.toml", "--json").json == {"file": "rules.toml", "problems": []}
