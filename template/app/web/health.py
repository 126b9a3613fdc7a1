"""Probes: is the process alive, and can it serve?"""

import asyncio

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from app.database import Db, Unavailable

router = APIRouter(prefix="/health", tags=["health"])

READY_TIMEOUT = 2  # seconds
PING = sa.text("SELECT 1")


class Health(BaseModel):
    status: str


@router.get("/live")
async def live() -> Health:
    """The process answers. Never asks the database: a restart would not mend that."""
    return Health(status="alive")


@router.get("/ready")
async def ready(db: Db) -> Health:
    """The database answers, in time; 503 if not."""
    try:
        async with asyncio.timeout(READY_TIMEOUT):
            await db.first(PING)
    except TimeoutError:
        raise Unavailable("the database doesn't answer") from None
    return Health(status="ready")
