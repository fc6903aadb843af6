"""Swedish."""

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

__all__ = ["SWEDISH"]

_NUMBERS = Numbers(thousands=NARROW_GAP, decimal=",")

SWEDISH = Words(
    language="sv",
    quotes=("”", "”"),
    both="och",
    either="eller",
    numbers=_NUMBERS,
    calendar=Calendar(
        months=("jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"),
        day="{day} {month}",
        days=("dag", "dagar"),
        hours=("timme", "timmar"),
        minutes=("minut", "minuter"),
        seconds=("sekund", "sekunder"),
        numbers=_NUMBERS,
    ),
    nouns={
        "person": Noun("person", "personer", "personerna", "varje person"),
        "company": Noun("företag", "företag", "företagen", "varje företag"),
        "deal": Noun("affär", "affärer", "affärerna", "varje affär"),
        "session": Noun("session", "sessioner", "sessionerna", "varje session"),
        "attempt": Noun("försök", "försök", "försöken", "varje försök"),
    },
    table=TableWords(
        step="Steg",
        entered="Antal",
        passed="Vidare",
        lost="Förlorade",
        excluded="Uteslutna",
        expired="Tiden ute",
        open="Öppna",
        from_previous="Från föregående",
        from_first="Från första",
        median_time="Mediantid",
        optional="valfritt",
        observed="observerad",
        so_far="hittills",
        expected="förväntad",
        rule="I varje steg: {entered} = {parts}",
        none="inga {parts}",
    ),
    condition=ConditionWords(
        equals="{property} är {value}",
        not_equals="{property} inte är {value}",
        contains="{property} innehåller {value}",
        greater="{property} är över {value}",
        less="{property} är under {value}",
        after="{property} är efter {value}",
        before="{property} är före {value}",
        is_set="{property} är angivet",
        segment="de är i segmentet {value}",
        true="ja",
        false="nej",
    ),
    sentence=SentenceWords(
        question="Hur många av de {many} som nådde {first}{period} gick vidare till {chain}{window}?",
        question_any_entry="Hur många av de {many} som nådde {first}{period} gick vidare till resten{window}?",
        then=", sedan ",
        in_any_order=", i valfri ordning",
        within=" inom {length}",
        all_within=", inom {length} efter första steget",
        same_session=", i samma session",
        however_long=", oavsett hur lång tid det tog",
        from_to=" från och med {first} till och med {last}",
        from_on=" från och med {first}",
        up_to=" till och med {last}",
        step_within="inom {length} efter {step}",
        where="där {condition}",
        optional="Valfritt på vägen: {steps}.",
        each_best="{each} räknas en gång, med det försök som kom längst.",
        each_first="{each} räknas en gång, med det första försöket.",
        each_first_in_period="{each} räknas en gång, med det första försöket i perioden.",
        each_first_ever="{each} räknas en gång, med det allra första försöket.",
        each_first_ever_in_period="{each} räknas en gång, med det allra första försöket, om det började i perioden.",
        every="Varje försök räknas, det ena efter det andra.",
        adjacent="Ingen annan händelse får komma mellan stegen.",
        among="{names} får inte komma mellan stegen.",
        lines_any="Varje rad räknar dem som har nått så många av stegen.",
        anchored="På fast plats: {steps}.",
        hold="På vägen får {properties} inte ändras.",
        exclude="{names} efter {after} och före {before} utesluter försöket.",
        exclude_anywhere="{names} utesluter försöket.",
        lost="{names} räknas som förlust.",
        unless="{names} räknas som förlust, om inte {reopen} följer.",
        tolerance="Händelser får komma upp till {length} i fel ordning.",
        fill="En fas som hoppades över räknas som nådd.",
        drop="Ett försök som hoppar över en fas stannar där.",
        in_pipeline="i {pipelines}",
        of_pipeline="Faserna och avsluten är de i {pipeline}.",
        unit_where="Bara {many} där {condition}.",
        robots="Robotar räknas med.",
        own="Egen trafik och testtrafik räknas med.",
        as_of="Per den {moment}.",
    ),
    finding=FindingWords(
        stop="Flest {many} stannar mellan {before} och {after}: {rate}.",
        stand="Flest {many} befinner sig mellan {before} och {after}: {rate}.",
        two_steps="{rate} av {the_many} {goes} från {before} till {after}.",
        go="går vidare",
        have_gone="har hittills gått vidare",
        expected_to_go="väntas gå vidare",
        all_reached="Alla {many} nådde {last}.",
        nobody="Inga {many} nådde {first}.",
    ),
    picture=PictureWords(
        title="Säljtratt: {steps}",
        entered="{many} kom in",
        median="median {time}",
        of_all="{share} av alla",
        target="mål {share}",
        still_open="fortfarande öppna: kan ännu gå vidare",
        passed="gick vidare",
        steps_done="{done} av {steps} steg",
        named="Steg för steg, oavsett plats: {steps}.",
        skipped="{count} hoppade över",
        caption="Andel av föregående steg, {kind} ({level}-intervall)",
        sum="{entered} kom in = {parts}.",
        reached_end="{count} nådde i mål",
        observed="Andelar: gick vidare av dem som kom in, bland de {mature} {attempts} som har haft hela tiden.",
        so_far="Andelar: hittills. Det finns ingen tidsgräns, så de öppna kan fortfarande gå vidare.",
        expected="Andelar: förväntade; öppna {attempts} räknas med så länge de följts ({basis}, upp till {horizon}).",
        expected_from={"first": "första försök", "first_ever": "allra första försök", "every": "varje försök"},
        times="Mediantider: {basis}; öppna räknas med så länge de har följts.",
        not_stationary="De nyaste beter sig annorlunda än de äldsta: ta de förväntade andelarna med försiktighet.",
        of_those_closed="Av de avslutade nådde {rate} i mål.",
        undated="{count} rader saknar datum: de finns i pipelinen men räknas inte i tratten.",
        rejected="Rader som inte gick att läsa och inte räknas med: {count}.",
        unseen="Aldrig sett, och därför räknat som 0: {names}.",
        identifiers="Varje identifierare räknas som en egen person: den som är känd under två räknas två gånger.",
        as_table="Samma sak som tabell",
    ),
    chart=ChartWords(
        reach="Andel som når {step}",
        by="per {property}",
        parts="{step} per {property}",
        best_and_worst="{step}: {best} leder med {best_rate}, {worst} ligger sist med {worst_rate}",
        all="alla",
        other="övriga",
        unset="ej angivet",
        trend="{step} per ingångsdatum",
        rose="{step}: upp från {first_rate} ({first}) till {last_rate} ({last})",
        fell="{step}: ned från {first_rate} ({first}) till {last_rate} ({last})",
        still_growing="Ihåliga punkter: inte avslutade än, så andelen kan fortfarande stiga",
        times="Hälften av dem som går från {before} till {after} gör det på högst {time}",
        took="Tid från {before} till {after}",
        half="hälften: {time}",
        curve="{rate} väntas nå {step} inom {time}",
        since="Tid sedan {first}",
        stock="{units} i pipelinen: {change} än den {date}",
        more="{count} fler",
        fewer="{count} färre",
        as_many="{units} i pipelinen: lika många som den {date}",
        by_week="I varje fas vid veckans slut",
        interval="{level}-intervall",
    ),
    driver=DriverWords(
        absences={
            "nobody_reached_the_step_before": "Ingen nådde {before}, så det finns inget att förklara.",
            "nobody_is_old_enough": (
                "De som nådde {before} har ännu inte haft hela tiden på sig att gå vidare till {after}."
            ),
            "too_few_passed": (
                "För få gick vidare från {before} till {after} för att det ska synas vad som utmärker dem: det "
                "krävs minst {fewest}."
            ),
            "too_few_stayed": (
                "För få blev kvar vid {before} för att det ska synas vad som utmärker dem som gick vidare till "
                "{after}: det krävs minst {fewest}."
            ),
            "nothing_to_compare": (
                "Ingen egenskap och ingen händelse delar in dem i grupper som är stora nog att jämföra."
            ),
        },
        notices={
            "no_cause": (
                "Att något hänger ihop med att gå vidare gör det inte till orsaken. Det kan bara ett experiment visa."
            ),
            "known_now": "Så som det är känt i dag: det kan ha ändrats sedan dess, kanske just för att de gick vidare.",
            "after_landmark_only": "Jämfört {landmark} efter {before} bland dem som fortfarande stod kvar där.",
        },
    ),
    leak=LeakWords(
        target="Från {before} till {after}{of} går {rate} vidare; målet är {reference}.",
        previous="Från {before} till {after}{of} går {rate} vidare; under tiden före var det {reference}.",
        others="Från {before} till {after}{of} går {rate} vidare; bland de andra är det {reference}.",
        stuck_previous="Vid {before}{of} står {rate} stilla alldeles för länge; under tiden före var det {reference}.",
        stuck_others="Vid {before}{of} står {rate} stilla alldeles för länge; bland de andra är det {reference}.",
        of=" för {property} {value}",
        cost="Det kostar ungefär {cost} i månaden (mellan {low} och {high}).",
        gain="Det ger ungefär {cost} mer i månaden (mellan {low} och {high}).",
        conversions="{number} konverteringar",
        note="kostar {cost} i månaden",
        upper="En hög uppskattning: de som vinns tillbaka konverterar kanske sämre än de andra.",
    ),
    reasons={
        "nobody entered": "ingen kom in",
        "nobody reached the step before": "ingen nådde föregående steg",
        "nobody at the step before has had the full time yet": "ingen på föregående steg har haft hela tiden än",
        "nobody entered long enough ago": "ingen kom in för tillräckligt länge sedan",
        "no cohort is old enough": "ingen har följts tillräckligt länge än",
        "an optional step has observed rates only": "ett valfritt steg har bara observerade andelar",
        "the source holds no such event": "händelsen finns inte i data",
        "no event has this property": "ingen händelse har den här egenskapen",
        "no attempts are old enough in the days before": "ingen under dagarna före kom in för tillräckligt länge sedan",
        "no attempts are old enough in the days to judge": (
            "ingen under de bedömda dagarna kom in för tillräckligt länge sedan"
        ),
        "fewer than 20 attempts reached the last step, so how long it usually takes is not known": (
            "färre än 20 nådde det sista steget, så det är inte känt hur lång tid det brukar ta"
        ),
        "fewer than 20 attempts passed here, so how long it usually takes is not known": (
            "färre än 20 gick vidare här, så det är inte känt hur lång tid det brukar ta"
        ),
        "a comparison with the others needs a breakdown": (
            "en jämförelse med de andra kräver en egenskap att dela upp efter"
        ),
        "there are too few values with enough attempts to know how much they usually differ": (
            "för få värden har tillräckligt många försök för att veta hur mycket de brukar skilja sig åt"
        ),
        "nobody who got on reached the last step, so what a loss here costs is not known": (
            "ingen av dem som kom vidare nådde det sista steget, så det är inte känt vad en förlust här kostar"
        ),
        "no conversion has a value, so what one is worth is not known": (
            "ingen konvertering har ett värde, så det är inte känt vad en är värd"
        ),
    },
)
