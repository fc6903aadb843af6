"""Files of records: what they would do, writing them as a whole, taking back what still stands as it was written."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from django.utils import timezone

from tragt.errors import InvalidDefinition, NotAllowed
from tragt.events import Rejections
from tragt.web.imports import files
from tragt.web.imports.actions.rejecting import keep_rejected
from tragt.web.imports.actions.states import held, later, part
from tragt.web.imports.answers import Answers, ColumnUse, Shape
from tragt.web.imports.models import Import, MappingMemory, State, Written
from tragt.web.imports.record_columns import TRAITS, title_for
from tragt.web.imports.record_rows import RowsRead, read_rows
from tragt.web.imports.targets import Change, Fate, Target, Undone, target_of
from tragt.web.imports.trial import Outcome, Phase, Report
from tragt.web.jobs.actions import enqueue
from tragt.web.jobs.registry import find
from tragt.web.log.actions import show_batch
from tragt.web.records.actions.fields import EDIT, MOST_FIELDS, make_field
from tragt.web.records.kinds import kind_of
from tragt.web.records.models import Field
from tragt.web.records.tasks import INDEX_FIELDS
from tragt.web.shell.acting import Who, acting

__all__ = ["again", "remember", "try_records", "undo_records", "write_records"]

_IMPORT = "imports.run"
_FIELD = "field"
_AT_ONCE = 2_000


def try_records(path: Path, answers: Answers, who: Who, report: Report) -> tuple[Outcome, Rejections]:
    """What a file of records would do.

    Args:
        path: The file.
        answers: What is said about it.
        who: Who would import it.
        report: Told how far it is.

    Raises:
        NotAllowed: Records of this kind, or custom fields, are not theirs to make.
        InvalidDefinition: It would make more custom fields than there may be.
        InvalidFile: It cannot be read so.
    """
    target = target_of(answers.target)
    _check_allowed(target, who)
    _check_fields(_made(answers, target), target, who)
    Phase(report, 0, 50, "Reading the file")(0, 1)
    read = read_rows(path, answers)
    Phase(report, 50, 90, "Comparing with what is there")(0, 1)
    outcome = _looked_at(read, answers)
    rejected = read.rejections()
    return replace(outcome, rejected=rejected.total), rejected


def write_records(one: Import, who: Who, report: Report) -> None:
    """Write a file of records, all of it or nothing.

    Args:
        one: The import, which is under way.
        who: Who imports.
        report: Told how far it is.

    Raises:
        NotAllowed: Records of this kind, or custom fields, are not theirs to make.
        InvalidFile: It cannot be read so.
        TryAgain: Another process has taken the import over.
    """
    answers = Answers.of(one.answers)
    target = target_of(answers.target)
    Phase(report, 0, 40, "Reading the file")(0, 1)
    read = read_rows(files.original_of(one.pk, one.file_name), answers)
    Phase(report, 40, 90, "Writing the records")(0, 1)
    with part(who, _IMPORT):
        now = held(one.pk, *State)
        if now.state == State.DONE:
            return
        if (now.state, now.attempt) != (State.COMMITTING, one.attempt):
            raise later("imports.interrupted", "Another process has taken this import over.", one.file_name)
        outcome = _looked_at(read, answers)
        rejected = read.rejections()
        keep_rejected(one, rejected)
        with acting(who, _IMPORT, f"import {one.pk}", act="imported", file=one.file_name, records=len(read.rows)):
            _check_allowed(target, who)
            changes = [*_fields(answers, target, who), *target.write(read.rows, one.batch, who)]
            Written.objects.filter(origin=one).delete()
            Written.objects.bulk_create([_noted(one, change) for change in changes], batch_size=_AT_ONCE)
            _finish(one, replace(outcome, rejected=rejected.total))
            show_batch(one.batch)
            if any(change.kind == _FIELD for change in changes):
                enqueue(find(INDEX_FIELDS), who, subject="fields")


def undo_records(one: Import, who: Who) -> dict[str, int]:
    """Take back what an import of records wrote and still stands so. A part of the act that undoes it.

    Args:
        one: The import.
        who: Who undoes it.

    Returns:
        How many records were removed, restored and kept.
    """
    answers = Answers.of(one.answers)
    if answers.shape is not Shape.RECORDS:
        return {}
    fates = _taken_back(one, target_of(answers.target), who)
    # What it changed and people changed since is theirs from now on, whatever they make of it.
    Written.objects.filter(origin=one, created=False).delete()
    return {f"records_{fate}": fates.count(fate) for fate in Undone}


def again(who: Who, besides: Import) -> None:
    """Remove records that imports made which were undone, and that others referred to until these were undone too.

    Args:
        who: Who undid the last one.
        besides: The last one.
    """
    waiting = Import.objects.filter(state=State.UNDONE, written__created=True).exclude(pk=besides.pk)
    for one in waiting.distinct().order_by("-pk"):
        with part(who, "imports.undo"):
            Written.objects.filter(origin=one, created=False).delete()
            fates = _taken_back(one, target_of(Answers.of(one.answers).target), who)
            gone = len(fates) - fates.count(Undone.KEPT)
            one.result = {**one.result, "records_kept": max(0, one.result.get("records_kept", 0) - gone)}
            one.save(update_fields=["result"])


def remember(one: Import) -> None:
    """Keep how the columns of an import were understood, for the next file with its header."""
    MappingMemory.objects.update_or_create(
        fingerprint=one.fingerprint,
        defaults={"answers": one.answers, "file_name": one.file_name, "remembered": timezone.now()},
    )


def _looked_at(read: RowsRead, answers: Answers) -> Outcome:
    fates = list(read.target.look(read.rows))
    refused = {row.number: str(fate) for row, fate in zip(read.rows, fates, strict=True) if not isinstance(fate, Fate)}
    read.refuse(refused)
    return Outcome(
        target=read.target.code,
        created=fates.count(Fate.CREATED),
        changed=fates.count(Fate.CHANGED),
        same=fates.count(Fate.SAME),
        fields=tuple(title_for(use.column) for use in _made(answers, read.target)),
    )


def _check_allowed(target: Target, who: Who) -> None:
    if not who.may(target.permission):
        raise NotAllowed(
            "accounts.not_allowed",
            f"Your role does not include '{target.permission}', which a file of {target.title} needs.",
            permission=target.permission,
        )


def _made(answers: Answers, target: Target) -> Sequence[ColumnUse]:
    """The columns for which custom fields are made: those that ask for one whose code no field has."""
    known = set(Field.objects.filter(kind=target.kind).values_list("code", flat=True)) if target.kind else set()
    return [use for use in answers.uses if use.make and _code(use) not in known]


def _fields(answers: Answers, target: Target, who: Who) -> list[Change]:
    made = _made(answers, target)
    _check_fields(made, target, who)
    fields = []
    for use in made:
        told = {"code": _code(use), "title": title_for(use.column), "type": use.make}
        field = make_field(kind_of(target.kind), told, who=who)
        fields.append(Change(_FIELD, field.pk, created=True, after=_state(field)))
    return fields


def _check_fields(made: Sequence[ColumnUse], target: Target, who: Who) -> None:
    if made and not who.may(EDIT):
        raise NotAllowed("accounts.not_allowed", f"Your role does not include '{EDIT}'.", permission=EDIT)
    there = Field.objects.filter(kind=target.kind, retired=None).count() if made else 0
    if there + len(made) > MOST_FIELDS:
        raise InvalidDefinition(
            "records.fields",
            f"The file would make {len(made)} custom fields besides the {there} there are; there may be {MOST_FIELDS}. "
            f"Make fewer, or retire some first.",
            most=MOST_FIELDS,
        )


def _code(use: ColumnUse) -> str:
    return use.to.removeprefix(TRAITS)


def _state(field: Field) -> dict[str, object]:
    return {"kind": field.kind, "title": field.title, "type": field.type}


def _noted(one: Import, change: Change) -> Written:
    return Written(
        origin=one,
        kind=change.kind,
        key=change.key,
        created=change.created,
        before=dict(change.before),
        after=dict(change.after),
    )


def _finish(one: Import, outcome: Outcome) -> None:
    one.result, one.state, one.finished = outcome.as_json(), State.DONE, timezone.now()
    one.error_code, one.error = "", {}
    one.save()
    remember(one)


def _taken_back(one: Import, target: Target, who: Who) -> list[Undone]:
    """Take back the changes of an import, the latest first; only those that were kept stay noted."""
    rows = list(Written.objects.select_for_update(of=("self",)).filter(origin=one).order_by("-pk"))
    changes = [Change(row.kind, row.key, row.created, row.before, row.after) for row in rows]
    own = [change for change in changes if change.kind != _FIELD]
    fates = dict(zip(map(id, own), target.undo(own, who), strict=True))
    fates |= {id(change): _field_back(change) for change in changes if change.kind == _FIELD}
    done = [row.pk for row, change in zip(rows, changes, strict=True) if fates[id(change)] != Undone.KEPT]
    Written.objects.filter(pk__in=done).delete()
    return list(fates.values())


def _field_back(change: Change) -> Undone:
    """Remove a custom field, unless it was changed since or a record still has a value in it."""
    field = Field.objects.select_for_update().filter(pk=change.key).first()
    if field is None:
        return Undone.REMOVED
    kind = kind_of(field.kind)
    used = kind.rows().filter(**{f"{kind.values}__has_key": field.code}).exists()
    if used or _state(field) != change.after:
        return Undone.KEPT
    field.delete()
    return Undone.REMOVED
