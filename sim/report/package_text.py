"""What the answer about packages means, in sentences, in Dutch or English, in the names of the files or in titles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.experiment.paired import Interval
from sim.packages import Answer, Option
from sim.packages.break_even import BreakEven
from sim.report.notation import Notation
from sim.report.parameter_words import unknown
from sim.report.titles import Titled, Titles

MOST_CARRIERS = 3


@dataclass(frozen=True)
class _Voice(Notation):
    """A language, and what it calls things: by their titles, or without those as their files do."""

    titled: Titled | None = None
    spelt_out: set[int] = field(default_factory=set)  # numbers of packages whose measures were listed

    def scenario(self, name: str) -> str:
        return self.titled.title_of("scenarios", name) if self.titled else name

    def measure(self, name: str) -> str:
        return self.titled.title_of("measures", name) if self.titled else name

    def measures(self, names: Sequence[str]) -> str:
        return self.join([self.measure(name) for name in names])

    def unknown(self, name: str) -> str:
        return unknown(self.titled, name) if self.titled else name

    def package(self, answer: Answer, option: Option) -> str:
        """Its number; its measures too where it is named first."""
        number = answer.number(option)
        named = f"{'pakket' if self.lang == 'nl' else 'package'} {number}"
        if number in self.spelt_out:
            return named
        self.spelt_out.add(number)
        return f"{named} ({self.measures(option.measures)})"


def sentences(answer: Answer, lang: str, titles: Titles | None = None) -> list[str]:
    """The answer, shortest first: whether the saving is reached, what carries it, when it fails, what to find out first, what was done.

    With ``titles`` for people who read a page; without, in the names that the command line takes.
    """
    say = _Voice(lang, None if titles is None else Titled(titles, lang))
    if answer.best is None:
        baseline = say.scenario(answer.question.baseline.name)
        none = {
            "nl": f"Geen enkel pakket bespaart in {answer.question.year} gemiddeld iets ten opzichte van {baseline}.",
            "en": f"No package saves anything on average in {answer.question.year} against {baseline}.",
        }
        return [none[lang], *_done(answer, say)]
    return [*_reached(answer, answer.best, say), *_carried(answer, answer.best, say), *_facts(answer, say), *_done(answer, say)]


def _share(value: Interval, say: _Voice) -> str:
    return f"{say.percent(value.value)} ({say.span(value.low, value.high, scale=0.01)}%)"


def _reached(answer: Answer, best: Option, say: _Voice) -> list[str]:
    q, nl = answer.question, say.lang == "nl"
    asked, sure = say.euro_million(q.saving), say.percent(q.certainty)
    found = _share(best.chance, say)
    norms = (q.norms and (" met alle normen" if nl else " with every norm holding")) or ""
    if answer.reached:
        first = (
            f"Een besparing van {asked} in {q.year} wordt{norms} gehaald met een kans van {found} door {say.package(answer, best)}."
            if nl
            else f"A saving of {asked} in {q.year} is reached{norms} with a chance of {found} by {say.package(answer, best)}."
        )
        return [first]
    far = best.chance.value == 0
    verdict = f"niet met {sure} zekerheid te halen" if nl else f"not to be had with {sure} certainty"
    if far:
        verdict = "onbereikbaar" if nl else "out of reach"
    first = (
        f"Een besparing van {asked} in {q.year} is {verdict}{norms}: de kans is hoogstens {found}, met {say.package(answer, best)}."
        if nl
        else f"A saving of {asked} in {q.year} is {verdict}{norms}: the chance is {found} at most, with {say.package(answer, best)}."
    )
    return [first, *_nearest(answer, say)]


def _nearest(answer: Answer, say: _Voice) -> list[str]:
    """The nearest that can be reached: with certainty, without the norms, and on average."""
    q, nl = answer.question, say.lang == "nl"
    sure = say.percent(q.certainty)
    told = []
    near, interval = answer.nearest, answer.nearest_interval
    if near is None or interval is None:
        told.append(
            f"Bij geen pakket op het front houden de normen met {sure} zekerheid."
            if nl
            else f"With no package on the frontier do the norms hold with {sure} certainty."
        )
    else:
        low = "minder dan niets" if nl else "less than nothing"
        between = (
            f"{say.million(interval.low) if math.isfinite(interval.low) else low} {'tot' if nl else 'to'} {say.million(interval.high)}"
        )
        what = say.euro_million(near.sure)
        none = near.sure <= 0
        told.append(
            f"Het dichtstbij komt {say.package(answer, near)}: met {sure} zekerheid ten minste {what} ({between})"
            f"{', dus ook geen enkele besparing is zo zeker' if none else ''}."
            if nl
            else f"Nearest comes {say.package(answer, near)}: with {sure} certainty at least {what} ({between})"
            f"{', so no saving at all is that certain' if none else ''}."
        )
    most = answer.most
    if most is not None:
        without = f"{say.euro_million(most.sure_without_norms)}"
        told.append(
            f"Gemiddeld bespaart {say.package(answer, most)} het meest: {say.euro_million(most.mean.value)} "
            f"(een trekking: {say.span(most.predicted.low, most.predicted.high, 1, scale=1e6)}); zonder normen is daarvan {without} "
            f"met {sure} zekerheid te halen. De normen houden dan met een kans van {say.percent(most.chance_norms)}."
            if nl
            else f"On average {say.package(answer, most)} saves most: {say.euro_million(most.mean.value)} "
            f"(one draw: {say.span(most.predicted.low, most.predicted.high, 1, scale=1e6)}); without norms {without} "
            f"of it can be had with {sure} certainty. The norms then hold with a chance of {say.percent(most.chance_norms)}."
        )
    return told


def _carried(answer: Answer, best: Option, say: _Voice) -> list[str]:
    nl = say.lang == "nl"
    if not answer.carriers:
        return []
    number = answer.number(best)
    total = best.mean.value
    parts = [f"{say.measure(c.measure)} {say.million(c.share)}" for c in answer.carriers[:MOST_CARRIERS]]
    alone = sum(c.alone.value for c in answer.carriers)
    told = [
        f"Wat pakket {number} draagt, in mln euro van {say.million(total)} gemiddeld: {say.join(parts)}. Losse maatregelen opgeteld zou "
        f"{say.million(alone)} zijn."
        if nl
        else f"What carries package {number}, in million euro of {say.million(total)} on average: {say.join(parts)}. Single measures "
        f"added up would make {say.million(alone)}."
    ]
    first = answer.carriers[0]
    name = say.measure(first.measure)
    chance = say.percent(first.chance_without)
    if first.needed <= 0:
        told.append(
            f"Ook zonder {name} is de gemiddelde besparing groot genoeg; de kans is dan {chance}."
            if nl
            else f"Without {name} the mean saving is still enough; the chance is then {chance}."
        )
    elif first.last.value > 0:
        factor = say.number(first.needed, 1) if first.needed >= 1 else say.percent(first.needed)
        if nl:
            unit = f"{factor} keer" if first.needed >= 1 else factor
            must = "moet" if first.needed >= 1 else "moet ten minste"
            told.append(
                f"{name} {must} {unit} opbrengen van wat wordt verwacht om gemiddeld op het gevraagde uit te komen; zonder is de "
                f"kans {chance}."
            )
        else:
            unit = f"{factor} times" if first.needed >= 1 else f"at least {factor} of"
            told.append(f"{name} must bring {unit} what is expected for the mean to be what is asked; without it the chance is {chance}.")
    return told


def _facts(answer: Answer, say: _Voice) -> list[str]:
    nl = say.lang == "nl"
    if not answer.facts_known:
        return [
            "Wat het eerst uit te zoeken is, valt met zo weinig herhalingen of maar een pakket niet te zeggen."
            if nl
            else "What to find out first cannot be told from so few replications or a single package."
        ]
    noise = say.euro_million(answer.noise, 2)
    if not answer.facts or answer.facts[0].value <= answer.noise:
        best = f" ({say.unknown(answer.facts[0].name)}: {say.million(answer.facts[0].value, 2)})" if answer.facts else ""
        return [
            f"Geen onbekende is vóór de keuze aantoonbaar het uitzoeken waard: de hoogste{best} blijft onder de ruis van {noise} per jaar."
            if nl
            else f"No unknown can be shown to be worth finding out before choosing: the highest{best} stays below the noise of {noise} "
            "a year."
        ]
    fact = answer.facts[0]
    return [
        f"Het eerst uit te zoeken: {say.unknown(fact.name)}, {say.euro_million(fact.value, 2)} per jaar waard (ruis: {noise})."
        if nl
        else f"To find out first: {say.unknown(fact.name)}, worth {say.euro_million(fact.value, 2)} a year (noise: {noise})."
    ]


def _done(answer: Answer, say: _Voice) -> list[str]:
    q, found, nl = answer.question, answer.found, say.lang == "nl"
    count = len(q.choices)
    brute = 2.0**count * answer.replications
    left = [q.choices[each.measure].name for each in found.left]
    outside = [q.choices[i].name for i in range(count) if i not in found.free and q.choices[i].name not in left]
    told = []
    if left:
        told.append(
            f"Weggelaten, want zij voegen zeker minder dan een halve stap toe: {say.measures(left)}."
            if nl
            else f"Left out, for they surely add less than half a step: {say.measures(left)}."
        )
    if outside:
        told.append(
            f"Niet gecombineerd, want er bleven er te veel over (de zwakste): {say.measures(outside)}."
            if nl
            else f"Not combined, for too many remained (the weakest): {say.measures(outside)}."
        )
    if found.open:
        told.append(
            f"Het maximum aan runs is gehaald: {len(found.open)} pakketten die nog op het front kunnen horen zijn niet doorgerekend."
            if nl
            else f"The maximum of runs was hit: {len(found.open)} packages that may belong on the frontier were not simulated."
        )
    told.append(
        f"{say.number(found.runs)} runs van {say.number(found.tried)} pakketten; alle {say.number(2.0**count)} pakketten zouden "
        f"{say.number(brute)} runs vragen. Een verschil telt vanaf {say.euro_million(found.steps[0], 2)}, {say.number(found.steps[1])} "
        f"persoonsweken en {say.percent(found.steps[2])} kans."
        if nl
        else f"{say.number(found.runs)} runs of {say.number(found.tried)} packages; all {say.number(2.0**count)} packages would take "
        f"{say.number(brute)} runs. A difference counts from {say.euro_million(found.steps[0], 2)}, {say.number(found.steps[1])} "
        f"person-weeks and {say.percent(found.steps[2])} chance on."
    )
    return told


def break_even_sentence(found: BreakEven, lang: str) -> str:
    """What a measure saves as expected, and how many times as large its effects must be for what is asked."""
    say, nl = Notation(lang), lang == "nl"
    asked = say.euro_million(found.saving)
    between = say.span(found.expected.low, found.expected.high, 1, scale=1e6)
    expected = say.euro_million(found.expected.value)
    first = (
        f"{found.name} bespaart in {found.year} naar verwachting {expected} ({between}); in {say.percent(found.chance)} van "
        f"{found.replications} trekkingen ten minste {asked}. "
        if nl
        else f"{found.name} is expected to save {expected} in {found.year} ({between}); in {say.percent(found.chance)} of "
        f"{found.replications} draws at least {asked}. "
    )
    if found.factor is None:
        factor, most = max(found.tried, key=lambda pair: (pair[1], -pair[0]))
        times = say.number(factor, 1)
        return first + (
            f"Geen grootte van het effect is genoeg voor {asked}: van wat is geprobeerd bespaart {times} keer het verwachte effect het "
            f"meest, {say.euro_million(most)}."
            if nl
            else f"No size of the effect is enough for {asked}: of what was tried {times} times the expected effect saves most, "
            f"{say.euro_million(most)}."
        )
    factor_text = f"{say.number(found.factor.value, 2)} ({say.span(found.factor.low, found.factor.high, 2)})"
    outside = sum(not need.inside for need in found.needs)
    text = first + (
        f"Voor {asked} moeten de bedoelde effecten {factor_text} keer zo groot zijn als verwacht, bij gelijke bijwerkingen en kosten; "
        f"{outside} van {len(found.needs)} effecten liggen dan buiten hun band."
        if nl
        else f"For {asked} the intended effects must be {factor_text} times as large as expected, with the same counter-effects and cost; "
        f"{outside} of {len(found.needs)} effects then lie outside their band."
    )
    if found.fixed:
        paths = say.join([effect.path for effect in found.fixed])
        text += f" Niet te vergroten (een vaste waarde): {paths}." if nl else f" Not made larger (a fixed value): {paths}."
    return text
