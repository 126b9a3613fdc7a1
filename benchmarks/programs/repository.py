"""A peer in the shape of the repository and service libraries.

A generic repository that flushes and refreshes, a service on top that validates each row
into its schema before FastAPI does so again, a count by window function in each list, and
a commit in the dependency.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, FastAPI, HTTPException, Query
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

M = TypeVar("M", bound=Base)
S = TypeVar("S", bound=BaseModel)
engine = create_async_engine(DATABASE_URL, pool_size=20, pool_pre_ping=True)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Repository(Generic[M]):
    def __init__(self, session: AsyncSession, model: type[M]) -> None:
        self.session, self.model = session, model

    async def get_one(self, **key: Any) -> M:
        found = (await self.session.execute(select(self.model).filter_by(**key))).scalar()
        if found is None:
            raise HTTPException(status_code=404, detail="Not found")
        return found

    async def list_and_count(
        self, filters: dict[str, Any], order: str, limit: int, offset: int
    ) -> tuple[list[M], int]:
        column = getattr(self.model, order.removeprefix("-"))
        statement = (
            select(self.model, func.count().over())
            .filter_by(**filters)
            .order_by(column.desc() if order.startswith("-") else column)
            .limit(limit)
            .offset(offset)
        )
        rows = (await self.session.execute(statement)).all()
        return [row[0] for row in rows], rows[0][1] if rows else 0

    async def add_many(self, rows: Sequence[M]) -> Sequence[M]:
        self.session.add_all(rows)
        await self.session.flush()
        return rows

    async def save(self, row: M) -> M:
        self.session.add(row)
        await self.session.flush()
        await self.session.refresh(row)
        return row


class Service(Generic[M, S]):
    def __init__(self, repository: Repository[M], schema: type[S]) -> None:
        self.repository, self.schema = repository, schema

    def to_schema(self, row: M) -> S:
        return self.schema.model_validate(row)

    async def get(self, key: int) -> S:
        return self.to_schema(await self.repository.get_one(id=key))

    async def page(self, limit: int, offset: int, order: str, **filters: Any) -> dict[str, Any]:
        rows, total = await self.repository.list_and_count(filters, order, limit, offset)
        items = [self.to_schema(row) for row in rows]
        return {"items": items, "limit": limit, "offset": offset, "total": total}

    async def create(self, data: BaseModel) -> S:
        return self.to_schema(await self.repository.save(self.model(data)))

    async def create_many(self, data: Sequence[BaseModel]) -> int:
        return len(await self.repository.add_many([self.model(it) for it in data]))

    async def update(self, key: int, data: BaseModel) -> S:
        row = await self.repository.get_one(id=key)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(row, name, value)
        return self.to_schema(await self.repository.save(row))

    def model(self, data: BaseModel) -> M:
        return self.repository.model(**data.model_dump())


async def provide_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session
        await session.commit()


Session = Annotated[AsyncSession, Depends(provide_session, scope="function")]


async def provide_items(session: Session) -> Service[Item, ItemResponse]:
    return Service(Repository(session, Item), ItemResponse)


Items = Annotated[Service[Item, ItemResponse], Depends(provide_items, scope="function")]


class Page(BaseModel):
    items: list[ItemResponse]
    limit: int
    offset: int
    total: int


class Filters(BaseModel):
    limit: int = 100
    skip: int = 0
    sort: str = "id"
    user_id: int | None = None
    active: bool | None = None
    stock: int | None = None


@app.get("/items", response_model=Page)
async def list_items(items: Items, query: Annotated[Filters, Query()]) -> Any:
    chosen = query.model_dump(include={"user_id", "active", "stock"}, exclude_none=True)
    return await items.page(query.limit, query.skip, query.sort, **chosen)


@app.get("/items/{key}")
async def get_item(items: Items, key: int) -> ItemResponse:
    return await items.get(key)


@app.post("/items", status_code=201)
async def create_item(items: Items, data: ItemCreate) -> ItemResponse:
    return await items.create(data)


@app.patch("/items/{key}")
async def update_item(items: Items, key: int, data: ItemUpdate) -> ItemResponse:
    return await items.update(key, data)


@app.post("/items/bulk", status_code=201)
async def create_items(items: Items, data: list[ItemCreate]) -> dict[str, int]:
    return {"created": await items.create_many(data)}
