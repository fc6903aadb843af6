"""What the people of the demonstration firm are called: believable, each their own, and nothing else is changed."""

import polars as pl
from polars.testing import assert_frame_equal

from tragt.demo import DemoFirm
from tragt.demo.names import DEAL_NAME, EMAIL, PERSON_NAME, named

SIMULATION = DemoFirm(persons=2_000, seed=3).simulate()


def test_named_frame_changes_nothing_but_what_things_are_called() -> None:
    frame, told = SIMULATION.frame, SIMULATION.named_frame
    assert_frame_equal(told.drop(PERSON_NAME, EMAIL, DEAL_NAME, "company"), frame.drop("company"))
    pairs = pl.DataFrame({"before": frame["company"], "after": told["company"]}).unique()
    assert pairs["before"].is_unique().all()
    assert pairs["after"].is_unique().all()
    assert_frame_equal(named(frame, 3), told)
    assert not named(frame, 4)[PERSON_NAME].equals(told[PERSON_NAME])


def test_named_people_have_one_name_and_an_address_of_their_own_at_their_company() -> None:
    people = SIMULATION.named_frame.group_by("person").agg(
        pl.col(PERSON_NAME, EMAIL).unique(), pl.col("company").drop_nulls().n_unique(), pl.col("human").max()
    )
    assert (people[PERSON_NAME].list.len() == 1).all()
    people = people.with_columns(pl.col(PERSON_NAME, EMAIL).list.first())
    robots = people.filter(pl.col("human") < 0.5)
    assert robots[PERSON_NAME].null_count() == robots.height > 0
    persons = people.filter(pl.col("human") >= 0.5)
    assert persons[PERSON_NAME].str.contains(r"^\p{L}+( \p{L}+){1,2}$").all()
    assert persons.filter(pl.col(EMAIL).is_null() != (pl.col("company") == 0)).is_empty()
    addresses = persons[EMAIL].drop_nulls()
    assert addresses.is_unique().all()
    assert addresses.str.contains(r"^[a-z]+\.[a-z]+\d*@[a-z-]+\.example$").all()


def test_named_deals_are_called_by_whom_they_are_with_and_what_is_sold() -> None:
    told = SIMULATION.named_frame.filter(pl.col("name") == "Deal Created")
    assert told.height > 50
    assert told[DEAL_NAME].str.contains(r"^\p{L}+ \p{L}+ – Vagtplan (Start|Plus|Total)$").all()
    assert SIMULATION.named_frame.filter(pl.col("deal").is_null())[DEAL_NAME].null_count() == (
        SIMULATION.frame["deal"].null_count()
    )
