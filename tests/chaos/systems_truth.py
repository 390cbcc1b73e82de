"""What must stand in the other systems for a set of offers, compared with what the stand-ins hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities.models import Activity
from bot.offers.models import Offer, Outcome
from bot.sync import plans
from bot.sync.facts import facts_of
from bot.sync.models import Conflict, Kind
from bot.sync.pipedrive.beside import StatusNote
from integrations.microsoft_graph import folder_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.sync.facts import OfferFacts
    from integrations.sandbox.app import Sandbox

OWN_FIELDS = ("title", "value", "currency", "status", "expected_close_date")
TAKEN_ALONG = frozenset({"folder", "offer_team", "offer_hours"})
"""What waits for another change of an open offer's deal, where the company has it wait."""
KICK_OFF = re.compile(r"\s?: kick-off$")
"""How the subject of a kick-off ends, in French or in English."""
LINKS = {"Folder.url": Kind.FOLDER, "Pipedrive deal.url": Kind.DEAL}


Files = Mapping[str, bytes | None]
"""What is filed for an offer, by path in its folder; None where the file only has to be there."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is as it should be although it is not the rule. ``incomplete``: offers (ids) for which Business Central
    still waits, so that nothing of them stands there. ``answered``: questions about values that people were asked and
    answered.
    """

    incomplete: frozenset[int] = frozenset()
    answered: int = 0


NOTHING_SPECIAL = Known()


def decision_sheet(session: Session, facts: OfferFacts) -> Files:
    """What the town files: one sheet, which says the title."""
    title = session.get_one(Offer, facts.id).title
    return {f"02 Evaluation/{facts.number} Go-No-Go.docx": title.encode()}


def problems(
    session: Session,
    sandbox: Sandbox,
    company: Company,
    offers: Sequence[int],
    files: Callable[[Session, OfferFacts], Files] = decision_sheet,
    special: Known = NOTHING_SPECIAL,
) -> list[str]:
    """One sentence for everything that is lost, doubled or wrong."""
    known = [facts for offer_id in offers if (facts := facts_of(session, offer_id)) is not None]
    found = [
        *(one for facts in known for one in _deal(sandbox, company, facts)),
        *(one for facts in known for one in _activities(session, sandbox, facts)),
        *(one for facts in known for one in _calendar(session, sandbox, facts)),
        *(one for facts in known for one in _central(sandbox, facts, waits=facts.id in special.incomplete)),
        *_library(sandbox, company, [(facts, files(session, facts)) for facts in known]),
    ]
    if len(sandbox.pipedrive.world.deals) != len(known):
        found.append(f"{len(sandbox.pipedrive.world.deals)} deals for {len(known)} offers")
    kick_offs = [facts for facts in known if session.get_one(Offer, facts.id).kick_off_on is not None]
    won = sum(facts.project_number is not None for facts in kick_offs)
    events = [event for event in sandbox.graph.mailboxes.events.values() if KICK_OFF.search(event["subject"])]
    if len(events) != won:
        found.append(f"{len(events)} kick-offs for {won} offers")
    conflicts = session.scalars(sa.select(Conflict)).all()
    if len(conflicts) != special.answered:
        found.append(f"{len(conflicts)} questions to people about values, of which {special.answered} were changed")
    found += [f"nobody answered what {one.field} should be" for one in conflicts if one.resolved_at is None]
    return found


def _only(rows: Iterable[Any], what: str, found: list[str]) -> Any:  # noqa: ANN401 - a row of any stand-in
    there = list(rows)
    if len(there) != 1:
        found.append(f"{what} is there {len(there)} times")
    return there[0] if there else None


def _deal(sandbox: Sandbox, company: Company, facts: OfferFacts) -> list[str]:
    world, found = sandbox.pipedrive.world, list[str]()
    wanted = plans.deal(facts, company)
    codes = {row["field_name"]: code for code, row in world.fields.items()}
    custom = {name: codes[title] for name, (title, _) in plans.CUSTOM_FIELDS.items()}
    mine = [row for row in world.deals.values() if row["custom_fields"].get(custom["bid_ref"]) == wanted["bid_ref"]]
    deal = _only(mine, f"the deal of {facts.number}", found)
    if deal is None:
        return found
    there = {name: deal[name] for name in OWN_FIELDS} | {"lost_reason": deal["lost_reason"]}
    there |= {name: deal["custom_fields"].get(code) for name, code in custom.items()}
    there["stage"] = world.stages[deal["stage_id"]]["name"]
    if "stage" in wanted:
        wanted["stage"] = company.systems.pipedrive.stages[wanted["stage"]]
    waits = facts.outcome is Outcome.OPEN and company.systems.pipedrive.wait_days > 0
    found += [
        f"the {name} of {facts.number} is {there[name]!r} instead of {value!r}"
        for name, value in wanted.items()
        if there[name] != value and not (waits and name in TAKEN_ALONG)
    ]
    notes = [row for row in world.notes.values() if row["deal_id"] == deal["id"]]
    note = _only(notes, f"the note of {facts.number}", found)
    lasting = StatusNote.of(facts, wanted, company).lasting
    if note is not None and not all(f"{label}: {text}<" in note["content"] for label, text in lasting.items() if text):
        found.append(f"the note of {facts.number} is out of date")
    return found


def _activities(session: Session, sandbox: Sandbox, facts: OfferFacts) -> Iterator[str]:
    """Each activity that is not removed stands there once, as it is; nothing else of ours does."""
    there = [row for row in sandbox.pipedrive.world.activities.values() if not row["is_deleted"]]
    mine = [(row["note"].rpartition("OD-")[2].removesuffix("</i>"), row) for row in there]
    wanted = session.scalars(sa.select(Activity).where(Activity.offer_id == facts.id, Activity.removed_at.is_(None)))
    marks = {f"{facts.chrono}/{one.number}": one for one in wanted}
    times = Counter(mark for mark, _ in mine if mark.startswith(f"{facts.chrono}/"))
    if times != Counter(marks.keys()):
        yield f"the activities of {facts.number} are {dict(times)} instead of {sorted(marks)}"
    for mark, row in mine:
        one = marks.get(mark)
        if one is not None and (one.done_on is not None, str(one.planned_on)) != (row["done"], row["due_date"]):
            yield f"the activity {mark} is out of date"


def _calendar(session: Session, sandbox: Sandbox, facts: OfferFacts) -> Iterator[str]:
    """A kick-off that has its day stands there once, on that day."""
    if facts.project_number is None:
        return
    day = session.get_one(Offer, facts.id).kick_off_on
    title = f"{facts.project_number} {facts.title}"
    there = [
        event["start"]["dateTime"][:10]
        for event in sandbox.graph.mailboxes.events.values()
        if KICK_OFF.sub("", event["subject"]) == title
    ]
    wanted = [day.isoformat()] if day is not None else []
    if there != wanted:
        yield f"the kick-off of {facts.project_number} is on {there} instead of {wanted}"


def _central(sandbox: Sandbox, facts: OfferFacts, *, waits: bool) -> list[str]:
    state, found = sandbox.business_central.state(), list[str]()
    same = [row for row in state["opportunities"] if row["number"] == facts.number]
    if waits:
        return [f"the opportunity {facts.number}, which is incomplete, is there"] if same else []
    opportunity = _only(same, f"the opportunity {facts.number}", found)
    if opportunity is not None and opportunity["description"] != facts.title:
        found.append(f"the opportunity {facts.number} is called {opportunity['description']!r}")
    projects = [row for row in state["projects"] if row["number"] in {facts.project_number, f"{facts.number}P"}]
    if facts.project_number is None:
        return [*found, *(["a project that nobody won"] if projects else [])]
    project = _only(projects, f"the project {facts.project_number}", found)
    if project is None:
        return found
    if project["displayName"] != facts.title:
        found.append(f"the project {facts.project_number} is called {project['displayName']!r}")
    return [*found, *_links(sandbox, facts, project["id"])]


def _links(sandbox: Sandbox, facts: OfferFacts, project_id: str) -> Iterator[str]:
    rows = sandbox.business_central.store.tables["attachments"].values()
    files = [row for row in rows if row.values.get("parentId") == project_id]
    times = Counter(row.values["fileName"] for row in files)
    if times != Counter(LINKS.keys()):
        yield f"the link files of {facts.project_number} are {dict(times)}"
    for row in files:
        url = facts.urls.get(LINKS[row.values["fileName"]], "nowhere")
        if row.content != f"[InternetShortcut]\r\nURL={url}\r\n".encode():
            yield f"{row.values['fileName']} of {facts.project_number} opens another page than {url}"


def _library(sandbox: Sandbox, company: Company, filed: Iterable[tuple[OfferFacts, Files]]) -> Iterator[str]:
    there = {"/".join(item.names): item for item in sandbox.graph.library.items.values()}
    wanted, contents = {""}, dict[str, bytes | None]()
    for facts, files in filed:
        plan = plans.folder(facts, company)
        root = folder_name(plan.name)
        contents |= {f"{root}/{path}": content for path, content in files.items()}
        wanted |= {root, *contents, *(f"{root}/{folder}" for folder in plan.folders)}
    yield from (f"{path!r} is missing in the library" for path in sorted(wanted - there.keys()))
    yield from (f"{path!r} is too much in the library" for path in sorted(there.keys() - wanted))
    for path, content in contents.items():
        if content is not None and path in there and there[path].content != content:
            yield f"{path!r} is out of date"
