"""What the persons, companies and deals of the demonstration firm are called. All of them are made up.

The simulator knows numbers; names are drawn apart from it, so that they change nothing that it draws. The unit is the
person, the company or the deal. Addresses end in ``.example``, where nobody has mail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tragt.events.log import PROPERTY

__all__ = ["DEAL_NAME", "EMAIL", "PERSON_NAME", "named"]

PERSON_NAME, EMAIL = "full_name", "email"
DEAL_NAME = f"{PROPERTY}deal_name"
STREAM = 2_701
HUMAN = 0.5
PRODUCT = "Vagtplan"
EDITIONS = {"small": "Start", "mid": "Plus", "enterprise": "Total"}


@dataclass(frozen=True, slots=True)
class Land:
    """How people and places are called in a country; words are parted by spaces.

    Args:
        share: Share of companies, and of persons without one.
        middle: Share of persons with a second last name.
        first: First names.
        last: Last names.
        kinds: What a place is: a care home, a clinic.
        trees: How the name of a place begins.
        grounds: How it ends.
    """

    share: float
    middle: float
    first: str
    last: str
    kinds: str
    trees: str
    grounds: str

    def places(self) -> list[str]:
        """The names of all places, each once."""
        return [
            f"{kind} {tree}{ground}"
            for kind in self.kinds.split()
            for tree in self.trees.split()
            for ground in self.grounds.split()
            if not ground.startswith(tree.lower())
        ]


DENMARK = Land(
    0.6,
    0.6,
    (
        "Anne Mette Kirsten Hanne Lene Susanne Charlotte Louise Camilla Ida Emma Freja Sofie Maja Line Signe Karen "
        "Birgit Tove Inger Peter Jens Lars Søren Thomas Henrik Rasmus Mads Anders Kasper Frederik Mikkel Jakob Emil "
        "Oliver Niels Bent Torben Jesper Morten"
    ),
    (
        "Holm Lund Bak Krogh Dahl Skov Bech Kjær Friis Vestergaard Østergaard Nørgaard Søndergaard Lindberg Mortensen "
        "Thomsen Jepsen Bertelsen Toft Bruun Winther Juhl Kofoed Riis Damgaard Hald Overgaard Møller Iversen Kruse "
        "Lauritsen Munk Bisgaard Ravn Svane Thorup Brandt Eskildsen Fischer Gade"
    ),
    "Plejehjemmet Plejecenter Klinik Lægehuset Bostedet Hjemmeplejen",
    (
        "Birke Ege Bøge Elle Linde Aske Pile Hassel Rønne Sol Måne Stjerne Skov Strand Sø Eng Mose Bakke Dal Høj "
        "Kirke Kloster Mølle Kær Kilde Rose Lilje Lærke Svane Hejre Falke Ugle Hjorte Vester Øster Nørre Sønder"
    ),
    (
        "lund bakken gården parken hus vang dal toften ly bo holm høj haven næs marken engen skoven kilden stien "
        "bjerg borg mark bæk gave"
    ),
)
SWEDEN = Land(
    0.2,
    0.3,
    (
        "Anna Karin Maria Kristina Elin Sara Johanna Linnéa Astrid Ebba Agnes Gunilla Ulla Birgitta Maj Ingrid Lars "
        "Anders Johan Erik Per Karl Nils Sven Gustav Oskar Viktor Axel Hugo Elias Björn Håkan Göran Stefan"
    ),
    (
        "Lindqvist Bergström Sandberg Nyström Lundgren Björk Ekström Hedlund Wallin Sjöberg Åkesson Engström Forsberg "
        "Lindgren Berglund Sundberg Nordin Åberg Hellström Löfgren Holmberg Sandström Nylund Westman Lindahl Borg "
        "Ahlgren Edlund Kjellberg Hagman Sundin Rydberg Malm "
        "Holmgren Dahlberg Norling Strand Öberg Hallberg Söderlund Blom Viklund Ström Modin Rosén Falk"
    ),
    "Vårdhemmet Äldreboendet Kliniken Vårdcentralen Hemtjänsten",
    (
        "Björk Ek Bok Al Lind Ask Hassel Rönn Sol Mån Stjärn Skogs Strand Sjö Ängs Berg Hög Kyrk Kvarn Käll Ros "
        "Lilje Lärk Svan Falk Uggle Hjort Väster Öster Norr Söder"
    ),
    (
        "lunda backen gården parken vången dalen ås bo holmen höjden näs marken ängen skogen källan liden kullen vik "
        "torp sund hult"
    ),
)
NORWAY = Land(
    0.2,
    0.5,
    (
        "Anne Inger Kari Marit Liv Solveig Ingrid Silje Hilde Ragnhild Nora Emilie Tuva Astrid Berit Randi Ola Bjørn "
        "Kjell Arne Geir Odd Svein Terje Trond Knut Sindre Håkon Magnus Jonas Henrik Eirik Sverre Leif"
    ),
    (
        "Haugen Moen Bakken Strand Solberg Lie Hauge Berge Nygård Fosse Dahle Bø Myhre Aas Eide Helland Tangen Lunde "
        "Ødegård Sørlie Ruud Sande Brekke Vik Nilsen Haugland Myklebust Rønning Sæther Tveit"
    ),
    "Sykehjemmet Omsorgssenteret Klinikken Legesenteret Hjemmetjenesten",
    (
        "Bjørke Eike Bøke Or Linde Aske Selje Hassel Rogne Sol Måne Stjerne Skog Strand Sjø Eng Berg Haug Kirke "
        "Mølle Kilde Rose Lilje Lerke Svane Falke Ugle Hjorte Vest Øst Nord Sør"
    ),
    (
        "lund bakken gården parken vang dalen åsen bo holmen høyden hagen neset marka enga skogen kilden lia kollen "
        "vika tunet moen"
    ),
)
LANDS = (DENMARK, SWEDEN, NORWAY)
SHARES = [land.share for land in LANDS]
LETTERS = {"æ": "ae", "ø": "oe", "å": "aa", "ä": "a", "ö": "o", "é": "e", " ": "-"}


def named(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The log with names, as an export of a firm's systems has them.

    Args:
        frame: The log as the simulator lays it out, with persons ``p0``, companies ``c0`` and deals ``d0``.
        seed: Start of the random numbers; equal ones give equal names.

    Returns:
        The same events in the same order. ``company`` holds names, of which each company has its own; new columns are
        `PERSON_NAME` (missing for robots), `EMAIL` (missing for who has no company) and `DEAL_NAME`.
    """
    persons = frame.group_by("person").agg(pl.col("company").last(), pl.col("human").max())
    persons = persons.with_columns(_number("person"), _number("company")).sort("person")
    companies = _companies(_size(frame["company"]), np.random.default_rng((seed, STREAM, 0)))
    people = _persons(persons, companies, np.random.default_rng((seed, STREAM, 1)))
    places = companies.select(pl.format("c{}", "company").alias("company"), "place")
    found = frame.join(people, on="person", how="left", maintain_order="left")
    found = found.join(places, on="company", how="left", maintain_order="left")
    market = pl.col(f"{PROPERTY}market").cast(pl.String).replace_strict(EDITIONS, default=None)
    sold = pl.concat_str(
        [pl.col("place").fill_null(pl.col(PERSON_NAME)), pl.format(f"{PRODUCT} {{}}", market)], separator=" – "
    )
    deal = pl.when(pl.col("deal").is_not_null()).then(sold)
    return found.with_columns(deal.alias(DEAL_NAME), pl.col("place").alias("company")).drop("place")


def _companies(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Number, country and name of each company; no name twice."""
    land = rng.choice(len(LANDS), count, p=SHARES)
    place = np.empty(count, dtype=object)
    for number, one in enumerate(LANDS):
        own = np.flatnonzero(land == number)
        known = one.places()
        order = rng.permutation(len(known))
        place[own] = [_again(known[order[turn % len(known)]], turn // len(known)) for turn in range(own.size)]
    return pl.DataFrame(
        {"company": np.arange(count), "land": land, "place": pl.Series(place.tolist(), dtype=pl.String)}
    )


def _again(name: str, times: int) -> str:
    return f"{name} {times + 1}" if times else name


def _persons(persons: pl.DataFrame, companies: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The persons by what the log calls them, with name and address."""
    count = _most(persons["person"]) + 1
    alone, draws = rng.choice(len(LANDS), count, p=SHARES), rng.random((4, count))
    found = persons.join(companies, on="company", how="left", maintain_order="left")
    numbers = found["person"].to_numpy()
    land = found["land"].fill_null(pl.Series(alone[numbers])).to_numpy()
    first = _drawn([one.first.split() for one in LANDS], land, draws[0, numbers])
    last = _drawn([one.last.split() for one in LANDS], land, draws[1, numbers])
    middle = _drawn([one.last.split() for one in LANDS], land, draws[2, numbers])
    has = pl.Series(draws[3, numbers] < np.array([one.middle for one in LANDS])[land]) & (middle != last)
    name = pl.concat_str(["first", "middle", "last"], separator=" ", ignore_nulls=True)
    found = found.with_columns(first=first, last=last, middle=middle.set(~has, None)).with_columns(
        pl.when(pl.col("human") >= HUMAN).then(name).alias(PERSON_NAME)
    )
    box = pl.concat_str([_ascii("first"), _ascii("last")], separator=".")
    found = found.with_columns(box=box).with_columns(turn=pl.int_range(pl.len()).over("company", "box"))
    box = pl.when(pl.col("turn") > 0).then(pl.format("{}{}", "box", pl.col("turn") + 1)).otherwise("box")
    address = pl.format("{}@{}.example", box, _ascii("place"))
    address = pl.when(pl.col("place").is_not_null(), pl.col(PERSON_NAME).is_not_null()).then(address)
    return found.select(pl.format("p{}", "person").alias("person"), PERSON_NAME, address.alias(EMAIL))


def _drawn(words: Sequence[Sequence[str]], land: Iterable[int], draws: Iterable[float]) -> pl.Series:
    return pl.Series([words[own][int(draw * len(words[own]))] for own, draw in zip(land, draws, strict=True)])


def _ascii(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.replace_many(list(LETTERS), list(LETTERS.values()))


def _number(column: str) -> pl.Expr:
    return pl.col(column).str.slice(1).cast(pl.Int64)


def _size(identifiers: pl.Series) -> int:
    return _most(identifiers.unique().str.slice(1).cast(pl.Int64)) + 1


def _most(numbers: pl.Series) -> int:
    found = numbers.max()
    return found if isinstance(found, int) else -1
