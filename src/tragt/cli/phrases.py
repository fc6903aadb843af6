"""What the command line says around a report, in each language."""

from dataclasses import dataclass

from tragt.funnel.words import words

__all__ = ["Phrases", "phrases"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Heads and labels of the tables under a report.

    Attributes:
        by: Title of a breakdown; takes ``property``.
        trend: Title of a trend.
        other: The values that do not stand alone.
        unset: Where the property is absent.
        immature: Mark of a stretch that may still grow.
        stock: Title of the stock; takes ``moment``.
        stage: Head of the stages.
        now: Head of the units in a stage.
        undated: Head of those without a date.
        into: Head of the inflow of the last four weeks.
        out: Head of the outflow of the last four weeks.
        ended: Label of a stage that has left the pipeline.
        reasons: Title of the reasons of loss.
        given: A reason that was not given.
        truth: Head of the true rates.
    """

    by: str
    trend: str
    other: str
    unset: str
    immature: str
    stock: str
    stage: str
    now: str
    undated: str
    into: str
    out: str
    ended: str
    reasons: str
    given: str
    truth: str


def phrases(language: str) -> Phrases:
    """The phrases of a language.

    Args:
        language: en, da, sv or nb.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    return _PHRASES[words(language).language]


_PHRASES = {
    "en": Phrases(
        by="By {property}, at entry",
        trend="By date of entry",
        other="other",
        unset="not set",
        immature="still growing",
        stock="Pipeline at {moment}: where they are now. Another figure than the funnel above.",
        stage="Stage",
        now="In it now",
        undated="without a date",
        into="In, 4 weeks",
        out="Out, 4 weeks",
        ended="left the pipeline",
        reasons="Reasons of loss",
        given="no reason given",
        truth="truth",
    ),
    "da": Phrases(
        by="Fordelt på {property} ved indgangen",
        trend="Fordelt på indgangsdato",
        other="øvrige",
        unset="ikke angivet",
        immature="vokser stadig",
        stock="Pipeline pr. {moment}: hvor de er nu. Et andet tal end tragten ovenfor.",
        stage="Stadie",
        now="Er her nu",
        undated="uden dato",
        into="Ind, 4 uger",
        out="Ud, 4 uger",
        ended="ude af pipelinen",
        reasons="Årsager til tab",
        given="ingen årsag angivet",
        truth="sandhed",
    ),
    "sv": Phrases(
        by="Per {property} vid ingången",
        trend="Per ingångsdatum",
        other="övriga",
        unset="ej angivet",
        immature="växer fortfarande",
        stock="Pipeline per {moment}: var de är nu. En annan siffra än tratten ovan.",
        stage="Fas",
        now="Är här nu",
        undated="utan datum",
        into="In, 4 veckor",
        out="Ut, 4 veckor",
        ended="lämnat pipelinen",
        reasons="Orsaker till förlust",
        given="ingen orsak angiven",
        truth="sanning",
    ),
    "nb": Phrases(
        by="Fordelt på {property} ved inngangen",
        trend="Fordelt på inngangsdato",
        other="øvrige",
        unset="ikke oppgitt",
        immature="vokser fortsatt",
        stock="Pipeline per {moment}: hvor de er nå. Et annet tall enn trakten over.",
        stage="Fase",
        now="Er her nå",
        undated="uten dato",
        into="Inn, 4 uker",
        out="Ut, 4 uker",
        ended="ute av pipelinen",
        reasons="Årsaker til tap",
        given="ingen årsak oppgitt",
        truth="fasit",
    ),
}
