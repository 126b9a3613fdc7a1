"""What Git can't merge by lines: merged by statements, or marked."""

import pytest

from hooks.update.settle import Settled


def settled(ours: str, base: str, theirs: str, python: bool = True) -> "tuple[str, int]":
    marked = f"<<<<<<< HEAD\n{ours}||||||| base\n{base}=======\n{theirs}>>>>>>> template\n"
    it = Settled(f"a = 1\n{marked}z = 1\n", python)
    return it.text.removeprefix("a = 1\n").removesuffix("z = 1\n"), it.conflicts


@pytest.mark.parametrize(
    ("ours", "base", "theirs", "merged"),
    [
        ("b = 1\nmine = 1\n", "b = 1\n", "b = 2\n", "b = 2\nmine = 1\n"),
        ("b = 2\nc = 1\n", "b = 1\nc = 1\n", "b = 1\nc = 2\n", "b = 2\nc = 2\n"),
        ("mine = 1\n", "", "new = 1\n", "new = 1\nmine = 1\n"),
        ("b = [\n    1\n]\n", "b = [1]\n", "b = [1, 2]\n", "b = [1, 2]\n"),
        ("b = 'x'\n", 'b = "x"\n', 'b = "y"\n', 'b = "y"\n'),
        ("", "b = 1\nc = 1\n", "b = 1\nc = 1\nd = 1\n", "d = 1\n"),
        (
            "from b import c\nfrom b import d\n",
            "from b import c, d\n",
            "from b import c, d, e\n",
            "from b import c, d, e\n",
        ),
        (
            "from b import c\nfrom b import d\nfrom b import mine\n",
            "from b import (\n    c,\n    d,\n)\n",
            "from b import (\n    c,\n    e,\n)\n",
            "from b import c\nfrom b import e\nfrom b import mine\n",
        ),
        (
            "from b import c, mine\n",
            "from b import c\n",
            "from b import c, d\n",
            "from b import c, mine\nfrom b import d\n",
        ),
    ],
    ids=[
        "added",
        "neighbours",
        "same place",
        "layout",
        "quotes",
        "removed",
        "name a line",
        "names a line",
        "names",
    ],
)
def test_statements_of_their_own(ours: str, base: str, theirs: str, merged: str) -> None:
    assert settled(ours, base, theirs) == (merged, 0)


@pytest.mark.parametrize(
    ("ours", "base", "theirs"),
    [
        ("b = 2\n", "b = 1\n", "b = 3\n"),
        (
            "b = f(\n    2,\n    3,\n)\n",
            "b = f(\n    1,\n    3,\n)\n",
            "b = f(\n    1,\n    4,\n)\n",
        ),
        ("import re\nmine = 1\n", "", "import re\nnew = 1\n"),
        ("b = 1  # mine\n", "b = 1\n", "b = 2\n"),
        (
            "if b:\n    pass\nb = 1\n",
            "if b:\n    pass\n    b = 1\n",
            "if b:\n    pass\n    b = 2\n",
        ),
        ("", "b = 1\n", "b = 2\n"),
    ],
    ids=["statement", "parts of one", "twice", "comment", "indented", "removed"],
)
def test_what_both_changed_is_marked(ours: str, base: str, theirs: str) -> None:
    text, conflicts = settled(ours, base, theirs)
    assert conflicts == 1
    assert "<<<<<<< yours\n" in text
    for line in [*ours.splitlines(), *theirs.splitlines()]:
        assert line in text


def test_each_line_of_other_files_stands_for_itself() -> None:
    assert settled("b: 2\nc: 1\n", "b: 1\nc: 1\n", "b: 1\nc: 2\n", python=False) == (
        "b: 2\nc: 2\n",
        0,
    )


def test_what_is_no_python_any_more_is_marked() -> None:
    text, conflicts = settled("b = (\n", "", "new = 1\n")
    assert conflicts == 1
    assert "<<<<<<< " in text
