"""Every option, alone and in pairs: what was chosen is there, what was not leaves no trace."""

import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml

from tests.support import BIN, EXAMPLES, files, render, run

MODELS = {"models": {"Item": {"fields": {"name": "text"}}}}
OPTIONS = {
    "python_version": ["3.11", "3.12", "3.13", "3.14"],
    "license": ["MIT", "Apache-2.0", "BSD-3-Clause", "proprietary"],
    "container": ["docker", "none"],
    "ci": ["github", "gitlab", "none"],
}
FILES = {
    "docker": {"Dockerfile", ".dockerignore", "compose.yml"},
    "github": {".github/workflows/ci.yml", ".github/workflows/update.yml"},
    "gitlab": {".gitlab-ci.yml"},
}
# As few as have every pair: each of the first two with each, and the others go on with their sum.
CHOICES = [
    {
        name: OPTIONS[name][number % len(OPTIONS[name])]
        for name, number in zip(OPTIONS, (one, other, one + other, one + other), strict=True)
    }
    for one, other in product(range(4), repeat=2)
]


def test_choices_cover_all_pairs() -> None:
    for one, other in combinations(OPTIONS, 2):
        covered = {(choice[one], choice[other]) for choice in CHOICES}
        assert covered == set(product(OPTIONS[one], OPTIONS[other]))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: "-".join(choice.values()))
def test_choice(choice: dict[str, str], template: Path, tmp_path: Path) -> None:
    project = render(template, tmp_path / "project", MODELS, **choice)
    rendered = {name: (project / name).read_text() for name in files(project)}

    chosen = FILES.get(choice["container"], set()) | FILES.get(choice["ci"], set())
    assert set().union(*FILES.values()) & rendered.keys() == chosen
    assert ("LICENSE" in rendered) == (choice["license"] != "proprietary")

    # These name what wasn't chosen, too; the Makefile by the URLs of templates.
    every = {".copier-answers.yml", "models.schema.json", "Makefile"}
    text = "".join(it for name, it in rendered.items() if name not in every).lower()
    for word in FILES.keys() - choice.values():
        assert word not in text

    package = tomllib.loads(rendered["pyproject.toml"])["project"]
    assert package["requires-python"] == f">={choice['python_version']}"
    for name, content in rendered.items():
        assert "{%" not in content
        if name.endswith(".yml"):
            assert yaml.safe_load(content), name
    for name in chosen & {"Dockerfile", ".github/workflows/ci.yml", ".gitlab-ci.yml"}:
        assert choice["python_version"] in rendered[name]


@pytest.mark.parametrize("version", OPTIONS["python_version"])
def test_style_for_each_python(version: str, template: Path, tmp_path: Path) -> None:
    shop = EXAMPLES / "shop.yml"
    project = render(template, tmp_path / "project", shop, python_version=version)
    run(project, BIN / "ruff", "check", "--no-cache")
    run(project, BIN / "ruff", "format", "--check", "--no-cache")


def test_awkward_names(template: Path, tmp_path: Path) -> None:
    name, description = 'Bob\'s "Café" ☕', "Back\\slash, {{ braces }} & <tags>"
    project = render(
        template, tmp_path / "project", MODELS, project_name=name, description=description
    )
    package = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert package["name"] == "bob-s-caf"
    assert package["description"] == description
    assert (project / "README.md").read_text().startswith(f"# {name}\n\n{description}\n")
