"""The other systems: their lines on an offer, the list of what is not fine, and the choice between two values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, link, press
from cards.envelope import Card, Part, finish, size
from cards.escape import escape, plain
from cards.formats import say, shown, when, word
from cards.pieces import ARROW, band, columns, facts, group, headline, kicker, label, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import Verb
from cards.words import SyncState, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cards.views.reader import Reader, Value
    from cards.views.sync import (
        ConflictView,
        OfferSyncView,
        SyncEntry,
        SyncGroup,
        SyncPageView,
        SyncStep,
        SystemLine,
    )

SIGNS: Final = {
    SyncState.OK: "✓",
    SyncState.PENDING: "○",
    SyncState.RETRYING: "↻",
    SyncState.CONFLICT: "⚠",
    SyncState.INCOMPLETE: "⚠",
    SyncState.MANUAL: "⚠",
    SyncState.OFF: "–",
}
TONES: Final = {
    SyncState.OK: Tone.GOOD,
    SyncState.RETRYING: Tone.WARNING,
    SyncState.CONFLICT: Tone.WARNING,
    SyncState.INCOMPLETE: Tone.WARNING,
    SyncState.MANUAL: Tone.ATTENTION,
}
CHIPS: Final = 3
MOST_STEPS: Final = 6
NAME_LIMIT, TITLE_LIMIT, VALUE_LIMIT = 40, 120, 200
CUTS: Final = ((160, MOST_STEPS), (100, CHIPS), (60, 1))
"""How much of a record is shown, until all of them fit into one card: characters of its texts, and what it lacks."""
RECORDS_BYTES: Final = 19_000
"""What the records may take; the rest of the card and its buttons need the others."""
OF_OFFER: Final = ""
"""What a button carries that was pressed on an offer instead of on a page of the list."""


# On an offer card


def system_parts(lines: Sequence[SystemLine], offer_id: int, reader: Reader) -> list[Part]:
    """One line for each system, which opens the record over there; under it what waits for somebody."""
    if not lines:
        return []
    t = texts(reader.language)
    body: list[Part] = [label(t("sync.systems"))]
    for line in lines:
        body += _line(line, reader)
    if offer_id and any(line.row_id and _needs(line) for line in lines):
        body.append(_chips([_chip(t("sync.details"), press(t("sync.details"), Verb.SYNC_SHOW, offer_id))]))
    return body


def _needs(line: SystemLine) -> bool:
    return line.state is not SyncState.OK or bool(line.by_hand)


def _line(line: SystemLine, reader: Reader) -> list[Part]:
    sign = SIGNS[SyncState.MANUAL if line.by_hand and line.state is SyncState.OK else line.state]
    said = f"{sign} **{_name(line, reader)}** {_state(line, reader)}"
    opens = link(texts(reader.language)("frame.open"), line.url)
    first = small(f"{said} {ARROW}" if opens else said, spacing=Spacing.NONE)
    parts: list[Part] = [{"type": "Container", "items": [first], "selectAction": opens[0]} if opens else first]
    reason = say(line.why, reader) if line.why is not None else escape(line.detail, NAME_LIMIT)
    if reason and line.state is not SyncState.OK:
        parts.append(small(reason, spacing=Spacing.NONE))
    return [*parts, *_by_hand(line, reader), *_settling(line, reader)]


def _name(line: SystemLine, reader: Reader) -> str:
    record = say(line.record, reader) if line.record is not None else ""
    return " · ".join(part for part in (escape(line.system, NAME_LIMIT), record) if part)


def _state(line: SystemLine, reader: Reader) -> str:
    t, since = texts(reader.language), line.since
    name = word(line.state, reader.language)
    if since is None:
        return name
    key = "sync.fine_since" if line.state is SyncState.OK else "sync.state_since"
    return t(key, state=name, when=when(since, reader, year=False))


def _by_hand(line: SystemLine, reader: Reader) -> list[Part]:
    if not line.by_hand:
        return []
    # Together, because a number at the beginning of a text is escaped as that of a list.
    what = ", ".join(escape(f"{caption} {value}", TITLE_LIMIT) for caption, value in line.by_hand)
    said = texts(reader.language)("sync.by_hand", system=escape(line.system, NAME_LIMIT), what=what)
    return [text(said, tone=Tone.WARNING, spacing=Spacing.SMALL)]


def _settling(line: SystemLine, reader: Reader) -> list[Part]:
    """What a touch settles: what is missing, values to choose between, and that it was entered by hand."""
    t = texts(reader.language)
    chips = [_step(one, reader) for one in line.steps[:MOST_STEPS]]
    if line.by_hand and line.may_fill:
        tap = press(t("sync.button_done"), Verb.SYNC_BY_HAND, line.row_id)
        chips.append(_chip(t("sync.button_done"), tap))
    return [_chips(chips[start : start + CHIPS]) for start in range(0, len(chips), CHIPS)]


def _step(one: SyncStep, reader: Reader) -> Part:
    key = "sync.button_choose" if one.verb is Verb.CONFLICT_SHOW else "sync.button_fill"
    return _chip(escape(one.label, NAME_LIMIT), press(texts(reader.language)(key), one.verb, one.id, q=one.q))


def _chip(name: str, tap: Part) -> Part:
    return {"type": "Container", "items": [text(f"{name} {ARROW}", tone=Tone.ACCENT)], "selectAction": tap}


def _chips(chips: Sequence[Part]) -> Part:
    return columns([("stretch", chips[place : place + 1]) for place in range(CHIPS)], spacing=Spacing.SMALL)


# One record with its buttons


def _record(
    title: str, quiet: str, line: SystemLine, reader: Reader, cuts: tuple[int, int], *, page: str, tap: Part | None
) -> Part:
    """A record in a list: what it is, how it stands, why, and what can be done about it."""
    t, (length, steps) = texts(reader.language), cuts
    items: list[Part] = [text(title, bold=True), small(quiet, spacing=Spacing.NONE)]
    if line.why is not None:
        items.append(text(say(line.why, reader), tone=TONES.get(line.state, Tone.DEFAULT), spacing=Spacing.SMALL))
    if line.detail:
        items.append(small(escape(line.detail, length), spacing=Spacing.NONE))
    items += _by_hand(line, reader)
    chips = [_step(one, reader) for one in line.steps[:steps]]
    items += [_chips(chips[start : start + CHIPS]) for start in range(0, len(chips), CHIPS)]
    buttons: list[Part] = []
    if line.by_hand and line.may_fill:
        buttons.append(press(t("sync.button_done"), Verb.SYNC_BY_HAND, line.row_id, q=page))
    if line.may_retry:
        buttons.append(press(t("sync.button_retry"), Verb.SYNC_RETRY, line.row_id, q=page))
    buttons += link(t("frame.open"), line.url)
    if buttons:
        items.append(action_set(buttons))
    return group(items, tap=tap)


def _fitting(draw: Callable[[tuple[int, int]], list[Part]]) -> list[Part]:
    """Every record, each with as much as fits into one card with the others."""
    drawn: list[Part] = []
    for cuts in CUTS:
        drawn = draw(cuts)
        if size({"body": drawn}) <= RECORDS_BYTES:
            break
    return drawn


def offer_sync_card(view: OfferSyncView, reader: Reader) -> Card:
    """How one offer stands in every system."""
    t = texts(reader.language)
    open_ = [line for line in view.lines if _needs(line)]
    state, tone = (t("sync.state_open"), Tone.WARNING) if open_ else (t("sync.state_fine"), Tone.GOOD)
    body: list[Part] = [
        kicker(t("sync.kind"), view.number, state if view.lines else "", tone),
        headline(view.offer),
    ]
    if view.said is not None:
        body.append(band(say(view.said, reader)))
    if not view.lines:
        body.append(text(t("sync.no_records")))
    body += _fitting(
        lambda cuts: [
            _record(_name(line, reader), _state(line, reader), line, reader, cuts, page=OF_OFFER, tap=None)
            for line in view.lines
        ]
    )
    back = press(t("records.back"), Verb.OFFER_SHOW, view.offer_id, style=ActionStyle.POSITIVE)
    return finish(body, [back], summary=f"{t('sync.kind')} · {plain(view.offer, TITLE_LIMIT)}")


# Everything that is not fine


def sync_page_card(view: SyncPageView, reader: Reader) -> Card:
    """What is not fine, by system; when everything is, since when."""
    t = texts(reader.language)
    total = view.total
    title = t.n("sync.title", total) if total else t("sync.title_fine")
    state, tone = (t("sync.state_open"), Tone.WARNING) if total else (t("sync.state_fine"), Tone.GOOD)
    body: list[Part] = [kicker(t("sync.kind"), "", state, tone), headline(title)]
    if view.said is not None:
        body.append(band(say(view.said, reader)))
    if not total:
        last = t("sync.last_change", when=when(view.last_at, reader, year=False)) if view.last_at else ""
        body.append(text(last or t("sync.never_changed")))
    body += _fitting(lambda cuts: [part for one in view.groups for part in _group(one, view.page, reader, cuts)])
    pages = page_buttons(Verb.SYNC_LIST, view.page, view.pages, reader)
    matches = [press(t.n("sync.button_matches", view.recognised), Verb.SYNC_MATCHES, 0)] if view.recognised else []
    return finish(body, [*pages, *matches], summary=title)


def _group(one: SyncGroup, page: int, reader: Reader, cuts: tuple[int, int]) -> list[Part]:
    t = texts(reader.language)
    quiet = [t("sync.paused", when=when(one.paused_since, reader, year=False))] if one.paused_since else []
    quiet += [t.n("sync.waiting", one.waiting)] if one.waiting else []
    if not one.entries and not quiet:
        return []
    name = escape(one.name, NAME_LIMIT)
    parts: list[Part] = [label(f"{name} ({one.total})" if one.total else name)]
    if quiet:
        parts.append(small(" · ".join(quiet), spacing=Spacing.NONE))
    parts += [_entry(entry, page, reader, cuts) for entry in one.entries]
    if one.entries and one.may_retry and one.total > 1:
        parts.append(action_set([press(t("sync.button_retry_all"), Verb.SYNC_RETRY_ALL, 0, q=one.code)]))
    return parts


def _entry(entry: SyncEntry, page: int, reader: Reader, cuts: tuple[int, int]) -> Part:
    title = escape(entry.title, min(TITLE_LIMIT, cuts[0])) if isinstance(entry.title, str) else say(entry.title, reader)
    line = entry.line
    record = say(line.record, reader) if line.record is not None else ""
    quiet = " · ".join(part for part in (record, _state(line, reader)) if part)
    tap = press(texts(reader.language)("frame.open"), Verb.OFFER_SHOW, entry.offer_id) if entry.offer_id else None
    return _record(title, quiet, line, reader, cuts, page=f"page/{page}", tap=tap)


# Two values


def conflict_card(view: ConflictView, reader: Reader) -> Card:
    """A value that somebody changed over there: both values, and the choice; then who chose what."""
    t = texts(reader.language)
    system, field = escape(view.system, NAME_LIMIT), escape(view.field, NAME_LIMIT)
    settled = view.kept_ours is not None
    state, tone = (t("sync.state_settled"), Tone.GOOD) if settled else (t("sync.state_open"), Tone.WARNING)
    title = t("sync.conflict_title", field=plain(view.field, NAME_LIMIT), system=plain(view.system, NAME_LIMIT))
    body: list[Part] = [
        kicker(t("sync.kind_conflict"), view.number, state, tone),
        headline(view.offer),
        band(t("sync.conflict_ask", field=field, system=system), Tone.WARNING) if not settled else _kept(view, reader),
        *facts(
            [
                (t("sync.fact_ours"), _value(view.ours, reader)),
                (t("sync.fact_theirs", system=plain(view.system, NAME_LIMIT)), _value(view.theirs, reader)),
                (t("sync.fact_changed"), _changed(view, reader)),
            ]
        ),
    ]
    opens = link(t("frame.open"), view.url)
    if settled:
        return finish(body, [_to_offer(view, reader), *opens], summary=f"{title} · {state}")
    if not view.may_choose:
        body.append(small(t("sync.who_chooses")))
        return finish(body, [_to_offer(view, reader), *opens], summary=title)
    body += [
        small(t("sync.ours_means", system=system), spacing=Spacing.MEDIUM),
        small(t("sync.theirs_means", system=system), spacing=Spacing.NONE),
    ]
    actions = [
        press(t("sync.button_ours"), Verb.CONFLICT_OURS, view.conflict_id, style=ActionStyle.POSITIVE),
        press(t("sync.button_theirs"), Verb.CONFLICT_THEIRS, view.conflict_id),
        _to_offer(view, reader),
    ]
    return finish(body, actions, summary=title)


def _to_offer(view: ConflictView, reader: Reader) -> Part:
    return press(texts(reader.language)("records.back"), Verb.OFFER_SHOW, view.offer_id)


def _kept(view: ConflictView, reader: Reader) -> Part:
    t = texts(reader.language)
    key = "sync.kept_ours" if view.kept_ours else "sync.kept_theirs"
    at = when(view.at, reader, year=False) if view.at is not None else ""
    who = " · ".join(part for part in (escape(view.by, TITLE_LIMIT), at) if part)
    return band(t(key, system=escape(view.system, NAME_LIMIT)), Tone.GOOD, [who])


def _value(value: Value | None, reader: Reader) -> str:
    if value is None or value == "":
        return texts(reader.language)("sync.no_value")
    return shown(value[:VALUE_LIMIT] if isinstance(value, str) else value, reader)


def _changed(view: ConflictView, reader: Reader) -> str:
    """Who changed it and when, as far as that system tells; else when it was seen."""
    t = texts(reader.language)
    at = when(view.their_at, reader, year=False) if view.their_at is not None else ""
    told = " · ".join(part for part in (escape(view.their_name, TITLE_LIMIT), at) if part)
    return told or t("sync.seen", when=when(view.found_at, reader, year=False))
