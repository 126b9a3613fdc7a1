"""A peer in the shape of the popular full-stack templates.

A session a request, a class of CRUD methods for each model, a commit and a refresh after
each write, and a total count beside each list.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.programs.tables import (
    DATABASE_URL,
    Base,
    Item,
    ItemCreate,
    ItemResponse,
    ItemUpdate,
)

T = TypeVar("T", bound=Base)
sessions = async_sessionmaker(create_async_engine(DATABASE_URL, pool_size=20, pool_pre_ping=True))
app = FastAPI()


class CRUD(Generic[T]):
    def __init__(self, model: type[T]) -> None:
        self.model = model

    async def get(self, session: AsyncSession, key: int) -> T:
        found = await session.get(self.model, key)
        if found is None:
            raise HTTPException(status_code=404, detail="Not found")
        return found

    async def get_multi(
        self, session: AsyncSession, skip: int, limit: int, sort: str, filters: dict[str, Any]
    ) -> tuple[Sequence[T], int]:
        chosen = [getattr(self.model, name) == value for name, value in filters.items()]
        counted = select(func.count()).select_from(self.model).where(*chosen)
        count = await session.scalar(counted)
        column = getattr(self.model, sort.removeprefix("-"))
        order = column.desc() if sort.startswith("-") else column
        page = select(self.model).where(*chosen).order_by(order).offset(skip).limit(limit)
        return (await session.scalars(page)).all(), count or 0

    async def create(self, session: AsyncSession, data: BaseModel) -> T:
        return await self.save(session, self.model(**data.model_dump()))

    async def create_multi(self, session: AsyncSession, data: Sequence[BaseModel]) -> int:
        for it in data:
            session.add(self.model(**it.model_dump()))
        await session.commit()
        return len(data)

    async def update(self, session: AsyncSession, key: int, data: BaseModel) -> T:
        found = await self.get(session, key)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(found, name, value)
        return await self.save(session, found)

    async def save(self, session: AsyncSession, row: T) -> T:
        session.add(row)
        await session.commit()
        await session.refresh(row)
        return row


crud = CRUD(Item)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


class Items(BaseModel):
    data: list[ItemResponse]
    count: int


@app.get("/items", response_model=Items)
async def read_items(
    session: Session,
    skip: int = 0,
    limit: int = 100,
    sort: str = "id",
    user_id: int | None = None,
    active: bool | None = None,
    stock: int | None = None,
) -> Any:
    given = {"user_id": user_id, "active": active, "stock": stock}
    filters = {name: value for name, value in given.items() if value is not None}
    data, count = await crud.get_multi(session, skip, limit, sort, filters)
    return {"data": data, "count": count}


@app.get("/items/{key}", response_model=ItemResponse)
async def read_item(session: Session, key: int) -> Any:
    return await crud.get(session, key)


@app.post("/items", response_model=ItemResponse)
async def create_item(session: Session, data: ItemCreate) -> Any:
    return await crud.create(session, data)


@app.patch("/items/{key}", response_model=ItemResponse)
async def update_item(session: Session, key: int, data: ItemUpdate) -> Any:
    return await crud.update(session, key, data)


@app.post("/items/bulk")
async def create_items(session: Session, data: list[ItemCreate]) -> dict[str, int]:
    return {"created": await crud.create_multi(session, data)}
