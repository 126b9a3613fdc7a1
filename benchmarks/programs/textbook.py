"""The service of the document that this project began with, as a beginner types it in.

Stand-alone, on an empty database too: `python -m benchmarks.programs.textbook`, with
DATABASE_URL and, if need be, HOST and PORT. Its faults are the document's own.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.programs.tables import (
    DATABASE_URL,
    Base,
    Item,
    ItemCreate,
    ItemResponse,
    ItemUpdate,
    User,
)

engine = create_async_engine(
    DATABASE_URL, pool_pre_ping=True, pool_size=20, max_overflow=0, connect_args={"timeout": 10}
)
async_session = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


async def get_db() -> AsyncGenerator[AsyncSession, None]:
    async with async_session() as session:
        try:
            yield session
        finally:
            await session.close()


Db = Annotated[AsyncSession, Depends(get_db)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/items/", response_model=ItemResponse)
async def create_item(item: ItemCreate, db: Db) -> Item:
    db_item = Item(**item.model_dump())
    db.add(db_item)
    await db.commit()
    await db.refresh(db_item)
    return db_item


@app.get("/items/{item_id}", response_model=ItemResponse)
async def get_item(item_id: int, db: Db) -> Item:
    result = await db.get(Item, item_id)
    if not result:
        raise HTTPException(status_code=404, detail="Item not found")
    return result


@app.get("/items/", response_model=list[ItemResponse])
async def list_items(
    db: Db,
    skip: int = 0,
    limit: int = 10,
    user_id: int | None = None,
    active: bool | None = None,
    stock: int | None = None,
    sort: str | None = None,
) -> Sequence[Item]:
    query = select(Item)
    if user_id is not None:
        query = query.where(Item.user_id == user_id)
    if active is not None:
        query = query.where(Item.active == active)
    if stock is not None:
        query = query.where(Item.stock == stock)
    if sort:
        column = getattr(Item, sort.lstrip("-"))
        query = query.order_by(column.desc() if sort.startswith("-") else column)
    result = await db.execute(query.offset(skip).limit(limit))
    return result.scalars().all()


@app.put("/items/{item_id}", response_model=ItemResponse)
async def update_item(item_id: int, item_update: ItemUpdate, db: Db) -> Item:
    db_item = await db.get(Item, item_id)
    if not db_item:
        raise HTTPException(status_code=404, detail="Item not found")
    for key, value in item_update.model_dump(exclude_unset=True).items():
        setattr(db_item, key, value)
    db.add(db_item)
    await db.commit()
    await db.refresh(db_item)
    return db_item


@app.delete("/items/{item_id}")
async def delete_item(item_id: int, db: Db) -> dict[str, bool]:
    db_item = await db.get(Item, item_id)
    if not db_item:
        raise HTTPException(status_code=404, detail="Item not found")
    await db.delete(db_item)
    await db.commit()
    return {"deleted": True}


@app.post("/transfer/")
async def transfer_funds(from_user_id: int, to_user_id: int, amount: float, db: Db) -> None:
    try:
        from_user = await db.get_one(User, from_user_id)
        to_user = await db.get_one(User, to_user_id)
        from_user.balance -= amount
        to_user.balance += amount
        db.add(from_user)
        db.add(to_user)
        await db.commit()
    except Exception:
        await db.rollback()
        raise HTTPException(status_code=400, detail="Transfer failed") from None


@app.post("/items/bulk/")
async def bulk_create_items(items: list[ItemCreate], db: Db) -> dict[str, int]:
    db_items = [Item(**item.model_dump()) for item in items]
    db.add_all(db_items)
    await db.commit()
    return {"created": len(db_items)}


@app.get("/users/{user_id}/items/", response_model=list[ItemResponse])
async def get_user_items(user_id: int, db: Db) -> list[Item]:
    return (await db.get_one(User, user_id)).items


if __name__ == "__main__":
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host=host, port=port)
