"""The command and the doctor: what holds, what does not, and the head that proves it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot import config, trails
from bot.commands import commands
from bot.decisions.policy import decision_rules
from bot.duties import Duties
from bot.findings import State
from bot.settings import Settings
from bot.trail import sealing
from tests.unit.trail.tampering import NOW, sealed, tamper, write_events

if TYPE_CHECKING:
    from bot.database import Database


@pytest.fixture(autouse=True)
def configured(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", database.url)


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["audit", *words])
    return done.exit_code, done.stdout, done.stderr


def test_a_trail_that_holds(database: Database) -> None:
    write_events(database, 4)
    code, said, _error = run("verify")
    head = database.read_now(sealing.head)
    assert (code, said) == (0, f"4 events hold. Head: {head}\n")
    code, said, _error = run("verify", "--json", "--head", str(head))
    assert (code, orjson.loads(said)) == (
        0,
        {"holds": True, "head": {"position": 4, "digest": head.digest}, "sealed_now": 0, "waiting": 0},
    )


def test_one_that_was_bent(database: Database) -> None:
    sealed(database)
    noted = database.read_now(sealing.head)
    tamper(database, "DELETE FROM audit_link WHERE position > 3", "DELETE FROM audit_event WHERE id > 3")
    assert run("verify")[0] == 0
    code, _said, error = run("verify", "--head", str(noted))
    assert code == 1
    assert error.startswith("The chain ends before link 5, which was noted: its end was removed.")
    tamper(database, "UPDATE audit_event SET action = 'x.y' WHERE id = 1")
    code, said, _error = run("verify", "--json")
    data = orjson.loads(said)
    assert (code, data["holds"], data["broken"]["problem"], data["broken"]["event"]) == (1, False, "changed", 1)


@pytest.mark.parametrize("head", ["4", "4:12", "x:" + "0" * 64, "4:" + "G" * 64, "²:" + "0" * 64])
def test_what_is_no_head_is_wrong_usage(head: str) -> None:
    code, _said, error = run("verify", "--head", head)
    assert (code, "POSITION:DIGEST" in error) == (2, True)


def test_the_doctor_seals_and_shows_the_head(database: Database) -> None:
    write_events(database, 2)
    found = trails.examine(database, NOW)
    head = database.read_now(sealing.head)
    assert (found.state, found.detail) == (State.OK, f"2 events hold. Head {head}")
    assert head.position == 2
    tamper(database, "DELETE FROM audit_event WHERE id = 1")
    found = trails.examine(database, NOW)
    assert (found.state, found.detail) == (State.BROKEN, "Event 1 was removed; link 1 still names it.")
    assert found.remedy


class _Clock:
    moment = NOW

    def __call__(self) -> datetime:
        return self.moment


async def test_the_tick_seals_and_logs_the_head_once_a_day(database: Database) -> None:
    clock, nothing = _Clock(), None
    company = config.default()
    unused: Any = nothing
    duties = Duties(
        database,
        unused,
        (),
        settings=Settings(),
        company=company,
        rules=decision_rules(company),
        now=clock,
        changed=lambda: None,
    )
    heads = []
    for moment in (NOW, NOW.replace(hour=15), datetime(2026, 11, 24, 0, 1, tzinfo=UTC)):
        clock.moment = moment
        write_events(database, 3, since=moment)
        with capture_logs() as logs:
            await duties.seal_trail()
            await duties.seal_trail()
        heads.append([(line["position"], line["digest"]) for line in logs if line["event"] == "trail.head"])
    head = database.read_now(sealing.head)
    assert [len(found) for found in heads] == [1, 0, 1]
    assert heads[0][0][0] == 3
    assert heads[2] == [(head.position, head.digest)] == [(9, head.digest)]
