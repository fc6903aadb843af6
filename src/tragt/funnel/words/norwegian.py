"""Norwegian (bokmål)."""

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
from tragt.funnel.words.numbers import NARROW_GAP, Numbers

__all__ = ["NORWEGIAN"]

_NUMBERS = Numbers(thousands=NARROW_GAP, decimal=",")

NORWEGIAN = Words(
    language="nb",
    quotes=("«", "»"),
    both="og",
    either="eller",
    numbers=_NUMBERS,
    calendar=Calendar(
        months=(
            "jan.",
            "feb.",
            "mars",
            "april",
            "mai",
            "juni",
            "juli",
            "aug.",
            "sep.",
            "okt.",
            "nov.",
            "des.",
        ),
        day="{day}. {month}",
        days=("dag", "dager"),
        hours=("time", "timer"),
        minutes=("minutt", "minutter"),
        seconds=("sekund", "sekunder"),
        numbers=_NUMBERS,
    ),
    nouns={
        "person": Noun("person", "personer", "personene", "hver person"),
        "company": Noun("selskap", "selskaper", "selskapene", "hvert selskap"),
        "deal": Noun("salgsmulighet", "salgsmuligheter", "salgsmulighetene", "hver salgsmulighet"),
        "session": Noun("økt", "økter", "øktene", "hver økt"),
        "attempt": Noun("forsøk", "forsøk", "forsøkene", "hvert forsøk"),
    },
    table=TableWords(
        step="Trinn",
        entered="Antall",
        passed="Videre",
        lost="Tapte",
        excluded="Utelukkede",
        expired="Tiden ute",
        open="Åpne",
        from_previous="Fra forrige",
        from_first="Fra første",
        median_time="Mediantid",
        optional="valgfritt",
        observed="observert",
        so_far="så langt",
        expected="forventet",
        rule="I hvert trinn: {entered} = {parts}",
        none="ingen {parts}",
    ),
    condition=ConditionWords(
        equals="{property} er {value}",
        not_equals="{property} ikke er {value}",
        contains="{property} inneholder {value}",
        greater="{property} er over {value}",
        less="{property} er under {value}",
        after="{property} er etter {value}",
        before="{property} er før {value}",
        is_set="{property} er oppgitt",
        segment="de er i segmentet {value}",
        true="ja",
        false="nei",
    ),
    sentence=SentenceWords(
        question="Hvor mange av {the_many} som nådde {first}{period}, gikk videre til {chain}{window}?",
        question_any_entry="Hvor mange av {the_many} som nådde {first}{period}, gikk videre til resten{window}?",
        then=", deretter ",
        in_any_order=", i valgfri rekkefølge",
        within=" innen {length}",
        all_within=", innen {length} etter første trinn",
        same_session=", i samme økt",
        however_long=", uansett hvor lang tid det tok",
        from_to=" fra og med {first} til og med {last}",
        from_on=" fra og med {first}",
        up_to=" til og med {last}",
        step_within="innen {length} etter {step}",
        where="der {condition}",
        optional="Valgfritt underveis: {steps}.",
        each_best="{each} teller én gang, med det forsøket som kom lengst.",
        each_first="{each} teller én gang, med det første forsøket.",
        each_first_in_period="{each} teller én gang, med det første forsøket i perioden.",
        each_first_ever="{each} teller én gang, med det aller første forsøket.",
        each_first_ever_in_period="{each} teller én gang, med det aller første forsøket, hvis det begynte i perioden.",
        every="Hvert forsøk teller, det ene etter det andre.",
        adjacent="Ingen annen hendelse kan komme mellom trinnene.",
        among="{names} kan ikke komme mellom trinnene.",
        lines_any="Hver linje teller dem som har nådd så mange av trinnene.",
        anchored="På fast plass: {steps}.",
        hold="Underveis kan {properties} ikke endre seg.",
        exclude="{names} etter {after} og før {before} utelukker forsøket.",
        exclude_anywhere="{names} utelukker forsøket.",
        lost="{names} teller som tapt.",
        unless="{names} teller som tapt, med mindre {reopen} følger.",
        tolerance="Hendelser kan være inntil {length} ute av rekkefølge.",
        fill="En fase som ble hoppet over, teller som nådd.",
        drop="Et forsøk som hopper over en fase, stopper der.",
        in_pipeline="i {pipelines}",
        of_pipeline="Fasene og avslutningene er de i {pipeline}.",
        unit_where="Bare {many} der {condition}.",
        robots="Roboter teller med.",
        own="Egen trafikk og testtrafikk teller med.",
        as_of="Per {moment}.",
    ),
    finding=FindingWords(
        stop="Flest {many} stopper mellom {before} og {after}: {rate}.",
        stand="Flest {many} befinner seg mellom {before} og {after}: {rate}.",
        two_steps="{rate} av {the_many} {goes} fra {before} til {after}.",
        go="går videre",
        have_gone="har så langt gått videre",
        expected_to_go="ventes å gå videre",
        all_reached="Alle {many} nådde {last}.",
        nobody="Ingen {many} nådde {first}.",
    ),
    picture=PictureWords(
        title="Salgstrakt: {steps}",
        entered="{many} kom inn",
        median="median {time}",
        of_all="{share} av alle",
        target="mål {share}",
        still_open="fortsatt åpne: kan ennå gå videre",
        passed="gikk videre",
        steps_done="{done} av {steps} trinn",
        named="Trinn for trinn, uansett plass: {steps}.",
        skipped="{count} hoppet over",
        caption="Andel av forrige trinn, {kind} ({level}-intervall)",
        sum="{entered} kom inn = {parts}.",
        reached_end="{count} nådde målet",
        observed="Andeler: gikk videre av dem som kom inn, blant de {mature} {attempts} som har hatt hele tiden.",
        so_far="Andeler: så langt. Det er ingen tidsgrense, så de åpne kan fortsatt gå videre.",
        expected="Andeler: forventede; åpne {attempts} regnes med så lenge de er fulgt ({basis}, inntil {horizon}).",
        expected_from={"first": "første forsøk", "first_ever": "aller første forsøk", "every": "hvert forsøk"},
        times="Mediantider: {basis}; åpne regnes med så lenge de er fulgt.",
        not_stationary="De nyeste oppfører seg annerledes enn de eldste: ta de forventede andelene med forbehold.",
        of_those_closed="Av de avsluttede nådde {rate} målet.",
        undated="{count} rader mangler dato: de er i pipelinen, men ikke med i trakten.",
        rejected="Rader som ikke kunne leses og ikke er tatt med: {count}.",
        unseen="Aldri sett, og derfor talt som 0: {names}.",
        identifiers="Hver identifikator teller som sin egen person: den som er kjent under to, teller to ganger.",
        as_table="Det samme som tabell",
    ),
    chart=ChartWords(
        reach="Andel som når {step}",
        by="fordelt på {property}",
        parts="{step} fordelt på {property}",
        best_and_worst="{step}: {best} leder med {best_rate}, {worst} er sist med {worst_rate}",
        all="alle",
        other="øvrige",
        unset="ikke oppgitt",
        trend="{step} fordelt på inngangsdato",
        rose="{step}: opp fra {first_rate} ({first}) til {last_rate} ({last})",
        fell="{step}: ned fra {first_rate} ({first}) til {last_rate} ({last})",
        still_growing="Hule punkter: ikke over ennå, så andelen kan fortsatt stige",
        times="Halvparten av dem som går fra {before} til {after}, gjør det på {time} eller mindre",
        took="Tid fra {before} til {after}",
        half="halvparten: {time}",
        curve="{rate} ventes å nå {step} innen {time}",
        since="Tid siden {first}",
        stock="{units} i pipelinen: {change} enn {date}",
        more="{count} flere",
        fewer="{count} færre",
        as_many="{units} i pipelinen: like mange som {date}",
        by_week="I hver fase ved ukens slutt",
        interval="{level}-intervall",
    ),
    driver=DriverWords(
        absences={
            "nobody_reached_the_step_before": "Ingen nådde {before}, så det er ingenting å forklare.",
            "nobody_is_old_enough": (
                "De som nådde {before}, har ennå ikke hatt hele tiden på seg til å gå videre til {after}."
            ),
            "too_few_passed": (
                "For få gikk videre fra {before} til {after} til at det kan ses hva som kjennetegner dem: det må "
                "være minst {fewest}."
            ),
            "too_few_stayed": (
                "For få ble igjen ved {before} til at det kan ses hva som kjennetegner dem som gikk videre til "
                "{after}: det må være minst {fewest}."
            ),
            "nothing_to_compare": (
                "Ingen egenskap og ingen hendelse deler dem inn i grupper som er store nok til å sammenlignes."
            ),
        },
        notices={
            "no_cause": (
                "At noe henger sammen med å gå videre, gjør det ikke til årsaken. Det kan bare et eksperiment vise."
            ),
            "known_now": "Slik det er kjent i dag: det kan ha endret seg siden, kanskje nettopp fordi de gikk videre.",
            "after_landmark_only": "Sammenlignet {landmark} etter {before} blant dem som fortsatt sto der.",
        },
    ),
    leak=LeakWords(
        target="Fra {before} til {after}{of} går {rate} videre; målet er {reference}.",
        previous="Fra {before} til {after}{of} går {rate} videre; i tiden før var det {reference}.",
        others="Fra {before} til {after}{of} går {rate} videre; blant de andre er det {reference}.",
        stuck_previous="Ved {before}{of} står {rate} stille altfor lenge; i tiden før var det {reference}.",
        stuck_others="Ved {before}{of} står {rate} stille altfor lenge; blant de andre er det {reference}.",
        of=" for {property} {value}",
        cost="Det koster omtrent {cost} i måneden (mellom {low} og {high}).",
        gain="Det gir omtrent {cost} mer i måneden (mellom {low} og {high}).",
        conversions="{number} konverteringer",
        note="koster {cost} i måneden",
        upper="Et høyt anslag: de som vinnes tilbake, konverterer kanskje dårligere enn de andre.",
    ),
    reasons={
        "nobody entered": "ingen kom inn",
        "nobody reached the step before": "ingen nådde forrige trinn",
        "nobody at the step before has had the full time yet": "ingen på forrige trinn har hatt hele tiden ennå",
        "nobody entered long enough ago": "ingen kom inn for lenge nok siden",
        "no cohort is old enough": "ingen er fulgt lenge nok ennå",
        "an optional step has observed rates only": "et valgfritt trinn har bare observerte andeler",
        "the source holds no such event": "hendelsen finnes ikke i dataene",
        "no event has this property": "ingen hendelse har denne egenskapen",
        "no attempts are old enough in the days before": "ingen i dagene før kom inn for lenge nok siden",
        "no attempts are old enough in the days to judge": "ingen i de vurderte dagene kom inn for lenge nok siden",
        "fewer than 20 attempts reached the last step, so how long it usually takes is not known": (
            "færre enn 20 nådde det siste trinnet, så det er ikke kjent hvor lang tid det pleier å ta"
        ),
        "fewer than 20 attempts passed here, so how long it usually takes is not known": (
            "færre enn 20 gikk videre her, så det er ikke kjent hvor lang tid det pleier å ta"
        ),
        "a comparison with the others needs a breakdown": (
            "en sammenligning med de andre trenger en egenskap å dele opp etter"
        ),
        "there are too few values with enough attempts to know how much they usually differ": (
            "for få verdier har nok forløp til å vite hvor mye de pleier å være forskjellige"
        ),
        "nobody who got on reached the last step, so what a loss here costs is not known": (
            "ingen av dem som kom videre, nådde det siste trinnet, så det er ikke kjent hva et tap her koster"
        ),
        "no conversion has a value, so what one is worth is not known": (
            "ingen konvertering har en verdi, så det er ikke kjent hva en er verdt"
        ),
    },
)
