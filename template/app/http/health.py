"""Probes: is the process alive, and can it serve?"""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.errors import Unavailable

router = APIRouter(prefix="/health", tags=["health"])

READY_TIMEOUT = 0.8  # seconds


class Health(BaseModel):
    status: str


@router.get("/live")
async def live() -> Health:
    """Whether the process is alive. It does not ask the database."""
    return Health(status="alive")


@router.get("/ready")
async def ready(request: Request) -> Health:
    """Whether the database and its replica answer in time; 503 if not."""
    state = request.app.state
    try:
        async with asyncio.timeout(READY_TIMEOUT):
            await state.database.ping()
            await state.replica.ping()
    except TimeoutError:
        raise Unavailable("The database does not answer") from None
    return Health(status="ready")
