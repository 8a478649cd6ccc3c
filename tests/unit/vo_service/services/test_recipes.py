"""Recipes of examples: bound where a table has the roles, left out where none has."""

import pytest

from tests.support.engine import STARS
from vo_service.release.field import Field
from vo_service.release.statistics import Statistics
from vo_service.release.table import Table
from vo_service.services.recipes import Recipe, read_recipes, write_query

SCORES = Table(
    "cat",
    "scores",
    "Scores",
    (
        Field("star", "long", "Identifier", role="id"),
        Field("score_a", "double", "Score", role="score:a"),
        Field("score_b", "double", "Score", role="score:b"),
        Field("Top", "int", "A name to be quoted", role="place"),
        Field("kind", "char", "Kind", arraysize="*"),
        Field("height", "float", "Height", "m", "phys.size"),
    ),
).with_rows(
    100,
    (
        Statistics(1, 100, 0, 100),
        Statistics(),
        Statistics(0, 0, 0, 1),
        Statistics(1, 9, 0, 9),
        Statistics(None, None, 0, 3),
        Statistics(-3.0, 35.5, 0.1, 90),
    ),
)
TABLES = (STARS, SCORES)
FACTS = {"top": 7, "letter": "b"}


def write(query: str, needs: str = "", **given) -> str | None:
    return write_query(Recipe("x", "g", "n", "a", query, needs), TABLES, FACTS, **given)


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("SELECT {o:id} FROM {o}", "SELECT o.id FROM cat.stars AS o"),
        (
            "SELECT {o:id score:*} FROM {o}",
            "SELECT o.star, o.score_a, o.score_b FROM cat.scores AS o",
        ),
        ("SELECT {o:id score:$letter} FROM {o}", "SELECT o.star, o.score_b FROM cat.scores AS o"),
        ("SELECT {o:id ra? no?} FROM {o}", "SELECT o.id, o.ra FROM cat.stars AS o"),
        (
            "SELECT TOP $top {o:place} FROM {o} ORDER BY [o:place]",
            'SELECT TOP 7 o."Top" FROM cat.scores AS o ORDER BY "Top"',
        ),
        (
            "SELECT {a:ra}, {b:place} FROM {a} JOIN {b} ON {a:id} = {b:id}",
            'SELECT a.ra, b."Top" FROM cat.stars AS a JOIN cat.scores AS b ON a.id = b.star',
        ),
        ("SELECT {o:@class} FROM {o}", "SELECT o.kind FROM cat.scores AS o"),
        (
            "SELECT {o:@number} / $bin(o:@number) FROM {o}",
            "SELECT o.height / 2 FROM cat.scores AS o",
        ),
    ],
)
def test_roles_become_columns(query, written):
    assert write(query) == written


@pytest.mark.parametrize(
    "query",
    ["SELECT {o:nothing} FROM {o}", "SELECT {o:ra place} FROM {o}", "SELECT $unknown FROM {o:id}"],
)
def test_what_is_missing_leaves_the_recipe_out(query):
    assert write(query) is None


def test_limits_that_are_not_known_leave_it_out():
    assert write("SELECT {o:id} / $bin(o:ra) FROM {o:ra}") is None


def test_needs_choose_the_table_without_being_shown():
    assert write("SELECT {o:id} FROM {o}", "o:place") == "SELECT o.star FROM cat.scores AS o"
    assert write("SELECT {o:id} FROM {o}", "o:nothing") is None


def test_a_given_table_is_taken_or_none():
    assert write("SELECT {t:id} FROM {t}", bound={"t": SCORES}).endswith("cat.scores AS t")
    assert write("SELECT {t:ra} FROM {t}", bound={"t": SCORES}) is None


def test_every_recipe_says_what_it_is_good_for():
    for recipe in read_recipes():
        assert recipe.about == "$about" or recipe.about.endswith("."), recipe.id
        assert len(recipe.about.split()) > 4 or recipe.about == "$about", recipe.id
