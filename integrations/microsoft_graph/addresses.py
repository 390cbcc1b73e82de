"""URLs of Graph resources, relative to the base URL. Every id and name is encoded, whatever characters it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from integrations.microsoft_graph.names import check_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def drive(drive_id: str) -> str:
    """One library."""
    return f"/drives/{_part(drive_id)}"


def item(drive_id: str, item_id: str | None) -> str:
    """One item by its id; ``None`` is the library's root."""
    return f"{drive(drive_id)}/root" if item_id is None else f"{drive(drive_id)}/items/{_part(item_id)}"


def below(drive_id: str, item_id: str | None, names: Iterable[str]) -> str:
    """What lies below an item, by its names; a further segment goes after another colon.

    Raises:
        ValueError: SharePoint can have no item of such a name.
    """
    path = "/".join(_part(check_name(name)) for name in names)
    return f"{item(drive_id, item_id)}:/{path}"


def calendar(user_id: str) -> str:
    """A person's calendar."""
    return f"/users/{_part(user_id)}/calendar"


def events(user_id: str) -> str:
    """The events of a person's calendar; ``user_id`` is an Entra object id or a user principal name."""
    return f"/users/{_part(user_id)}/events"


def event(user_id: str, event_id: str) -> str:
    """One event."""
    return f"{events(user_id)}/{_part(event_id)}"


def _part(text: str) -> str:
    if text in {"", ".", ".."}:
        raise ValueError("an id may not be empty or a dot")
    return quote(text, safe="")
