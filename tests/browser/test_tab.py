"""The tab in the simulated Teams: every page in light, dark and on a phone; by keyboard; back and forth; no fault."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bot.config import default
from bot.database import Database
from bot.demo.cast import Cast
from bot.demo.prologue import prepare
from bot.demo.stage import raised
from bot.demo.story import BEGINS
from bot.people.models import Person
from bot.web.tab.table import ROUTES
from integrations.sandbox.clock import ShiftedClock
from integrations.sandbox.teams.personas import DEFAULT_PERSONAS
from tests.browser.windows import DESK, PHONE, PICTURES, People, fr
from tests.tab_company import Settled, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Frame, FrameLocator, Locator, Page
    from sqlalchemy.orm import Session

    from bot.demo.stage import Stage

pytestmark = pytest.mark.browser

AXE: Final = Path(__file__).parents[2] / "bot" / "web" / "tab" / "page" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN: Final = "#app:not([aria-busy]):not(:has([aria-busy])) [data-title]"
GRAVE: Final = {"moderate", "serious", "critical"}
TALLEST: Final = 3600
MOST_STEPS: Final = 60
READERS: Final = {
    "day": ("sales_lead", "/tab"),
    "day-vote": ("ceo", "/tab"),
    "board": ("sales_lead", "/tab/pipeline"),
    "table": ("sales_lead", "/tab/pipeline?view=table"),
    "offer": ("sales_lead", "/tab/offers/{full}"),
    "hours": ("sales_lead", "/tab/hours"),
    "conflict": ("sales_lead", "/tab/conflicts/{conflict}"),
    "sync": ("key_user", "/tab/sync"),
    "reports": ("key_user", "/tab/reports"),
    "report-pipeline": ("key_user", "/tab/reports?report=pipeline"),
    "people": ("key_user", "/tab/people"),
    "person": ("key_user", "/tab/people/{cto}"),
    "person-foreseen": ("key_user", "/tab/people/{cto}?change=take&role=cto"),
    "person-mistake": ("key_user", "/tab/people/{cto}?change=give&role=cpo&starts_on=2027-01-05&ends_on=2027-01-01"),
    "person-above": ("key_user", "/tab/people/{key_user}?change=take&role=admin"),
    "rules": ("key_user", "/tab/rules"),
    "stages": ("key_user", "/tab/rules?file=stages.toml"),
    "refused": ("engineer", "/tab/people"),
    "english": ("engineer", "/tab/pipeline"),
}
LOOKS: Final = (("light", DESK), ("dark", DESK), ("light", PHONE))


@dataclass(frozen=True)
class Office:
    """The running demonstration with offers in it."""

    stage: Stage
    settled: Settled
    people: dict[str, int]
    """Ids by persona."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A stage of our own, on a Monday, where a company has been at work."""
    with raised(tmp_path_factory.mktemp("tab"), begins=BEGINS) as stage:
        # Playwright holds the event loop of this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _prologue(stage)).result()
        database = Database(f"sqlite:///{stage.folder / 'offerdesk.db'}")
        now = ShiftedClock(stage.folder / "clock")()
        settled = database.write_now(lambda session: _settle(session, now))
        known = database.read_now(_people)
        database.close()
        yield Office(stage, settled, known)


async def _prologue(stage: Stage) -> None:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        await prepare(Cast(stage.sandbox_url, client))


def _people(session: Session) -> dict[str, int]:
    keys = {persona.aad_object_id: persona.key for persona in DEFAULT_PERSONAS}
    return {keys[one.entra_object_id]: one.id for one in session.scalars(sa.select(Person))}


def _settle(session: Session, now: Any) -> Settled:  # noqa: ANN401  the story's moment
    keys = {persona.aad_object_id: persona.key.replace("_", " ") for persona in DEFAULT_PERSONAS}
    known = session.scalars(sa.select(Person)).all()
    return settle(session, {keys[one.entra_object_id]: one for one in known}, now, default())


@pytest.fixture
def people(office: Office, browser: Browser) -> Iterator[People]:
    """As everywhere, on the stage of this module."""
    everybody = People(browser, office.stage.page)
    yield everybody
    everybody.leave()
    assert everybody.complaints == []


class Tab:
    """The tab in somebody's window."""

    def __init__(self, page: Page, office: Office) -> None:
        self.page = page
        self._office = office

    def go(self, persona: str, address: str, theme: str = "light") -> Tab:
        """Open an address of the tab as Teams does."""
        settled = self._office.settled
        inside = address.format(full=settled.full, conflict=settled.conflict, **self._office.people)
        self.page.goto(f"{self._office.stage.page}tab?persona={persona}&theme={theme}&page={quote(inside)}")
        expect(self.inside.locator(SHOWN)).to_be_visible()
        return self

    @property
    def inside(self) -> FrameLocator:
        """What stands in the frame."""
        return self.page.frame_locator("#tab")

    @property
    def frame(self) -> Frame:
        """The frame itself."""
        return next(one for one in self.page.frames if one != self.page.main_frame)

    def heading(self) -> Locator:
        """The one heading of a page."""
        return self.inside.locator("h1")

    def shown(self, text: str) -> None:
        """Wait until the page with this heading is there."""
        expect(self.heading()).to_have_text(text)
        expect(self.inside.locator(SHOWN)).to_be_visible()

    def drawn(self) -> None:
        """Wait until every chart has its bars."""
        self.frame.wait_for_function(
            "() => [...document.querySelectorAll('canvas[data-chart]')].every((one) => window.Chart?.getChart(one))"
        )

    def picture(self, name: str) -> None:
        """Keep the whole page."""
        folder = PICTURES / "tab"
        folder.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size or {"width": DESK[0], "height": DESK[1]}
        tall = int(self.frame.evaluate("document.documentElement.scrollHeight")) + 60
        self.page.set_viewport_size({"width": size["width"], "height": min(max(tall, size["height"]), TALLEST)})
        self.drawn()
        self.page.screenshot(path=folder / f"{name}.png")
        self.page.set_viewport_size({"width": size["width"], "height": size["height"]})

    def tabs_to(self, there: str) -> None:
        """Press the tabulator until the page says that it is there."""
        for _ in range(MOST_STEPS):
            self.page.keyboard.press("Tab")
            if self.frame.evaluate(there):
                return
        pytest.fail(f"The keyboard never came to: {there}")

    def faults(self) -> list[str]:
        """What hinders people who read with their ears, or without a mouse."""
        self.frame.evaluate(AXE.read_text("utf-8"))
        found = self.frame.evaluate("() => window.axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0].get('failureSummary', '')[:200]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]


@pytest.fixture
def tab(people: People, office: Office) -> Tab:
    """A window at a desk."""
    return Tab(people.blank("tab", DESK), office)


@pytest.mark.parametrize(("theme", "size"), LOOKS)
@pytest.mark.parametrize("name", READERS)
def test_every_page_looks_right(people: People, office: Office, name: str, theme: str, size: tuple[int, int]) -> None:
    persona, address = READERS[name]
    tab = Tab(people.blank(name, size), office)
    tab.go(persona, address, theme)
    tab.drawn()
    wide = tab.frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert re.findall(r"\{[a-z_]+\}", tab.inside.locator("body").inner_text()) == []
    assert tab.faults() == []
    tab.picture(f"{name}-{theme}-{size[0]}")
    if name == "refused":
        people.complaints[:] = [said for said in people.complaints if "403" not in said]


@pytest.fixture
def english(office: Office) -> Iterator[None]:
    """Everybody reads English for a while."""
    languages: dict[int, str] = {}

    def read(session: Session, wanted: str | None) -> None:
        for person in session.scalars(sa.select(Person)):
            languages.setdefault(person.id, person.language)
            person.language = wanted or languages[person.id]

    database = Database(f"sqlite:///{office.stage.folder / 'offerdesk.db'}")
    database.write_now(lambda session: read(session, "en"))
    yield
    database.write_now(lambda session: read(session, None))
    database.close()


@pytest.mark.usefixtures("english")
def test_every_page_in_english_with_high_contrast_on_a_phone(people: People, office: Office) -> None:
    tab = Tab(people.blank("english", PHONE), office)
    for name, (persona, address) in READERS.items():
        tab.go(persona, address, "contrast")
        tab.drawn()
        assert tab.frame.evaluate("document.documentElement.lang") == "en"
        assert tab.frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert tab.faults() == [], name
        tab.picture(f"{name}-english-contrast-{PHONE[0]}")
    people.complaints[:] = [said for said in people.complaints if "403" not in said]


def test_every_page_of_the_table_is_looked_at() -> None:
    visited = {address.removeprefix("/tab").partition("?")[0] or "/" for _persona, address in READERS.values()}
    pages = {route.path for route in ROUTES if route.method == "GET"} - {"/reports/figures"}
    looked, wanted = ({re.sub(r"\{\w+\}", "{}", path) for path in paths} for paths in (visited, pages))
    assert looked == wanted, "figures come with the page of reports"


def test_stages_stand_side_by_side_and_the_place_is_seen_in_its_line(people: People, office: Office) -> None:
    tab = Tab(people.blank("phone", PHONE), office)
    tab.go("sales_lead", "/tab/pipeline")
    tops = {box["y"] for one in tab.inside.locator(".column").all() if (box := one.bounding_box())}
    assert len(tops) == 1
    board = tab.inside.locator(".board")
    assert board.evaluate("one => one.scrollWidth - one.clientWidth") > PHONE[0]
    tab.inside.locator(".column").last.locator(".card").first.focus()
    assert board.evaluate("one => one.scrollLeft") > PHONE[0], "the keyboard brings the last stage into view"
    tab.go("key_user", "/tab/rules")
    expect(tab.inside.locator(".places [aria-current]")).to_be_in_viewport(ratio=1)
    line = tab.inside.locator(".places").bounding_box()
    assert line is not None
    assert line["height"] < PHONE[1] / 10


def test_links_filters_and_the_back_button_keep_the_address_true(tab: Tab) -> None:
    tab.go("sales_lead", "/tab")
    tab.inside.get_by_role("link", name=fr("tab.place_pipeline"), exact=True).click()
    tab.shown(fr("tab.place_pipeline"))
    tab.inside.get_by_label(fr("tab.filter_words")).fill("coating")
    tab.inside.get_by_label(fr("tab.filter_words")).press("Enter")
    expect(tab.inside.locator(".card")).to_have_count(1)
    assert tab.frame.evaluate("location.pathname + location.search") == "/tab/pipeline?q=coating&view=board"
    tab.inside.locator(".card").click()
    expect(tab.heading()).to_contain_text("coating")
    assert tab.frame.evaluate("document.activeElement.id") == "main"
    tab.page.evaluate("history.back()")
    tab.shown(fr("tab.place_pipeline"))
    expect(tab.inside.get_by_label(fr("tab.filter_words"))).to_have_value("coating")
    tab.frame.evaluate("location.reload()")
    expect(tab.inside.locator(".card")).to_have_count(1)
    tab.page.evaluate("history.back()")
    expect(tab.inside.locator(".card").nth(3)).to_be_visible()
    tab.page.evaluate("history.back()")
    tab.shown(fr("tab.day_title"))


def test_everything_is_reached_by_keyboard(tab: Tab) -> None:
    tab.go("sales_lead", "/tab")
    tab.tabs_to("document.activeElement.className === 'skip'")
    tab.page.keyboard.press("Enter")
    expect(tab.inside.locator("#main")).to_be_focused()
    tab.tabs_to("document.activeElement.pathname?.startsWith('/tab/conflicts/')")
    tab.page.keyboard.press("Enter")
    tab.shown(fr("tab.conflict_title"))


def test_the_theme_of_teams_is_followed_at_once(tab: Tab) -> None:
    tab.go("sales_lead", "/tab/offers/{full}")
    tab.drawn()
    for theme in ("contrast", "dark"):
        tab.page.evaluate("theme => window.dispatchEvent(new CustomEvent('tab-theme', {detail: theme}))", theme)
        expect(tab.inside.locator(f"html[data-theme={theme}]")).to_be_attached()
        tab.drawn()
        assert tab.faults() == []
        tab.picture(f"offer-{theme}-followed")


def test_a_chart_tells_its_numbers_and_becomes_a_picture(tab: Tab) -> None:
    tab.go("sales_lead", "/tab/offers/{full}")
    tab.drawn()
    tab.inside.locator("canvas").first.hover(position={"x": 160, "y": 70})
    assert tab.frame.evaluate("Chart.getChart(document.querySelector('canvas')).tooltip.opacity") > 0
    with tab.page.expect_download() as saved:
        tab.inside.get_by_role("button", name=fr("tab.picture")).first.click()
    assert saved.value.suggested_filename == "S599-hours.png"


def test_a_role_is_given_and_taken_by_keyboard_on_a_phone(people: People, office: Office) -> None:
    tab = Tab(people.blank("admin", PHONE), office)
    tab.go("key_user", "/tab/people")
    tab.tabs_to(f"document.activeElement.pathname === '/tab/people/{office.people['engineer']}'")
    tab.page.keyboard.press("Enter")
    tab.shown("Engineer")
    tab.tabs_to("document.activeElement.name === 'role'")
    tab.page.keyboard.type("CTO")
    tab.tabs_to("document.activeElement.type === 'submit'")
    tab.page.keyboard.press("Enter")
    expect(tab.inside.locator("#foreseen")).to_be_focused()
    expect(tab.inside.get_by_text(fr("tab.fore_give", name="Engineer", role="CTO"))).to_be_visible()
    assert tab.frame.evaluate("location.search") == "?change=give&role=cto"
    tab.tabs_to("document.activeElement.matches('.primary')")
    tab.page.keyboard.press("Enter")
    expect(tab.inside.locator("p[role=status]")).to_have_text(fr("tab.said_role_given", name="Engineer", role="CTO"))
    expect(tab.inside.locator("#main")).to_be_focused()
    assert tab.frame.evaluate("location.pathname + location.search") == f"/tab/people/{office.people['engineer']}"
    assert tab.faults() == []
    tab.picture(f"person-saved-light-{PHONE[0]}")
    tab.inside.get_by_role("link", name=f"{fr('tab.take_away')} CTO").click()
    tab.inside.get_by_role("button", name=fr("tab.carry_out")).click()
    expect(tab.inside.get_by_text(fr("tab.no_roles"))).to_be_visible()


def test_a_deputy_is_named_after_a_mistake_and_withdrawn(people: People, tab: Tab) -> None:
    tab.go("key_user", "/tab/people/{cpo}")
    form = tab.inside.locator("form", has=tab.page.locator("select[name=deputy]"))
    form.locator("select").select_option(label="Engineer")
    form.get_by_label(fr("forms.from")).fill("2027-03-08")
    form.get_by_label(fr("forms.until")).fill("2027-03-05")
    form.get_by_role("button").click()
    wrong = form.locator("[aria-invalid]")
    expect(wrong).to_be_focused()
    expect(form.get_by_text(fr("errors.deputy_dates"))).to_be_visible()
    expect(form.locator("select")).to_have_value(re.compile(r"\d+"))
    assert tab.faults() == []
    wrong.fill("2027-03-12")
    form.get_by_role("button").click()
    press = tab.inside.get_by_role("button", name=fr("tab.carry_out"))
    expect(press).to_be_visible()
    tab.page.route("**/tab/data/people/*/deputies", lambda route: route.abort())
    press.click()
    expect(tab.inside.locator("#notice")).to_contain_text(fr("tab.offline"))
    tab.page.unroute("**/tab/data/people/*/deputies")
    press.click()
    expect(tab.inside.locator("p[role=status]")).to_contain_text("Engineer")
    tab.inside.get_by_role("link", name=f"{fr('tab.take_away')} Engineer").click()
    tab.inside.get_by_role("button", name=fr("tab.carry_out")).click()
    expect(tab.inside.get_by_text(fr("tab.said_withdrawn", deputy="Engineer", name="CPO"))).to_be_visible()
    expect(tab.inside.get_by_text(fr("tab.no_deputies"))).to_be_visible()
    people.complaints[:] = [
        said for said in people.complaints if "ERR_FAILED" not in said and "Failed to fetch" not in said
    ]


def test_what_is_refused_at_the_press_comes_back_with_its_mistake(people: People, tab: Tab) -> None:
    tab.go("key_user", "/tab/people/{engineer}?change=give&role=cto")
    tab.inside.locator("input[name=role][type=hidden]").evaluate("one => { one.value = 'emperor'; }")
    tab.inside.get_by_role("button", name=fr("tab.carry_out")).click()
    expect(tab.inside.locator("#give-role-mistake")).to_have_text(fr("errors.choice"))
    expect(tab.inside.locator("select[name=role]")).to_be_focused()
    assert tab.faults() == []
    people.complaints[:] = [said for said in people.complaints if "422" not in said]


def test_what_was_typed_stays_when_the_server_is_away(people: People, tab: Tab) -> None:
    tab.go("key_user", "/tab/rules")
    box = tab.inside.locator("textarea")
    box.fill("threshold = 3")
    tab.page.route("**/tab/data/rules", lambda route: route.abort())
    tab.inside.get_by_role("button", name=fr("tab.try_out")).click()
    expect(tab.inside.locator("#notice")).to_contain_text(fr("tab.offline"))
    expect(box).to_have_value("threshold = 3")
    tab.page.unroute("**/tab/data/rules")
    box.fill("threshold = =")
    tab.inside.get_by_role("button", name=fr("tab.try_out")).click()
    expect(tab.inside.get_by_role("alert").filter(has_text=fr("tab.line", line=1))).to_be_visible()
    expect(tab.inside.locator("textarea")).to_have_value("threshold = =")
    people.complaints[:] = [
        said for said in people.complaints if "ERR_FAILED" not in said and "Failed to fetch" not in said
    ]


def test_the_choice_between_two_values_is_made_in_the_tab(tab: Tab) -> None:
    tab.go("sales_lead", "/tab")
    tab.inside.locator("a[href^='/tab/conflicts/']").click()
    tab.shown(fr("tab.conflict_title"))
    tab.inside.get_by_role("button", name=fr("tab.keep_ours")).click()
    expect(tab.inside.locator("p[role=status]")).to_have_text(fr("tab.said_chosen"))
    expect(tab.inside.get_by_text(fr("tab.conflict_kept_ours", name="Sales lead"))).to_be_visible()


def test_outside_teams_the_page_says_where_it_belongs(people: People, office: Office) -> None:
    page = people.blank("nobody", DESK)
    page.goto(f"{office.stage.bot_url}/tab")
    expect(page.locator("#outside")).to_be_visible()
    assert page.locator("#outside").inner_text().startswith(fr("tab.outside"))


def test_a_guest_of_another_company_is_turned_away(people: People, office: Office) -> None:
    page = people.blank("guest", DESK)
    page.goto(f"{office.stage.page}tab?persona=guest")
    expect(page.frame_locator("#tab").get_by_text(fr("tab.refused_token"))).to_be_visible()
    people.complaints[:] = [said for said in people.complaints if "401" not in said]
