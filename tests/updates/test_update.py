"""What owners changed stays: new models and new versions of the template merge around it."""

from pathlib import Path

from tests.support import files, run
from tests.updates.meeting import SHADOWS, shadow
from tests.updates.support import (
    NEWS,
    NEXT,
    VERSION,
    attempt,
    commit,
    conflicts,
    edit,
    make,
    release_next,
)

ENDPOINT = """

@router.get("/ours")
async def ours() -> str:
    return "ours"
"""


def add_to_models(project: Path) -> None:
    models = project / "models.yml"
    edit(models, "      description: text?", "      colour: string(20)?\n      description: text?")
    with models.open("a") as file:
        file.write("\n  Review:\n    fields: {text: text, item: {ref: Item, on_delete: cascade}}\n")


def test_owners_changes_stay(repository: Path, project: Path, programs: Path) -> None:
    router = project / "app/resources/items/router.py"
    router.write_text(router.read_text() + ENDPOINT)
    main, readme = project / "app/main.py", project / "README.md"
    edit(main, "    return app\n", '    app.title = "Ours"\n    return app\n')
    edit(readme, "\n## Settings\n", "\nSee also: our handbook.\n\n## Settings\n")
    add_to_models(project)
    shadow(project)
    commit(project)
    first = (project / "migrations/versions/0001_initial.py").read_bytes()

    def ours_is_there() -> None:
        assert conflicts(project) == []
        assert router.read_text().endswith(ENDPOINT)
        assert 'app.title = "Ours"' in main.read_text()
        assert "our handbook" in readme.read_text()
        assert (project / "migrations/versions/0001_initial.py").read_bytes() == first

    models = (project / "models.yml").read_bytes()
    make(project, programs, "models")
    ours_is_there()
    assert (project / "models.yml").read_bytes() == models
    assert "colour" in (project / "app/resources/items/model.py").read_text()
    assert "class Review" in (project / "app/resources/reviews/model.py").read_text()
    assert "reviews" in readme.read_text()

    make(project, programs, "migration", 'name=Add it\'s colour and "reviews"')
    (revision,) = (project / "migrations/versions").glob("*_add_it_s_colour_and_reviews.py")
    assert "CREATE TABLE reviews (" in revision.read_text()
    assert "ALTER TABLE items ADD COLUMN colour" in revision.read_text()
    for it in SHADOWS:  # the service itself imports from its folder first
        (project / it).unlink()
    commit(project)

    health = repository / "template/app/http/health.py"
    health.write_text(health.read_text() + "\n\n# From the next version.\n")
    edit(repository / "template/README.md.jinja", "## Deployment\n", "## How to deploy it\n")
    release_next(repository)
    told = make(project, programs, "update")
    assert NEWS in told
    assert f"The template was updated from {VERSION} to {NEXT}." in told
    assert f"## {VERSION}" not in told
    ours_is_there()
    assert f"_commit: {NEXT}\n" in (project / ".copier-answers.yml").read_text()
    assert "# From the next version." in (project / "app/http/health.py").read_text()
    assert "## How to deploy it" in readme.read_text()
    assert "class Review" in (project / "app/resources/reviews/model.py").read_text()

    assert " passed" in make(project, programs, "test")
    make(project, programs, "lint")


def test_a_model_that_is_missing_stops_the_update(project: Path, programs: Path) -> None:
    models = project / "models.yml"
    lines = models.read_text().splitlines(keepends=True)
    start = lines.index("  Transfer:\n")  # to the end
    kept = [it for it in lines[:start] if "transfer" not in it and it != "    operations:\n"]
    models.write_text("".join(kept))
    commit(project)
    before = files(project)

    done = attempt(project, "models")
    assert done.returncode != 0
    assert "Transfer has disappeared from models.yml" in done.stderr
    assert "[SW903]" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(project) == before
    assert run(project, "git", "status", "--porcelain") == ""

    with models.open("a") as file:
        file.write("\ndropped: [Transfer]\n")
    commit(project)
    make(project, programs, "models")
    assert not (project / "app/resources/transfers").exists()


def test_a_mistake_has_its_line(project: Path) -> None:
    models = project / "models.yml"
    edit(models, "      description: text?", "      description: txt?")
    line = models.read_text().splitlines().index("      description: txt? # may be null") + 1
    commit(project)
    done = attempt(project, "models")
    assert done.returncode != 0
    what = "Item.description: unknown type 'txt'; did you mean `text`? [SW301]"
    assert f"models.yml:{line}: {what}" in done.stderr.splitlines()
    assert run(project, "git", "status", "--porcelain") == ""


def test_changes_are_committed_first(project: Path) -> None:
    add_to_models(project)
    for recipe in ("models", "update"):
        done = attempt(project, recipe)
        assert done.returncode != 0
        assert done.stderr.startswith("Commit first, ")
        assert done.stderr.endswith(" Not committed: models.yml.\n")
    assert run(project, "git", "status", "--porcelain") == " M models.yml\n"
