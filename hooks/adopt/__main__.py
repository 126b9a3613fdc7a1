"""`python -m hooks.adopt postgresql://… > models.yml`: a models.yml for a database as it is."""

from __future__ import annotations

import argparse
import asyncio
import sys

import asyncpg

from .catalogue import Catalogue
from .defaults import settle
from .models import adopt
from .pruning import prune
from .reader import read_catalogue
from .writing import write


class Failure(Exception):
    """Why there is no models.yml; the message is for the user."""


def adopted(found: Catalogue) -> str:
    """The models.yml of a database."""
    made = adopt(found)
    if not made.drafts:
        raise Failure(f"the database {found.database} has no tables")
    prune(made)
    if not made.drafts:
        raise Failure(
            "\n".join(["nothing in this database can be written as a models.yml:", *made.remarks])
        )
    settle(made)
    return write(made)


async def read(url: str, schemas: list[str]) -> Catalogue:
    try:
        connection = await asyncpg.connect(url, timeout=20)
    except (ValueError, asyncpg.InterfaceError) as error:
        raise Failure(f"that is not the URL of a database: {error}") from None
    except asyncpg.InvalidCatalogNameError as error:
        raise Failure(f"there is no such database: {error}") from None
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Failure(f"can't connect: {error or type(error).__name__}") from None
    try:
        return await read_catalogue(connection, schemas)
    except LookupError as error:
        raise Failure(error.args[0]) from None
    except asyncpg.PostgresError as error:
        raise Failure(f"can't read the catalogue: {error}") from None
    finally:
        await connection.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="slipway-adopt", description=__doc__)
    parser.add_argument("url", help="postgresql://user:password@host/database")
    parser.add_argument(
        "--schema", action="append", default=[], help="only this schema; may be given again"
    )
    given = parser.parse_args(arguments)
    url = given.url.replace("postgresql+asyncpg://", "postgresql://", 1)
    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise Failure("that is not the URL of a database: it must start with postgresql://")
        text = adopted(asyncio.run(read(url, given.schema)))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
