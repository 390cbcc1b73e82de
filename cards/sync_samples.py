"""Made-up cards about the other systems, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cards import sync, sync_matches
from cards.verbs import FormCode, Verb
from cards.views.reader import sentence
from cards.views.sync import (
    ConflictView,
    MatchesView,
    MatchLine,
    OfferSyncView,
    SyncEntry,
    SyncGroup,
    SyncPageView,
    SyncStep,
    SystemLine,
)
from cards.words import SyncState

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_SINCE: Final = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
_HOSTILE: Final = "[Click](https://evil.example) <at>CEO</at> **bold** \u202e"
_OFFER: Final = "Thermal protection for a lander"
_BC: Final = "Business Central"


def _form(label: str, code: FormCode) -> SyncStep:
    return SyncStep(label=label, verb=Verb.FORM_OPEN, id=12, q=code.value)


_TEAMS: Final = SystemLine(system="Teams", state=SyncState.OK, since=_SINCE, row_id=1)
_DEAL: Final = SystemLine(
    system="Pipedrive",
    record=sentence("sync.record_deal"),
    state=SyncState.OK,
    since=_SINCE,
    url="https://company.pipedrive.example/deal/12",
    row_id=2,
)
_DIFFERS: Final = replace(
    _DEAL,
    state=SyncState.CONFLICT,
    why=sentence("sync.why_conflict", what="Title, Value"),
    steps=(
        SyncStep(label="Title", verb=Verb.CONFLICT_SHOW, id=4),
        SyncStep(label="Value", verb=Verb.CONFLICT_SHOW, id=5),
    ),
)
_LACKING: Final = SystemLine(
    system=_BC,
    record=sentence("sync.record_opportunity"),
    state=SyncState.INCOMPLETE,
    since=_SINCE,
    why=sentence("sync.why_missing", system=_BC, what="contact, salesperson, title, category"),
    steps=(
        _form("contact", FormCode.BC_CONTACT),
        _form("salesperson", FormCode.BC_SALESPERSON),
        _form("title", FormCode.IDENTITY),
        _form("category", FormCode.QUALIFICATION),
    ),
    row_id=3,
    may_retry=True,
    may_fill=True,
)
_BY_HAND: Final = replace(
    _LACKING,
    state=SyncState.OK,
    why=None,
    steps=(),
    may_retry=False,
    url="https://bc.example/?page=5124",
    by_hand=(("Estimated Value", "120000.00 EUR"), ("Estimated Closing Date", "2027-02-26")),
)
_FOLDER: Final = SystemLine(
    system="SharePoint",
    record=sentence("sync.record_folder"),
    state=SyncState.RETRYING,
    since=_SINCE,
    why=sentence("sync.why_away"),
    detail="microsoft_graph: GET /drives/… answered 503",
    row_id=4,
    may_retry=True,
)
_REFUSED: Final = replace(
    _FOLDER,
    state=SyncState.MANUAL,
    why=sentence("sync.why_refused"),
    detail=f"{_HOSTILE} microsoft_graph: PUT /drives/… answered 403 " * 3,
)
_WAITING: Final = replace(_FOLDER, state=SyncState.PENDING, why=None, detail="", may_retry=False)
LINES: Final[dict[str, tuple[SystemLine, ...]]] = {
    "offer-systems-fine": (_TEAMS, _DEAL, replace(_BY_HAND, by_hand=()), replace(_WAITING, state=SyncState.OK)),
    "offer-systems-waiting": (_TEAMS, replace(_DEAL, state=SyncState.PENDING), _WAITING),
    "offer-systems-open": (_TEAMS, _DIFFERS, _LACKING, _REFUSED),
    "offer-systems-by-hand": (_TEAMS, _DEAL, _BY_HAND, _FOLDER),
}
"""How the systems stand on an offer card."""
_VIEW: Final = OfferSyncView(offer_id=12, offer=_OFFER, number="S580", lines=LINES["offer-systems-open"])


def _entry(line: SystemLine, title: str = f"S580 {_OFFER}") -> SyncEntry:
    return SyncEntry(title=title, line=line, offer_id=12)


_MESSAGE: Final = SyncEntry(
    title=sentence("sync.message_person", name="The engineer"),
    line=replace(_TEAMS, state=SyncState.MANUAL, why=sentence("sync.why_unknown"), may_retry=True),
)
_GROUPS: Final = (
    SyncGroup(code="teams", name="Teams", entries=(_MESSAGE,), total=1, may_retry=True),
    SyncGroup(code="pipedrive", name="Pipedrive", entries=(_entry(_DIFFERS),), total=1, waiting=1),
    SyncGroup(
        code="business_central",
        name=_BC,
        entries=(_entry(_LACKING), _entry(_BY_HAND), _entry(_LACKING, _HOSTILE * 4)),
        total=7,
        waiting=12,
        paused_since=_SINCE,
        may_retry=True,
    ),
    SyncGroup(code="sharepoint", name="SharePoint", entries=(_entry(_REFUSED),), total=1, may_retry=True),
)
_PAGE: Final = SyncPageView(groups=_GROUPS, page=0, pages=2, last_at=_SINCE)
_CONFLICT: Final = ConflictView(
    conflict_id=4,
    offer_id=12,
    offer=_OFFER,
    number="S580",
    system="Pipedrive",
    field="Title",
    found_at=_SINCE,
    ours=f"S580 {_OFFER}",
    theirs="Lander insulation (renamed)",
    their_name="The account manager",
    their_at=_SINCE - timedelta(hours=2),
    may_choose=True,
    url="https://company.pipedrive.example/deal/12",
)


_MATCH: Final = MatchLine(
    id=7,
    subject="client",
    ours="Prime contractor A",
    code="CT000010",
    theirs="Prime contractor A",
    why=sentence("sync.rule_name"),
    at=_SINCE,
)
_MATCHES: Final = MatchesView(
    lines=(
        _MATCH,
        replace(_MATCH, ours="A buyer", subject="contact", code="CT000011", why=sentence("sync.rule_email")),
        replace(_MATCH, ours=_HOSTILE * 3, theirs=_HOSTILE * 3, code=_HOSTILE, why=sentence("sync.rule_customer")),
        replace(_MATCH, theirs="", why=sentence("sync.rule_number")),
    ),
    total=12,
    page=0,
    pages=2,
)


def _conflict(**changed: Any) -> Callable[[Reader], Card]:  # noqa: ANN401  fields of the view
    return lambda reader: sync.conflict_card(replace(_CONFLICT, **changed), reader)


SYNC: Final[dict[str, Callable[[Reader], Card]]] = {
    "sync-page": lambda r: sync.sync_page_card(_PAGE, r),
    "sync-last-page": lambda r: sync.sync_page_card(replace(_PAGE, page=1, groups=_GROUPS[2:]), r),
    "sync-retried": lambda r: sync.sync_page_card(replace(_PAGE, said=sentence("sync.said_retrying_all", count=7)), r),
    "sync-fine": lambda r: sync.sync_page_card(SyncPageView(last_at=_SINCE), r),
    "sync-fine-waiting": lambda r: sync.sync_page_card(
        SyncPageView(groups=(SyncGroup(code="pipedrive", name="Pipedrive", waiting=2),), last_at=_SINCE), r
    ),
    "sync-never": lambda r: sync.sync_page_card(SyncPageView(), r),
    "sync-offer": lambda r: sync.offer_sync_card(_VIEW, r),
    "sync-offer-fine": lambda r: sync.offer_sync_card(
        replace(_VIEW, lines=LINES["offer-systems-fine"], said=sentence("sync.said_by_hand")), r
    ),
    "sync-offer-none": lambda r: sync.offer_sync_card(replace(_VIEW, lines=(), number=""), r),
    "sync-fine-recognised": lambda r: sync.sync_page_card(SyncPageView(last_at=_SINCE, recognised=12), r),
    "sync-matches": lambda r: sync_matches.sync_matches_card(_MATCHES, r),
    "sync-matches-undone": lambda r: sync_matches.sync_matches_card(replace(_MATCHES, page=1, undone=_MATCH), r),
    "sync-matches-none": lambda r: sync_matches.sync_matches_card(MatchesView(), r),
    "sync-conflict": _conflict(),
    "sync-conflict-read-only": _conflict(may_choose=False, their_name="", their_at=None),
    "sync-conflict-empty": _conflict(field="Expected close date", ours=date(2027, 2, 26), theirs=None),
    "sync-conflict-hostile": _conflict(
        offer=_HOSTILE, field=_HOSTILE, ours=_HOSTILE * 20, theirs=_HOSTILE * 20, their_name=_HOSTILE, url="javascript:"
    ),
    "sync-conflict-ours": _conflict(kept_ours=True, by="The sales lead", at=_SINCE),
    "sync-conflict-theirs": _conflict(kept_ours=False, by="The sales lead", at=_SINCE),
}
