"""Danish."""

from tragt.funnel.words.calendar import Calendar
from tragt.funnel.words.catalogue import (
    ChartWords,
    ConditionWords,
    DriverWords,
    FindingWords,
    LeakWords,
    Noun,
    PictureWords,
    SentenceWords,
    TableWords,
    Words,
)
from tragt.funnel.words.numbers import Numbers

__all__ = ["DANISH"]

_NUMBERS = Numbers(thousands=".", decimal=",")

DANISH = Words(
    language="da",
    quotes=("»", "«"),
    both="og",
    either="eller",
    numbers=_NUMBERS,
    calendar=Calendar(
        months=(
            "jan.",
            "feb.",
            "mar.",
            "apr.",
            "maj",
            "jun.",
            "jul.",
            "aug.",
            "sep.",
            "okt.",
            "nov.",
            "dec.",
        ),
        day="{day}. {month}",
        days=("dag", "dage"),
        hours=("time", "timer"),
        minutes=("minut", "minutter"),
        seconds=("sekund", "sekunder"),
        numbers=_NUMBERS,
    ),
    nouns={
        "person": Noun("person", "personer", "personerne", "hver person"),
        "company": Noun("virksomhed", "virksomheder", "virksomhederne", "hver virksomhed"),
        "deal": Noun("salgsmulighed", "salgsmuligheder", "salgsmulighederne", "hver salgsmulighed"),
        "session": Noun("session", "sessioner", "sessionerne", "hver session"),
        "attempt": Noun("forsøg", "forsøg", "forsøgene", "hvert forsøg"),
    },
    table=TableWords(
        step="Trin",
        entered="Antal",
        passed="Videre",
        lost="Tabte",
        excluded="Udelukkede",
        expired="Tid udløbet",
        open="Åbne",
        from_previous="Fra forrige",
        from_first="Fra første",
        median_time="Mediantid",
        optional="valgfrit",
        observed="målt",
        so_far="indtil nu",
        expected="forventet",
        rule="I hvert trin: {entered} = {parts}",
        none="ingen {parts}",
    ),
    condition=ConditionWords(
        equals="{property} er {value}",
        not_equals="{property} ikke er {value}",
        contains="{property} indeholder {value}",
        greater="{property} er over {value}",
        less="{property} er under {value}",
        after="{property} er efter {value}",
        before="{property} er før {value}",
        is_set="{property} er angivet",
        segment="de er i segmentet {value}",
        true="ja",
        false="nej",
    ),
    sentence=SentenceWords(
        question="Hvor mange af de {many}, der nåede {first}{period}, gik videre til {chain}{window}?",
        question_any_entry="Hvor mange af de {many}, der nåede {first}{period}, gik videre til resten{window}?",
        then=", derefter ",
        in_any_order=", i vilkårlig rækkefølge",
        within=" inden for {length}",
        all_within=", inden for {length} efter første trin",
        same_session=", i samme session",
        however_long=", uanset hvor lang tid det tog",
        from_to=" fra {first} til og med {last}",
        from_on=" fra og med {first}",
        up_to=" til og med {last}",
        step_within="inden for {length} efter {step}",
        where="hvor {condition}",
        optional="Valgfrit undervejs: {steps}.",
        each_best="{each} tæller én gang, med det forsøg, der nåede længst.",
        each_first="{each} tæller én gang, med det første forsøg.",
        each_first_in_period="{each} tæller én gang, med det første forsøg i perioden.",
        each_first_ever="{each} tæller én gang, med det allerførste forsøg.",
        each_first_ever_in_period="{each} tæller én gang, med det allerførste forsøg, hvis det begyndte i perioden.",
        every="Hvert forsøg tæller, det ene efter det andet.",
        adjacent="Ingen anden hændelse må komme mellem trinnene.",
        among="{names} må ikke komme mellem trinnene.",
        lines_any="Hver linje tæller dem, der har nået så mange af trinnene.",
        anchored="På fast plads: {steps}.",
        hold="Undervejs må {properties} ikke ændre sig.",
        exclude="{names} efter {after} og før {before} udelukker forsøget.",
        exclude_anywhere="{names} udelukker forsøget.",
        lost="{names} tæller som tabt.",
        unless="{names} tæller som tabt, medmindre {reopen} følger efter.",
        tolerance="Hændelser må være op til {length} ude af rækkefølge.",
        fill="Et stadie, der blev sprunget over, tæller som nået.",
        drop="Et forsøg, der springer et stadie over, stopper dér.",
        in_pipeline="i {pipelines}",
        of_pipeline="Stadierne og afslutningerne er dem i {pipeline}.",
        unit_where="Kun {many}, hvor {condition}.",
        robots="Robotter tæller med.",
        own="Egen trafik og testtrafik tæller med.",
        as_of="Opgjort pr. {moment}.",
    ),
    finding=FindingWords(
        stop="Flest {many} stopper mellem {before} og {after}: {rate}.",
        stand="Flest {many} befinder sig mellem {before} og {after}: {rate}.",
        two_steps="{rate} af {the_many} {goes} fra {before} til {after}.",
        go="går videre",
        have_gone="er indtil nu gået videre",
        expected_to_go="ventes at gå videre",
        all_reached="Alle {many} nåede {last}.",
        nobody="Ingen {many} nåede {first}.",
    ),
    picture=PictureWords(
        title="Salgstragt: {steps}",
        entered="{many} kom ind",
        median="median {time}",
        of_all="{share} af alle",
        target="mål {share}",
        still_open="stadig åbne: kan nå videre endnu",
        passed="gik videre",
        steps_done="{done} af {steps} trin",
        named="Trin for trin, uanset plads: {steps}.",
        skipped="{count} sprang over",
        caption="Andel af forrige trin, {kind} ({level}-interval)",
        sum="{entered} kom ind = {parts}.",
        reached_end="{count} nåede i mål",
        observed="Andele: gik videre af dem, der kom ind, blandt de {mature} {attempts}, der har haft hele tiden.",
        so_far="Andele: indtil nu. Der er ingen tidsgrænse, så de åbne kan stadig nå videre.",
        expected="Andele: forventede; åbne {attempts} regnes med, så længe de er fulgt ({basis}, op til {horizon}).",
        expected_from={"first": "første forsøg", "first_ever": "allerførste forsøg", "every": "hvert forsøg"},
        times="Mediantider: {basis}; åbne regnes med, så længe de er fulgt.",
        not_stationary="De nyeste opfører sig anderledes end de ældste: tag de forventede andele med forbehold.",
        of_those_closed="Af de afsluttede nåede {rate} i mål.",
        undated="{count} rækker har ingen dato: de er i pipelinen, men ikke med i tragten.",
        rejected="Rækker, der ikke kunne læses og ikke er talt med: {count}.",
        unseen="Aldrig set, og derfor talt som 0: {names}.",
        identifiers="Hver identifikation tæller som sin egen person: en, der kendes under to, tæller to gange.",
        as_table="Det samme som tabel",
    ),
    chart=ChartWords(
        reach="Andel, der når {step}",
        by="fordelt på {property}",
        parts="{step} fordelt på {property}",
        best_and_worst="{step}: {best} fører med {best_rate}, {worst} er sidst med {worst_rate}",
        all="alle",
        other="øvrige",
        unset="ikke angivet",
        trend="{step} fordelt på indgangsdato",
        rose="{step}: op fra {first_rate} ({first}) til {last_rate} ({last})",
        fell="{step}: ned fra {first_rate} ({first}) til {last_rate} ({last})",
        still_growing="Hule punkter: ikke slut endnu, så andelen kan stadig stige",
        times="Halvdelen af dem, der går fra {before} til {after}, gør det på højst {time}",
        took="Tid fra {before} til {after}",
        half="halvdelen: {time}",
        curve="{rate} ventes at nå {step} inden for {time}",
        since="Tid siden {first}",
        stock="{units} i pipelinen: {change} end den {date}",
        more="{count} flere",
        fewer="{count} færre",
        as_many="{units} i pipelinen: lige så mange som den {date}",
        by_week="I hvert stadie ved ugens slutning",
        interval="{level}-interval",
    ),
    driver=DriverWords(
        absences={
            "nobody_reached_the_step_before": "Ingen nåede {before}, så der er intet at forklare.",
            "nobody_is_old_enough": (
                "De, der nåede {before}, har endnu ikke haft hele tiden til at gå videre til {after}."
            ),
            "too_few_passed": (
                "For få gik videre fra {before} til {after}, til at det kan ses, hvad der kendetegner dem: der "
                "skal mindst {fewest} til."
            ),
            "too_few_stayed": (
                "For få blev tilbage ved {before}, til at det kan ses, hvad der kendetegner dem, der gik videre "
                "til {after}: der skal mindst {fewest} til."
            ),
            "nothing_to_compare": (
                "Ingen egenskab og ingen hændelse deler dem i grupper, der er store nok til at blive sammenlignet."
            ),
        },
        notices={
            "no_cause": (
                "At noget hænger sammen med at gå videre, gør det ikke til årsagen. Det kan kun et eksperiment vise."
            ),
            "known_now": "Som det er kendt i dag: det kan have ændret sig siden, måske netop fordi de gik videre.",
            "after_landmark_only": "Sammenlignet {landmark} efter {before} blandt dem, der stadig stod dér.",
        },
    ),
    leak=LeakWords(
        target="Fra {before} til {after}{of} går {rate} videre; målet er {reference}.",
        previous="Fra {before} til {after}{of} går {rate} videre; i tiden før var det {reference}.",
        others="Fra {before} til {after}{of} går {rate} videre; blandt de andre er det {reference}.",
        stuck_previous="Ved {before}{of} står {rate} stille alt for længe; i tiden før var det {reference}.",
        stuck_others="Ved {before}{of} står {rate} stille alt for længe; blandt de andre er det {reference}.",
        of=" for {property} {value}",
        cost="Det koster cirka {cost} om måneden (mellem {low} og {high}).",
        gain="Det giver cirka {cost} mere om måneden (mellem {low} og {high}).",
        conversions="{number} konverteringer",
        note="koster {cost} om måneden",
        upper="Et højt skøn: dem, man vinder tilbage, konverterer måske dårligere end de andre.",
    ),
    reasons={
        "nobody entered": "ingen kom ind",
        "nobody reached the step before": "ingen nåede forrige trin",
        "nobody at the step before has had the full time yet": "ingen på forrige trin har haft hele tiden endnu",
        "nobody entered long enough ago": "ingen kom ind for længe nok siden",
        "no cohort is old enough": "ingen er fulgt længe nok endnu",
        "an optional step has observed rates only": "et valgfrit trin har kun målte andele",
        "the source holds no such event": "hændelsen findes ikke i data",
        "no event has this property": "ingen hændelse har denne egenskab",
        "no attempts are old enough in the days before": "ingen i dagene før kom ind for længe nok siden",
        "no attempts are old enough in the days to judge": "ingen i de bedømte dage kom ind for længe nok siden",
        "fewer than 20 attempts reached the last step, so how long it usually takes is not known": (
            "færre end 20 nåede det sidste trin, så det vides ikke, hvor lang tid det plejer at tage"
        ),
        "fewer than 20 attempts passed here, so how long it usually takes is not known": (
            "færre end 20 gik videre her, så det vides ikke, hvor lang tid det plejer at tage"
        ),
        "a comparison with the others needs a breakdown": (
            "en sammenligning med de andre kræver en egenskab at opdele efter"
        ),
        "there are too few values with enough attempts to know how much they usually differ": (
            "for få værdier har nok forløb til at vide, hvor meget de plejer at være forskellige"
        ),
        "nobody who got on reached the last step, so what a loss here costs is not known": (
            "ingen af dem, der kom videre, nåede det sidste trin, så det vides ikke, hvad et tab her koster"
        ),
        "no conversion has a value, so what one is worth is not known": (
            "ingen konvertering har en værdi, så det vides ikke, hvad en er værd"
        ),
    },
)
