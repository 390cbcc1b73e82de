"""The figures of the reports as somebody counts them, in SQL or in Power BI, who has only the star schema's views."""

from __future__ import annotations

import calendar
import re
import statistics
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.reports.shape import By, ColumnKind, ReportQuery
from cards.texts import texts
from tests.unit.reports.places import Line
from tests.unit.reports.written import Money, Value, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from cards.words import Language

JOINS = {
    "e": " JOIN bi_v1_fact_hours_cost e ON e.offer_key = o.offer_key",
    "w": " LEFT JOIN bi_v1_dim_person w ON w.person_key = e.person_key",
    "r": " JOIN bi_v1_fact_round r ON r.offer_key = o.offer_key",
    "t": " JOIN bi_v1_fact_stage t ON t.offer_key = o.offer_key",
    "v": " JOIN bi_v1_dim_stage v ON v.stage_key = t.stage_key",
    "q": " JOIN bi_v1_fact_quote q ON q.offer_key = o.offer_key",
    "p": " LEFT JOIN bi_v1_dim_person p ON p.person_key = o.sales_lead_key",
    "c": " LEFT JOIN bi_v1_dim_client c ON c.client_key = o.client_key",
    "k": " LEFT JOIN bi_v1_dim_category k ON k.category_key = o.category_key",
    "s": " LEFT JOIN bi_v1_dim_stage s ON s.stage_key = o.stage_key",
    "u": " LEFT JOIN bi_v1_dim_outcome u ON u.outcome_key = o.outcome_key",
    "g": " LEFT JOIN bi_v1_dim_origin g ON g.origin_key = o.origin_key",
    "d": " LEFT JOIN bi_v1_dim_date d ON d.date = {day}",
    "h": " LEFT JOIN (SELECT offer_key, SUM(hours) AS hours, SUM(cost) AS cost FROM bi_v1_fact_hours_cost"
    " GROUP BY offer_key) h ON h.offer_key = o.offer_key",
}
"""What stands beside an offer."""
KEYS = {
    By.STAGE: ("o.stage_key", "s.label_{}"),
    By.SALES_LEAD: ("o.sales_lead_key", "p.name"),
    By.CLIENT: ("c.group_key", "c.group_name"),
    By.ENTITY: ("COALESCE(c.entity_key, c.group_key)", "COALESCE(c.entity_name, c.group_name)"),
    By.CATEGORY: ("o.category_key", "k.label_{}"),
    By.OUTCOME: ("o.outcome_key", "u.label_{}"),
    By.ORIGIN: ("o.origin_key", "g.label_{}"),
    By.CAMPAIGN: ("o.campaign", "o.campaign"),
    By.YEAR: ("d.year", "d.year"),
    By.MONTH: ("d.month_on", "d.month_on"),
    By.PERSON: ("e.person_key", "w.name"),
}
"""What a group is, and what it is called; ``{}`` is the language."""
ALL = ("1", "''")
OUTCOMES = ("won", "lost", "no_go", "abandoned", "open")


@dataclass(frozen=True)
class Asked:
    """One question to the views; ``by`` None: everything as one group. ``split``: by currency, too."""

    session: Session
    query: ReportQuery
    by: By | None
    language: Language
    today: date
    rates_in: str
    split: bool = True

    def group(self) -> tuple[str, str]:
        """Key and name of a group."""
        key, name = KEYS[self.by] if self.by is not None else ALL
        return key, name.format(self.language.value)

    def where(self, *conditions: str) -> str:
        """With what the question is narrowed to."""
        query, made = self.query, list(conditions)
        if query.client is not None:
            made.append(f"{query.client} IN (c.group_key, c.entity_key, o.client_key)")
        if query.sales_lead is not None:
            made.append(f"o.sales_lead_key = {query.sales_lead}")
        if query.category is not None:
            made.append(f"k.code = '{query.category}'")
        return " AND ".join(made) or "1 = 1"

    def year(self, column: str = "d.year") -> tuple[str, ...]:
        """The conditions that it was in the year, or in the month of it."""
        if not self.query.year:
            return ()
        of_year = f"{column} = {self.query.year}"
        return (of_year, f"{column[:-4]}month = {self.query.month}") if self.query.month else (of_year,)

    def days(self) -> tuple[date, date] | None:
        """The first and the last day of that."""
        year, month = self.query.year, self.query.month
        if not year:
            return None
        last = calendar.monthrange(year, month)[1] if month else 31
        return date(year, month or 1, 1), date(year, month or 12, last)

    def source(self, columns: str, where: str, day: str = "NULL") -> str:
        """Offers with what columns and conditions name; ``day``: the one whose year and month count."""
        used = set(re.findall(r"\b([a-z])\.", f"{columns} {where} {day}"))
        used |= {"e"} if "w" in used else set()
        return "bi_v1_dim_offer o" + "".join(join for name, join in JOINS.items() if name in used).format(day=day)

    def rows(self, statement: str, **typed: Any) -> list[Any]:  # noqa: ANN401  types of columns
        """Named rows."""
        made = sa.text(statement).columns(*(sa.column(name, kind) for name, kind in typed.items()))
        return list(self.session.execute(made if typed else sa.text(statement)).mappings())

    def called(self, name: object) -> Value:
        """A group as a report names it."""
        t = texts(self.language)
        if self.by is None:
            return t("reports.total")
        if name is None:
            return t(f"reports.none_{self.by.value}")
        if self.by is By.MONTH:
            return name if isinstance(name, date) else date.fromisoformat(str(name))
        return str(name)

    def line(self, name: object, currency: str | None = None) -> Line:
        """The beginning of a row."""
        code = self.by.value if self.by is not None else "total"
        return {code: self.called(name), **({"currency": currency} if currency is not None else {})}

    def sums(self, where: str, currency: str, sums: dict[str, str], day: str = "NULL") -> list[Any]:
        """Groups with sums."""
        key, name = self.group()
        money = currency if self.split else "''"
        columns = ", ".join(f"{value} AS {code}" for code, value in sums.items())
        source = self.source(f"{key} {name} {columns}", where, day)
        return self.rows(
            f"SELECT {key} AS key, {name} AS name, {money} AS currency, {columns} FROM {source} WHERE {where}"
            " GROUP BY 1, 2, 3"
        )

    def money(self, value: Any, currency: str) -> Money | None:  # noqa: ANN401  a number of the database
        """To the cent; None where several currencies are taken together."""
        return Money(rounded(ColumnKind.MONEY, value), currency) if currency else None

    def cost(self, value: Any) -> Money:  # noqa: ANN401  a number of the database
        """To the cent, in the currency of the hourly rates."""
        return Money(rounded(ColumnKind.MONEY, value), self.rates_in)


def _hours(value: Any) -> Decimal:  # noqa: ANN401  a number of the database
    return rounded(ColumnKind.HOURS, value)


def _share(part: Any, whole: Any) -> Decimal | None:  # noqa: ANN401  numbers of the database
    return rounded(ColumnKind.PERCENT, 100 * _exact(part) / _exact(whole)) if _exact(whole) else None


def _exact(value: Any) -> Decimal:  # noqa: ANN401  a number of the database
    return Decimal(str(value))


def _sum(value: str, only: str = "") -> str:
    return f"COALESCE(SUM(CASE WHEN {only} THEN {value} ELSE 0 END), 0)" if only else f"COALESCE(SUM({value}), 0)"


def worked_by(asked: Asked) -> tuple[str, ...]:
    """The condition that a person did the work."""
    return (f"e.person_key = {asked.query.person}",) if asked.query.person is not None else ()


def hours(asked: Asked) -> list[Line]:
    """Hours and cost by outcome."""
    outcomes = {f"hours_{one}": _sum("e.hours", f"o.outcome_key = '{one}'") for one in OUTCOMES}
    sums = outcomes | {
        "hours": _sum("e.hours"),
        "cost": _sum("e.cost"),
        "unrated": _sum("e.hours", "e.hourly_rate IS NULL"),
    }
    where = asked.where(*asked.year(), *worked_by(asked))
    made = []
    for row in replace(asked, split=False).sums(where, "''", sums, "e.date"):
        line = asked.line(row["name"])
        line |= {code: _hours(row[code]) for code in (*outcomes, "hours", "unrated")}
        line["cost"] = asked.cost(row["cost"])
        won = _exact(row["hours_won"])
        nothing = sum(_exact(row[f"hours_{one}"]) for one in ("lost", "no_go", "abandoned"))
        line["all_for_nothing_per_won"] = rounded(ColumnKind.RATIO, nothing / won) if won else None
        line["lost_per_won"] = rounded(ColumnKind.RATIO, _exact(row["hours_lost"]) / won) if won else None
        made.append(line)
    return made


def hours_of_offers(asked: Asked) -> list[Line]:
    """Each offer with hours in the period."""
    columns = (
        "o.offer_key, COALESCE(o.number, o.external_reference, '') AS number, o.title,"
        f" u.label_{asked.language.value} AS outcome, SUM(e.hours) AS hours, {_sum('e.cost')} AS cost,"
        f" {_sum('e.hours', 'e.hourly_rate IS NULL')} AS unrated, MAX(h.hours) AS ever, MAX(o.planned_hours) AS plan"
    )
    where = asked.where(*asked.year(), *worked_by(asked))
    rows = asked.rows(
        f"SELECT {columns} FROM {asked.source(columns, where, 'e.date')} WHERE {where}"
        " GROUP BY o.offer_key, o.number, o.external_reference, o.title, u.label_fr, u.label_en"
    )
    return [
        {
            "number": row["number"],
            "title": row["title"],
            "outcome": row["outcome"],
            "hours": _hours(row["hours"]),
            "cost": asked.cost(row["cost"]),
            "unrated": _hours(row["unrated"]),
            "ever": _hours(row["ever"]),
            "plan": None if row["plan"] is None else _hours(row["plan"]),
            "used": None if row["plan"] is None else _share(row["ever"], row["plan"]),
        }
        for row in rows
    ]


def planned(asked: Asked) -> list[Line]:
    """Groups of offers with hours in the period, beside their plans."""
    where = asked.where("e.hours IS NOT NULL", *asked.year(), *worked_by(asked))
    touched = f"SELECT DISTINCT o.offer_key FROM {asked.source('', where, 'e.date')} WHERE {where}"
    sums = {
        "offers": "COUNT(*)",
        "ever": _sum("h.hours"),
        "plan": _sum("o.planned_hours"),
        "with_plan": _sum("h.hours", "o.planned_hours IS NOT NULL"),
    }
    those = [str(row["offer_key"]) for row in asked.rows(touched)]
    rows = replace(asked, split=False).sums(f"o.offer_key IN ({', '.join(those) or 'NULL'})", "''", sums)
    return [
        asked.line(row["name"])
        | {
            "offers": Decimal(row["offers"]),
            "ever": _hours(row["ever"]),
            "plan": _hours(row["plan"]),
            "used": _share(row["with_plan"], row["plan"]),
        }
        for row in rows
    ]


def open_offers(asked: Asked, day: str) -> list[Line]:
    """The pipeline and the portfolio."""
    sums = {
        "offers": "COUNT(*)",
        "amount": _sum("o.estimated_amount"),
        "by_launch": _sum("o.weighted_by_launch"),
        "by_success": _sum("o.weighted_by_success"),
        "weighted": _sum("o.weighted_twice"),
    }
    where = asked.where("o.outcome_key = 'open'", *asked.year())
    rows = asked.sums(where, "o.currency", sums, day)
    made = []
    for row in rows:
        line = asked.line(row["name"], row["currency"]) | {"offers": Decimal(row["offers"])}
        made.append(line | {code: asked.money(row[code], row["currency"]) for code in [*sums][1:]})
    return made


def ended(asked: Asked) -> list[Line]:
    """Closed offers and win rates, both in one."""
    sums = {
        "offers": "COUNT(*)",
        **{f"offers_{one}": _sum("1", f"o.outcome_key = '{one}'") for one in OUTCOMES[:-1]},
        "worth": _sum("o.worth"),
        "worth_won": _sum("o.worth", "o.outcome_key = 'won'"),
        "worth_lost": _sum("o.worth", "o.outcome_key = 'lost'"),
        "hours_ever": _sum("h.hours"),
        "cost_ever": _sum("h.cost"),
    }
    where = asked.where("o.outcome_key <> 'open'", *asked.year())
    made = []
    for row in asked.sums(where, "o.worth_currency", sums, "o.ended_on"):
        line = asked.line(row["name"], row["currency"])
        line |= {code: Decimal(row[code]) for code in sums if code.startswith("offers")}
        line |= {code: asked.money(row[code], row["currency"]) for code in sums if code.startswith("worth")}
        line |= {"hours_ever": _hours(row["hours_ever"]), "cost_ever": asked.cost(row["cost_ever"])}
        line["win_rate"] = _share(row["offers_won"], row["offers_won"] + row["offers_lost"])
        won, lost = (_exact(row[f"worth_{one}"]) for one in ("won", "lost"))
        line["win_rate_amount"] = _share(won, won + lost) if row["currency"] else None
        same = row["currency"] == asked.rates_in and won
        line["cost_per_won"] = asked.cost(_exact(row["cost_ever"]) / won) if same else None
        made.append(line)
    return made


def origins(asked: Asked) -> list[Line]:
    """Offers by where they come from; leads are not in the views."""
    sums = {
        "offers_opened": "COUNT(*)",
        "offers_won": _sum("1", "o.outcome_key = 'won'"),
        "offers_lost": _sum("1", "o.outcome_key = 'lost'"),
        "worth_won": _sum("o.worth", "o.outcome_key = 'won'"),
        "hours_ever": _sum("h.hours"),
        "cost_ever": _sum("h.cost"),
    }
    made = []
    for row in asked.sums(asked.where(*asked.year()), "o.worth_currency", sums, "o.opened_on"):
        line = asked.line(row["name"], row["currency"])
        line |= {code: Decimal(row[code]) for code in sums if code.startswith("offers")}
        line["worth_won"] = asked.money(row["worth_won"], row["currency"])
        line |= {"hours_ever": _hours(row["hours_ever"]), "cost_ever": asked.cost(row["cost_ever"])}
        line["win_rate"] = _share(row["offers_won"], row["offers_won"] + row["offers_lost"])
        made.append(line)
    return made


def sent(asked: Asked) -> list[Line]:
    """The last price in the period of each offer that was sent in it."""
    days = asked.days()
    within = f" AND y.sent_on BETWEEN '{days[0]}' AND '{days[1]}'" if days else ""
    later = "y.sent_on > q.sent_on OR (y.sent_on = q.sent_on AND y.quote_key > q.quote_key)"
    newest = f"SELECT 1 FROM bi_v1_fact_quote y WHERE y.offer_key = q.offer_key AND y.sent AND ({later}){within}"
    sums = {"offers_sent": "COUNT(*)", "submitted": _sum("q.price")}
    where = asked.where("q.sent", f"NOT EXISTS ({newest})", *asked.year())
    return [
        asked.line(row["name"], row["currency"])
        | {"offers_sent": Decimal(row["offers_sent"]), "submitted": asked.money(row["submitted"], row["currency"])}
        for row in asked.sums(where, "q.currency", sums, "q.sent_on")
    ]


def stages(asked: Asked) -> list[Line]:
    """Stays in stages that leave an offer open."""
    where = asked.where("NOT v.post_award", "v.type NOT IN ('won', 'lost', 'abandoned')", *asked.year())
    columns = (
        f"v.label_{asked.language.value} AS stage, t.days AS days, t.entered_on AS entered_on,"
        " t.left_on AS left_on, o.outcome_key AS outcome, o.ended_on AS ended_on"
    )
    rows = asked.rows(
        f"SELECT {columns} FROM {asked.source(columns, where, 't.entered_on')} WHERE {where}",
        stage=sa.Text(),
        days=sa.Integer(),
        entered_on=sa.Date(),
        left_on=sa.Date(),
        outcome=sa.Text(),
        ended_on=sa.Date(),
    )
    days: dict[str, list[int]] = defaultdict(list)
    standing: dict[str, int] = defaultdict(int)
    for row in rows:
        last = row["left_on"] is None
        until = asked.today if row["outcome"] == "open" else row["ended_on"] or row["entered_on"]
        lasted = max((until - row["entered_on"]).days, 0) if last else row["days"]
        days[row["stage"]].append(lasted)
        standing[row["stage"]] += last and row["outcome"] == "open"
    return [
        {
            "stage": stage,
            "standing": Decimal(standing[stage]),
            "stays": Decimal(len(found)),
            "days_median": _days(statistics.median(map(Fraction, found))),
            "days_mean": _days(Fraction(sum(found), len(found))),
            "days_longest": _days(Fraction(max(found))),
        }
        for stage, found in days.items()
    ]


def _days(value: Fraction) -> Decimal:
    return rounded(ColumnKind.DAYS, Decimal(value.numerator) / value.denominator)


def _rounds(asked: Asked) -> list[Any]:
    """The last closed round of each offer."""
    key, name = asked.group()
    later = "SELECT 1 FROM bi_v1_fact_round x WHERE x.offer_key = r.offer_key AND x.state = 'closed'"
    conditions = ("r.state = 'closed'", f"NOT EXISTS ({later} AND x.sequence > r.sequence)")
    where = asked.where(*conditions, *asked.year())
    columns = (
        f"{key} AS key, {name} AS name, r.outcome AS outcome, r.opened_at_utc AS opened,"
        " r.decided_at_utc AS decided, o.published_at_utc AS published"
    )
    return asked.rows(
        f"SELECT {columns} FROM {asked.source(columns, where, 'r.decided_on')} WHERE {where}",
        key=sa.Text(),
        name=sa.Date() if asked.by is By.MONTH else sa.Text(),
        outcome=sa.Text(),
        opened=sa.DateTime(),
        decided=sa.DateTime(),
        published=sa.DateTime(),
    )


def decisions(asked: Asked) -> list[Line]:
    """How long decisions took, and how many were a Go."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in _rounds(asked):
        found[row["key"], row["name"]].append(row)
    made = []
    for (_key, name), rows in found.items():
        waited = [_lasted(row["published"], row["decided"]) for row in rows if row["published"] is not None]
        goes = sum(row["outcome"] == "go" for row in rows)
        made.append(
            asked.line(name)
            | {
                "decided": Decimal(len(rows)),
                "go": Decimal(goes),
                "go_rate": _share(goes, len(rows)),
                "days_to_decision": _days(statistics.median(waited)) if waited else None,
                "longest_to_decision": _days(max(waited)) if waited else None,
                "days_of_vote": _days(statistics.median(_lasted(row["opened"], row["decided"]) for row in rows)),
            }
        )
    return made


def _lasted(first: datetime, last: datetime) -> Fraction:
    return Fraction((last - first) // timedelta(seconds=1), 86_400)


def deadlines(asked: Asked) -> list[Line]:
    """Closings, submissions and what quotes are valid until: what the views tell of the days that come."""
    newest = (
        "NOT EXISTS (SELECT 1 FROM bi_v1_fact_quote y WHERE y.offer_key = q.offer_key AND y.sent"
        " AND y.number > q.number)"
    )
    kinds: Iterable[tuple[str, str, tuple[str, ...]]] = (
        ("closing", "o.expected_closing_on", ()),
        ("submission", "o.submission_due_on", ("o.quotes_sent = 0",)),
        ("validity", "q.valid_until", ("q.sent", newest)),
    )
    first, last = asked.days() or (date.min, asked.today + timedelta(days=90))
    made: list[Line] = []
    for kind, day, conditions in kinds:
        columns = f"{day} AS due_on, o.number AS offer, o.title AS title, p.name AS owner"
        where = asked.where("o.outcome_key = 'open'", *conditions)
        rows = asked.rows(
            f"SELECT {columns} FROM {asked.source(columns, where)} WHERE {where}",
            due_on=sa.Date(),
            offer=sa.Text(),
            title=sa.Text(),
            owner=sa.Text(),
        )
        made += [
            {
                "due_on": row["due_on"],
                "what": texts(asked.language)(f"deadlines.kind_{kind}"),
                "offer": row["offer"] or "",
                "title": row["title"],
                "owner": row["owner"],
                "days_left": Decimal((row["due_on"] - asked.today).days),
            }
            for row in rows
            if row["due_on"] is not None and first <= row["due_on"] <= last
        ]
    return made


def left_out(asked: Asked, code: str) -> dict[str, int]:
    """How many offers a report has no figure for."""
    if code == "decisions":
        return {"without_publication": sum(row["published"] is None for row in _rounds(asked))}
    day = {"pipeline": "o.expected_closing_on", "portfolio": "o.opened_on"}.get(code, "o.ended_on")
    condition = "o.outcome_key = 'open'" if code in {"pipeline", "portfolio"} else "o.outcome_key <> 'open'"
    sums = {
        "without_amount": _sum("1", "o.estimated_amount IS NULL"),
        "without_probability": _sum("1", "o.estimated_amount IS NOT NULL AND o.weighted_twice IS NULL"),
        "without_worth": _sum("1", "o.worth IS NULL"),
    }
    of = ("without_worth",) if code in {"closed", "success"} else ("without_amount", "without_probability")
    whole = replace(asked, by=None, split=False)
    rows = whole.sums(asked.where(condition, *asked.year()), "''", sums, day)
    return {name: int(row[name]) for row in rows for name in of}


TELLS: dict[str, Callable[[Asked], list[Line]]] = {
    "hours": hours,
    "planned": planned,
    "sent": sent,
    "pipeline": lambda asked: open_offers(asked, "o.expected_closing_on"),
    "portfolio": lambda asked: open_offers(asked, "o.opened_on"),
    "stages": stages,
    "closed": ended,
    "success": ended,
    "origins": origins,
    "decisions": decisions,
    "deadlines": deadlines,
}
"""Every report that the views can tell. Teams and what they were asked are not in them, nor tenders of no offer."""
