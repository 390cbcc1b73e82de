"""What a change of the watch rules or of the stages would do, before anybody edits the file. Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config import ConfigurationProblems, Stages, Watch, parse, text_of
from bot.errors import NotFound
from bot.offers.foreseen import foresee_stages
from bot.tenders.foreseen import foresee_watch
from bot.web.tab.asked import Asked, Page
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.errors import ConfigurationError

FILES = ("watch.toml", "stages.toml")


def show(asked: Asked) -> Page:
    """The file that holds now, ready to be tried out."""
    name = _file(asked)
    return _page(asked, name, text_of(name, asked.turn.around.config_dir), {})


def preview(asked: Asked) -> Page:
    """The same box with what was typed, and what it would do; or every mistake with its line and remedy."""
    name = _file(asked)
    typed = asked.query.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    try:
        meant = parse(name, typed)
    except ConfigurationProblems as error:
        return _page(asked, name, typed, {"problems": error.errors})
    turn = asked.turn
    if isinstance(meant, Watch):
        foreseen = foresee_watch(turn.session, turn.company.watch, meant, turn.now)
        return _page(asked, name, typed, {"watch": foreseen})
    if isinstance(meant, Stages):
        return _page(asked, name, typed, {"stages": foresee_stages(turn.session, turn.company.stages, meant)})
    raise NotFound


def _file(asked: Asked) -> str:
    name = asked.query.get("file", FILES[0])
    if name not in FILES:
        raise NotFound
    return name


def _page(asked: Asked, name: str, text: str, found: Mapping[str, object]) -> Page:
    problems: tuple[ConfigurationError, ...] = ()
    return Page(
        "rules.html",
        sentence("tab.place_rules"),
        "rules",
        {
            "file": name,
            "files": FILES,
            "text": text,
            "own": asked.turn.around.config_dir is not None,
            "problems": problems,
            "watch": None,
            "stages": None,
            **found,
        },
    )
