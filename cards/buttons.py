"""Buttons. At most three stand in sight; the rest, with the details, waits behind "More…"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from adaptive_cards import card as ac
from adaptive_cards.types import ActionStyle, AssociatedInputs

from cards.envelope import Part, inner_card, part
from cards.texts import texts
from cards.verbs import DIALOG_OPENERS, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cards.views.reader import Reader

URL_LIMIT: Final = 2000
_BLANK: Final = re.compile(r"[\x00-\x20]")
_TASK: Final = {"type": "task/fetch"}
"""What makes Teams ask for a dialog."""
Data = dict[str, "str | int"]


def data(verb: Verb, number: int, *, rev: int | None = None, q: str = "") -> Data:
    """What a button carries: the verb, an id, the revision it was drawn from, and words for verbs that need some."""
    carried: Data = {"verb": str(verb), "id": number}
    if rev is not None:
        carried["rev"] = rev
    if q:
        carried["q"] = q
    return carried


def press(
    title: str,
    verb: Verb,
    number: int,
    *,
    style: ActionStyle | None = None,
    rev: int | None = None,
    q: str = "",
) -> Part:
    """A button with a finished title: opens a dialog when the verb does, otherwise acts at once."""
    carried = data(verb, number, rev=rev, q=q)
    if verb in DIALOG_OPENERS:
        return {**_opener(title, style), "data": {"msteams": _TASK, **carried}}
    made = _actor(title, verb, style)
    return made | {"data": carried, "fallback": made["fallback"] | {"data": carried}}


@lru_cache(256)
def _opener(title: str, style: ActionStyle | None) -> Part:
    return part(ac.ActionSubmit, title=title, style=style, data={}, associated_inputs=AssociatedInputs.NONE)


@lru_cache(512)
def _actor(title: str, verb: Verb, style: ActionStyle | None) -> Part:
    return part(ac.ActionExecute, title=title, style=style, verb=verb.value, data={})


def submit(title: str, verb: Verb, number: int, *, main: bool = True, rev: int | None = None, q: str = "") -> Part:
    """A dialog's button: sends the inputs together with the verb."""
    style = ActionStyle.POSITIVE if main else None
    return part(ac.ActionSubmit, title=title, style=style, data=data(verb, number, rev=rev, q=q))


def link(title: str, url: str) -> list[Part]:
    """A button to a web page, or nothing when the address is not https (or http on this machine, for the demo)."""
    return [{**_link(title), "url": url}] if safe_link(url) else []


@lru_cache(64)
def _link(title: str) -> Part:
    """A link of one title; its address is put in when it is used, because titles are few and addresses are many."""
    return part(ac.ActionOpenUrl, title=title, url="")


@lru_cache(1024)
def safe_link(url: str) -> bool:
    """Tell whether an address from outside may stand behind a button: https with a host and no user name."""
    if not url or len(url) > URL_LIMIT or _BLANK.search(url):
        return False
    try:
        parts = urlsplit(url)
        local = parts.hostname in {"127.0.0.1", "localhost"}
    except ValueError:
        return False
    web = parts.scheme == "https" or (parts.scheme == "http" and local)
    return web and bool(parts.hostname) and "@" not in parts.netloc


def show(title: str, body: Sequence[Part], actions: Sequence[Part] = ()) -> Part:
    """A button that unfolds parts and further buttons in the card."""
    return {**_show(title), "card": inner_card(body, actions)}


@lru_cache(64)
def _show(title: str) -> Part:
    return part(ac.ActionShowCard, title=title)


def more(reader: Reader, details: Sequence[Part], actions: Sequence[Part] = ()) -> list[Part]:
    """The "More…" button with details and further buttons behind it, or nothing when it would be empty."""
    return [show(texts(reader.language)("frame.more"), details, actions)] if details or actions else []


def action_set(actions: Sequence[Part]) -> Part:
    """Buttons inside the body of a card."""
    return {**_action_set(), "actions": list(actions)}


@lru_cache(1)
def _action_set() -> Part:
    return part(ac.ActionSet, actions=[])


def toggle(title: str, identifier: str) -> Part:
    """A button that shows and hides the folded part of that id."""
    return part(ac.ActionToggleVisibility, title=title, target_elements=[ac.TargetElement(element_id=identifier)])
