"""A funnel's definition, and what its report shows, in plain words.

The definition is restated so that a reader who has never seen the program could count by hand. The finding says
where most stop or stand; whether that is a leak, beyond noise, is not answered here.
"""

from collections.abc import Iterator
from datetime import timedelta

from tragt.funnel.definition import Count, Entry, Funnel, Order, Skips
from tragt.funnel.figures import Kind, kind, leading_rate, line_names, noun, step_name
from tragt.funnel.question import Period
from tragt.funnel.report import Report
from tragt.funnel.stage_steps import Kind as Stands
from tragt.funnel.stage_steps import Told, told
from tragt.funnel.step_report import StepReport
from tragt.funnel.steps import Match, Step
from tragt.funnel.words import Words, words
from tragt.funnel.words.conditions import condition_in_words

__all__ = ["finding", "sentence"]


def sentence(what: Report | Funnel, language: str = "en", *, period: Period | None = None) -> str:
    """The definition in plain words.

    Args:
        what: A funnel; or a report, whose moment is then named too.
        language: en, da, sv or nb.
        period: The period the entries were taken from.

    Returns:
        A question, and the rules that a reader would not take for granted.

    Raises:
        InvalidDefinition: There are no words in this language.

    Example:
        >>> sentence(Funnel.of("Visited", "Paid", window="14d")).partition("?")[0]
        'Of the people who reached “Visited”, how many went on to “Paid” within 14 days'
    """
    funnel = what.funnel if isinstance(what, Report) else what
    said = words(language)
    period = what.period if isinstance(what, Report) else period
    parts = [_question(funnel, period, said), *_rules_of_order(funnel, said)]
    parts += [*_rules_of_end(funnel, said), _rule_of_count(funnel, period, said), *_rules_of_units(funnel, said)]
    if isinstance(what, Report):
        parts.append(said.sentence.as_of.format(moment=said.calendar.moment(what.as_of)))
    return " ".join(_capital(part) for part in parts)


def finding(report: Report, language: str = "en", *, longest: int | None = None) -> str:
    """The most notable thing in one sentence: between which two steps most stop.

    Where attempts have no end by time, or none has ended yet, it is where most stand. The rate is the one that
    leads in the report, with its interval.

    Args:
        report: The report.
        language: en, da, sv or nb.
        longest: How many letters of a step's name to give; None is all.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    said = words(language)
    counted = noun(report.funnel, said)
    required = report.funnel.required
    names = [_line(report.funnel, place, longest, said) for place in required]
    lines = [report.steps[place] for place in required]
    standing = [line.entered - line.passed for line in lines]
    if lines[0].entered == 0:
        return said.finding.nobody.format(many=counted.many, first=names[0])
    if not any(standing):
        return said.finding.all_reached.format(many=counted.many, last=names[-1])
    ended = [line.lost + line.excluded + line.expired for line in lines]
    by_end = any(ended) and not report.observed_so_far
    gaps = ended if by_end else standing
    place = gaps.index(max(gaps))
    between = {"before": names[place], "after": names[place + 1]}
    if len(lines) == 2:
        return _of_two_steps(report, lines[1], between, said)
    template = said.finding.stop if by_end else said.finding.stand
    return template.format(many=counted.many, rate=_those_who_go_on(report, lines[place + 1], said), **between)


def _of_two_steps(report: Report, line: StepReport, between: dict[str, str], said: Words) -> str:
    rate, reason = leading_rate(report, line)
    if rate is None:
        return _capital(said.reason(reason)) + "."
    return said.finding.two_steps.format(
        rate=said.numbers.rate(rate),
        the_many=noun(report.funnel, said).the_many,
        goes=_goes(report, said),
        **between,
    )


def _those_who_go_on(report: Report, line: StepReport, said: Words) -> str:
    rate, reason = leading_rate(report, line)
    return said.reason(reason) if rate is None else f"{said.numbers.rate(rate)} {_goes(report, said)}"


def _goes(report: Report, said: Words) -> str:
    return {
        Kind.OBSERVED: said.finding.go,
        Kind.SO_FAR: said.finding.have_gone,
        Kind.EXPECTED: said.finding.expected_to_go,
    }[kind(report)]


def _question(funnel: Funnel, period: Period | None, said: Words) -> str:
    steps = [(place, step) for place, step in enumerate(funnel.steps) if not step.optional]
    phrases = [_step(funnel, place, step, said) for place, step in steps]
    counted = said.nouns[funnel.unit]
    filled = {
        "many": counted.many,
        "the_many": counted.the_many,
        "who": counted.who,
        "period": _period(period, said),
    }
    if funnel.order is Order.ANY and funnel.entry is Entry.ANY:
        block = next((place for place, step in steps[1:] if step.anchored or steps[0][1].anchored), len(steps))
        first, window = said.any_of(phrases[:block]), _window(funnel, len(steps) - 1, said)
        window = said.sentence.in_any_order + window
        return said.sentence.question_any_entry.format(first=first, window=window, **filled)
    window = _window(funnel, len(steps) - 1, said)
    if funnel.order is Order.ANY:
        chain = said.all_of(phrases[1:]) + (said.sentence.in_any_order if len(phrases) > 2 else "")
    else:
        chain = said.sentence.then.join(phrases[1:])
    return said.sentence.question.format(first=phrases[0], chain=chain, window=window, **filled)


def _step(funnel: Funnel, place: int, step: Step, said: Words) -> str:
    """A step as the question names it: its name, and in brackets what else it asks."""
    asks = list(_asks(step.match, _in_one_pipeline(funnel), said, named=_is_named(step)))
    if step.within is not None:
        before = funnel.steps[max(i for i in funnel.required if i < place)]
        length = said.calendar.exactly(step.within)
        asks.append(said.sentence.step_within.format(length=length, step=said.quoted(step_name(before, said))))
    return _name(step, said) + (f" ({', '.join(asks)})" if asks else "")


def _name(step: Step, said: Words) -> str:
    by_names = step.label == " or ".join(step.names)
    return said.any_of(map(said.quoted, step.names)) if by_names else said.quoted(step.label)


def _match(match: Match, one_pipeline: str, said: Words) -> str:
    """Events as a rule names them, in brackets what else it asks; stages by their names."""
    stages = [one for one in told(match.where)[0] if one.kind is not Stands.END]
    names = said.any_of(said.quoted(_called(one)) for one in stages) if stages else ""
    asks = ", ".join(_asks(match, one_pipeline, said))
    return (names or said.any_of(map(said.quoted, match.names))) + (f" ({asks})" if asks else "")


def _called(one: Told) -> str:
    return one.name.upper() if one.kind is Stands.MARK else one.name


def _is_named(step: Step) -> bool:
    """Whether a step has a name of its own, which says for what stage it stands."""
    return step.label != " or ".join(step.names)


def _asks(match: Match, one_pipeline: str, said: Words, *, named: bool = True) -> Iterator[str]:
    """What is asked of an event besides its name: its pipeline where there are several, and its condition."""
    stands, rest = told(match.where)
    if not named and any(one.kind is not Stands.END for one in stands):
        stands, rest = (), match.where
    pipelines = dict.fromkeys(one.pipeline for one in stands if one.pipeline and one.pipeline != one_pipeline)
    if pipelines:
        yield said.sentence.in_pipeline.format(pipelines=said.any_of(map(said.quoted, pipelines)))
    if rest is not None:
        yield said.sentence.where.format(condition=condition_in_words(rest, said))


def _in_one_pipeline(funnel: Funnel) -> str:
    """The pipeline that all stages and ends of a funnel are of; empty where there are several, or none is named."""
    rules = [*(step.match for step in funnel.steps), *(one.match for one in funnel.exclude), *funnel.lost]
    found = {one.pipeline for match in (*rules, *funnel.reopen) for one in told(match.where)[0]}
    return found.pop() if len(found) == 1 else ""


def _period(period: Period | None, said: Words) -> str:
    if period is None:
        return ""
    last = None if period.end is None else period.end - timedelta(days=1)
    if period.start is None:
        return "" if last is None else said.sentence.up_to.format(last=said.calendar.date(last))
    if last is None:
        return said.sentence.from_on.format(first=said.calendar.date(period.start))
    start = said.calendar.date(period.start, year=period.start.year != last.year)
    return said.sentence.from_to.format(first=start, last=said.calendar.date(last))


def _window(funnel: Funnel, later: int, said: Words) -> str:
    if isinstance(funnel.window, timedelta):
        template = said.sentence.within if later == 1 else said.sentence.all_within
        return template.format(length=said.calendar.exactly(funnel.window))
    if funnel.window == "session":
        return said.sentence.same_session
    return said.sentence.however_long if funnel.length is None else ""


def _rules_of_order(funnel: Funnel, said: Words) -> Iterator[str]:
    to_say = said.sentence
    optional = [_step(funnel, place, step, said) for place, step in enumerate(funnel.steps) if step.optional]
    anchored = [_name(step, said) for step in funnel.steps if step.anchored]
    if optional:
        yield to_say.optional.format(steps=said.all_of(optional))
    if funnel.order is Order.ANY:
        yield to_say.lines_any
    if anchored:
        yield to_say.anchored.format(steps=said.all_of(anchored))
    if funnel.order is Order.ADJACENT:
        among = said.any_of(map(said.quoted, funnel.among)) if funnel.among else None
        yield to_say.adjacent if among is None else to_say.among.format(names=among)
    if funnel.tolerance:
        yield to_say.tolerance.format(length=said.calendar.exactly(funnel.tolerance))
    if funnel.hold:
        yield to_say.hold.format(properties=said.all_of(map(said.quoted, funnel.hold)))
    if funnel.skips is not None:
        yield to_say.fill if funnel.skips is Skips.FILL else to_say.drop


def _rules_of_end(funnel: Funnel, said: Words) -> Iterator[str]:
    for exclude in funnel.exclude:
        template = said.sentence.exclude_anywhere if funnel.order is Order.ANY else said.sentence.exclude
        before = funnel.steps[-1 if exclude.before is None else exclude.before - 1]
        yield template.format(
            names=_match(exclude.match, _in_one_pipeline(funnel), said),
            after=_name(funnel.steps[exclude.after - 1], said),
            before=_name(before, said),
        )
    if funnel.lost:
        pipeline = _in_one_pipeline(funnel)
        names = said.any_of(_match(match, pipeline, said) for match in funnel.lost)
        if funnel.reopen:
            reopen = said.any_of(_match(match, pipeline, said) for match in funnel.reopen)
            yield said.sentence.unless.format(names=names, reopen=reopen)
        else:
            yield said.sentence.lost.format(names=names)


def _rule_of_count(funnel: Funnel, period: Period | None, said: Words) -> str:
    to_say = said.sentence
    whole = period is None or (period.start is None and period.end is None)
    template = {
        Count.BEST: to_say.each_best,
        Count.FIRST: to_say.each_first if whole else to_say.each_first_in_period,
        Count.FIRST_EVER: to_say.each_first_ever if whole else to_say.each_first_ever_in_period,
        Count.EVERY: to_say.every,
    }[funnel.count]
    return template.format(each=said.nouns[funnel.unit].each)


def _rules_of_units(funnel: Funnel, said: Words) -> Iterator[str]:
    pipeline = _in_one_pipeline(funnel)
    if pipeline:
        yield said.sentence.of_pipeline.format(pipeline=said.quoted(pipeline))
    if funnel.where is not None:
        condition = condition_in_words(funnel.where, said)
        yield said.sentence.unit_where.format(many=said.nouns[funnel.unit].many, condition=condition)
    if funnel.robots:
        yield said.sentence.robots
    if funnel.own:
        yield said.sentence.own


def _line(funnel: Funnel, place: int, longest: int | None, said: Words) -> str:
    """What a line is called, in quotation marks where it is a step's name."""
    name = line_names(funnel, said)[place]
    return said.quoted(_cut(name, longest)) if name == step_name(funnel.steps[place], said) else name


def _cut(name: str, longest: int | None) -> str:
    return name if longest is None or len(name) <= longest else name[: longest - 1].rstrip() + "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
