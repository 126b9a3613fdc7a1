"""A plugin of pytest: the tests of one resource come first, and the first failure is told.

A test that hangs ends the run, which counts as a failure.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 60  # seconds that one test may take


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--own", default="", help="the resource whose tests come first")
    parser.addoption("--told", help="the file that gets the name of the test that fails")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    own = config.getoption("own")

    def place(item: pytest.Item) -> int:
        if "/resources/" not in item.nodeid and "/contract/" not in item.nodeid:
            return 2  # tests that are alike in every service
        return 0 if own and own in item.nodeid else 1

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    tell(item.config, f"{item.nodeid} (ended the run)")
    signal.alarm(PATIENCE)
    result = yield
    signal.alarm(0)
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    global failed
    if report.failed:
        failed = report.nodeid


def pytest_sessionfinish(session: pytest.Session) -> None:
    tell(session.config, failed)


failed = ""


def tell(config: pytest.Config, name: str) -> None:
    Path(config.getoption("told")).write_text(name)
