"""What each figure of the reports means, said once: name, formula, unit, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A definition. ``formula`` and ``excluded`` are sentences for ``docs/figures.md``."""

    code: str
    name: str
    formula: str
    unit: str
    excluded: str


OF_HOURS = (
    Figure(
        "hours",
        "Hours",
        "Sum of the signed quarter hours of all entries (entries, undone entries, corrections, imports), divided by 4.",
        "h",
        "Nothing: people who left and offers that came to nothing count. An entry belongs to the year of the first day "
        "of its part of the week, so a week over New Year is split.",
    ),
    Figure(
        "cost",
        "Cost",
        "Sum over the entries of quarter hours × hourly rate ÷ 4, with the rate that is valid for the person on the "
        "first day of the entry's part of the week. Summed exactly, rounded once to the cent where it is shown.",
        "the currency of `rules.hours.currency`",
        "Entries on a day without a rate of their person; their hours are named beside the cost.",
    ),
    Figure(
        "unrated",
        "Hours without a rate",
        "Sum of the hours of the entries for which no rate of their person is valid.",
        "h",
        "Nothing.",
    ),
    Figure(
        "outcome",
        "Hours and cost by outcome",
        "Hours and cost of the entries on offers that are won, lost, no-go, abandoned or open, by the outcome that the "
        "offer has today.",
        "h, currency",
        "Nothing: the five add up to the whole.",
    ),
    Figure(
        "client",
        "Hours and cost by client",
        "Hours and cost of the entries by the group at the root of the client tree above the offer's client.",
        "h, currency",
        "Nothing: offers without a client stand under “no client”.",
    ),
    Figure(
        "entity",
        "Hours and cost by entity",
        "The same by the second level of the client tree.",
        "h, currency",
        "Nothing: offers whose client is a group stand under the group, offers without a client under “no client”.",
    ),
    Figure(
        "person",
        "Hours and cost by person",
        "Hours and cost of the entries by the person who worked, whoever entered them.",
        "h, currency",
        "Nothing.",
    ),
    Figure(
        "category",
        "Hours and cost by category",
        "Hours and cost of the entries by the offer's value on the first analytic axis of `lists.toml`.",
        "h, currency",
        "Nothing: offers without a value stand under “no category”.",
    ),
    Figure(
        "year",
        "Hours and cost by year",
        "Hours and cost of the entries by the year of the first day of their part of the week.",
        "h, currency",
        "Nothing.",
    ),
    Figure(
        "all_for_nothing_per_won",
        "Hours without a contract per hour won",
        "(Hours on lost + no-go + abandoned offers) ÷ hours on won offers.",
        "h per h",
        "Open offers. Not shown while no hour is on a won offer.",
    ),
    Figure(
        "lost_per_won",
        "Hours lost per hour won",
        "Hours on lost offers ÷ hours on won offers: only what a client decided.",
        "h per h",
        "Open, no-go and abandoned offers. Not shown while no hour is on a won offer.",
    ),
    Figure(
        "planned",
        "Planned against spent",
        "For each offer with hours in the period: all hours on it since its beginning, beside what was planned for its "
        "preparation (the offer's own plan, else the effort that its newest evaluation estimated).",
        "h",
        "Offers without hours in the period; “planned” is empty where nobody planned.",
    ),
    Figure(
        "missing",
        "Who is missing which week",
        "For each week of the period that is over, and each person: the offers on whose team the person was while the "
        "offer was open, if the person has no hours on it that week and did not declare the week final.",
        "offers per person and week",
        "Guests, weeks that the person was absent from Monday to Friday, weeks before the first that was asked about "
        "or answered, and more than the last 53 weeks.",
    ),
)


def _money(code: str, name: str, formula: str, excluded: str) -> Figure:
    return Figure(code, name, formula, "the currency of the offer; one row for each currency", excluded)


NO_AMOUNT = "Offers without an amount; how many is said beside the sums."
NO_PROBABILITY = "Offers without an amount or without the probabilities; how many is said beside the sums."
NOT_SENT = "Offers with neither a submitted price nor an estimate; amendments."
OF_OFFERS = (
    Figure(
        "used",
        "Share of the plan",
        "Hours spent since the beginning ÷ planned hours, of the offers that have a plan.",
        "%",
        "Offers without a plan, offers without hours in the period.",
    ),
    Figure(
        "offers_worked",
        "Offers worked on",
        "Number of offers with hours in the period.",
        "offers",
        "Offers without hours in the period.",
    ),
    Figure(
        "hours_ever",
        "Hours since the beginning",
        "All hours on the offers of the row, whenever they were worked.",
        "h",
        "Nothing.",
    ),
    Figure(
        "cost_ever",
        "Cost since the beginning",
        "The cost of all hours on the offers of the row, whenever they were worked.",
        "the currency of `rules.hours.currency`",
        "Hours without a rate.",
    ),
    Figure(
        "offers_open",
        "Open offers",
        "Number of offers whose outcome is open: by the month of the expected closing the pipeline, by stage or sales "
        "lead the portfolio. The year of the pipeline is that of the expected closing, of the portfolio that of the "
        "opening.",
        "offers",
        "Offers that ended.",
    ),
    _money("amount", "Amount", "Sum of the estimated amounts of the open offers.", NO_AMOUNT),
    _money(
        "by_launch",
        "Weighted by launch",
        "Sum of amount × launch probability of the open offers, each rounded to the cent.",
        "Offers without an amount or without a launch probability.",
    ),
    _money(
        "by_success",
        "Weighted by success",
        "Sum of amount × success probability of the open offers, each rounded to the cent.",
        "Offers without an amount or without a success probability.",
    ),
    _money(
        "cumulative",
        "Cumulative weighting",
        "Sum of amount × launch probability × success probability of the open offers, each rounded to the cent.",
        NO_PROBABILITY,
    ),
    _money(
        "average",
        "Average weighting",
        "Sum of amount × (launch probability + success probability) ÷ 2 of the open offers, each rounded to the cent.",
        NO_PROBABILITY,
    ),
    _money(
        "weighted",
        "Double weighting",
        "Sum of the cumulative or the average weighting, whichever each open offer has chosen.",
        NO_PROBABILITY,
    ),
    Figure(
        "standing",
        "Standing there",
        "Number of open offers that are in the stage today, of the stays that the report counts.",
        "offers",
        "Closing stages, post-award steps.",
    ),
    Figure(
        "stays",
        "Stays",
        "How often offers entered the stage; the year is that of entering.",
        "stays",
        "Closing stages, post-award steps.",
    ),
    Figure(
        "days_median",
        "Days in the stage (median)",
        "The median of the days from entering the stage to the next step, to the end of the offer, or to today.",
        "days",
        "Closing stages, post-award steps. A step dated back lasts 0 days.",
    ),
    Figure("days_mean", "Days in the stage (mean)", "The mean of the same days.", "days", "The same."),
    Figure("days_longest", "Days in the stage (longest)", "The longest of the same days.", "days", "The same."),
    Figure(
        "offers_ended",
        "Closed offers",
        "Number of offers that are won, lost, no-go or abandoned, together and by outcome; the year is that of the "
        "end.",
        "offers",
        "Open offers.",
    ),
    _money(
        "worth",
        "Worth",
        "Sum over the closed offers of the price last submitted, else the estimated amount; of the won and of the lost "
        "ones also by themselves.",
        NOT_SENT,
    ),
    Figure(
        "win_rate",
        "Win rate by count",
        "Won offers ÷ (won + lost offers).",
        "%",
        "Open, no-go and abandoned offers. Empty while nothing was won or lost.",
    ),
    Figure(
        "win_rate_amount",
        "Win rate by amount",
        "Worth of the won offers ÷ worth of the won and lost offers, in each currency.",
        "%",
        "Open, no-go and abandoned offers, offers without a worth.",
    ),
    Figure(
        "cost_per_won",
        "Cost per won euro",
        "Cost since the beginning of all closed offers of the row ÷ worth of the won ones.",
        "currency per unit of the currency",
        "Offers in another currency than the hourly rates, hours without a rate. Empty while nothing was won.",
    ),
    Figure(
        "leads",
        "Leads",
        "Number of leads that came in by that origin or campaign, whatever became of them; the year is that in which "
        "they were entered.",
        "leads",
        "Asked by category or person, leads that became no offer.",
    ),
    Figure(
        "offers_opened",
        "Offers opened",
        "Number of offers of that origin or campaign, whatever became of them; the year is that of the opening.",
        "offers",
        "Nothing.",
    ),
    Figure(
        "tenders",
        "Tenders that came in",
        "Number of tenders of the portals and requests of clients; the month and the year are those of the "
        "publication, without one those in which the tender was first seen.",
        "tenders",
        "Nothing: also cancelled ones and those that match no watch rule. A re-issue is a tender of its own.",
    ),
    Figure(
        "tenders_matched",
        "Tenders that match",
        "Number of those tenders that match the watch rules, as they were when the tender was last read.",
        "tenders",
        "Tenders that match no watch rule; requests entered by hand always match.",
    ),
    Figure(
        "tenders_evaluated",
        "Tenders evaluated",
        "Number of those tenders that became an offer, whenever that was.",
        "tenders",
        "Tenders that nobody evaluated.",
    ),
    Figure(
        "offers_sent",
        "Offers sent",
        "Number of offers of which a quote was sent; the month and the year are those of the sending. An offer that "
        "was sent several times in the period counts once, in the month of the last time.",
        "offers",
        "Quotes that were removed.",
    ),
    _money(
        "submitted",
        "Price submitted",
        "Sum over the sent offers of the price last submitted in the period.",
        "Quotes that were removed; earlier prices of the same offer.",
    ),
    Figure(
        "decided",
        "Decisions",
        "Number of offers with a closed round: the last one counts, in the year of its decision.",
        "offers",
        "Rounds that were reopened and decided again.",
    ),
    Figure("go", "Go", "Number of those decisions that are a Go.", "offers", "The same."),
    Figure("go_rate", "Go rate", "Go ÷ decisions.", "%", "The same."),
    Figure(
        "days_to_decision",
        "From publication to decision",
        "The median of the time from the publication of the tender to the decision; the longest beside it.",
        "days",
        "Offers whose tender has no publication date; how many is said beside the figures.",
    ),
    Figure(
        "days_of_vote",
        "From opening of the round to decision",
        "The median of the time from the opening of the round to the decision.",
        "days",
        "Rounds that were reopened and decided again.",
    ),
    Figure(
        "days_left",
        "Days left",
        "Days from today to the due date; negative when it is overdue. Without a year what is due within 90 days.",
        "days",
        "What is done, removed, or hangs on an offer that ended; kick-offs and debriefs are listed after the end.",
    ),
)
FIGURES = (*OF_HOURS, *OF_OFFERS)
"""In the order of the page."""


def document() -> str:
    """``docs/figures.md``, made of the definitions."""
    lines = [
        "# Figures of the reports",
        "",
        "This page is made from `bot/reports/definitions.py` by its function `document`; a test keeps it current.",
        "The reports are described in [reports.md](reports.md), hours and cost in [hours.md](hours.md#what-it-cost).",
    ]
    for figure in FIGURES:
        lines += [
            "",
            f"## {figure.name}",
            "",
            f"- formula: {figure.formula}",
            f"- unit: {figure.unit}",
            f"- left out: {figure.excluded}",
        ]
    return "\n".join(lines) + "\n"
