"""Runs programs of a service, each in a fork that has all the libraries already.

Started with the service's Python: a command a line on standard input, as JSON, and a line with its
exit status and output back. Importing the libraries takes longer than any migration of the tests.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
from importlib import import_module

for name in (
    *("alembic.command", "asyncpg", "fastapi", "httpx", "pydantic_settings"),
    "sqlalchemy.ext.asyncio",
):
    import_module(name)
PROGRAMS = {"alembic": "alembic.config", "pytest": "pytest"}
# anyio's plugin is imported here, before pytest could rewrite its assertions; it has none.
OPTIONS = {"pytest": ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]}
MAINS = {name: import_module(module).main for name, module in PROGRAMS.items()}


def serve() -> None:
    for line in sys.stdin:
        task = json.loads(line)
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if not child:
                perform(task, output.fileno())
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            printed = output.read().decode()
        print(json.dumps([status, printed]), flush=True)


def perform(task: dict[str, object], output: int) -> None:
    status: object = 1
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        folder, program, *arguments = map(str, task["command"])  # type: ignore[call-overload]
        arguments += OPTIONS.get(program, [])
        os.chdir(folder)
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"] = str(task["url"])
        sys.path.insert(0, folder)
        sys.argv = [program, *arguments]
        if program in MAINS:
            status = int(MAINS[program](arguments) or 0)
        else:
            runpy.run_module(program, run_name="__main__", alter_sys=True)
            status = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code)
        status = ended.code if isinstance(ended.code, int | None) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(bool(status)))


if __name__ == "__main__":
    serve()
