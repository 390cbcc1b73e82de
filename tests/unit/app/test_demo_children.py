"""The demonstration's processes: what went wrong is told with the end of the log, and nothing is left running."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.demo import children
from bot.demo.cast import StoryBroken, choices_of, eventually, expect, id_behind, link_in, offers, shows
from bot.demo.children import ChildFailed, environment, free_port, run, running
from bot.demo.stage import bot_settings


def test_a_process_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    with running("json", ["json.tool", "absent.json"], {}, tmp_path) as child:
        child.process.wait(20)
        with pytest.raises(ChildFailed, match=r"json ended with code [12]"):
            child.first_line()
        with pytest.raises(ChildFailed, match=r"absent\.json"):
            child.answers("http://127.0.0.1:9/")


def test_a_process_that_never_gets_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "START_SECONDS", 0.2)
    with running("server", ["http.server", "--bind", "127.0.0.1", str(free_port())], {}, tmp_path) as child:
        with pytest.raises(ChildFailed, match="did not get ready"):
            child.answers("http://127.0.0.1:9/")
        with pytest.raises(ChildFailed, match="did not say where it listens"):
            child.first_line()
        child.alive()
    assert child.process.poll() is not None


def test_a_process_that_does_not_listen_to_reason_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "STOP_SECONDS", 0.2)
    (tmp_path / "stubborn.py").write_text(
        "import json, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'ready': True}), flush=True)\n"
        "time.sleep(60)\n"
    )
    own = {"PYTHONPATH": str(tmp_path)}
    with running("stubborn", ["stubborn"], own, tmp_path) as child:
        assert child.first_line() == {"ready": True}
    assert child.process.returncode == -9


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="check ended with code"):
        run("check", ["json.tool", "absent.json"], {}, tmp_path)
    run("fine", ["json.tool", "--help"], {}, tmp_path)
    assert "usage" in (tmp_path / "fine.log").read_text()


def test_settings_of_a_real_installation_never_reach_the_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", "postgresql+psycopg://production")
    monkeypatch.setenv("OFFERDESK_METRICS_TOKEN", "secret")
    given = environment(bot_settings("http://127.0.0.1:1", "sqlite:///demo.db", 2))
    assert given["OFFERDESK_DATABASE_URL"] == "sqlite:///demo.db"
    assert "OFFERDESK_METRICS_TOKEN" not in given
    assert Path(given["PYTHONPATH"].split(":")[0]).joinpath("bot").is_dir()
    assert sys.executable


async def test_what_does_not_happen_breaks_the_story() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(StoryBroken, match="pigs fly"):
        await eventually("pigs fly", never, 0.01)
    with pytest.raises(StoryBroken, match="a Go"):
        expect(None, "a Go")


def test_a_card_is_read_as_a_person_reads_it() -> None:
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "TextBlock", "text": "Votez"},
            {"type": "Input.ChoiceSet", "id": "reason", "choices": [{"title": "Prix", "value": "price"}]},
        ],
        "actions": [
            {"type": "Action.Execute", "title": "Go", "data": {"verb": "round.go", "id": 7}},
            {"type": "Action.OpenUrl", "title": "Portail", "url": "https://example.com/"},
        ],
    }
    message = {"card": card, "text": ""}
    assert shows(message, "Votez", "Prix")
    assert not shows(message, "round.go"), "what a button carries is not shown"
    assert offers(message, "round.go")
    assert id_behind(message, "round.go") == 7
    assert choices_of(card, "reason") == ("price",)
    assert choices_of(card, "absent") == ()
    assert link_in(card) == "https://example.com/"
    with pytest.raises(StoryBroken, match="no button"):
        id_behind(message, "round.abstain")
