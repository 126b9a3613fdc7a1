"""python story.py URL: a day in the shop, with the client of openapi-python-client."""

import datetime as dt
import sys

from python_client import Client
from python_client.api.orders import (
    advance_order,
    create_order,
    delete_order,
    get_order,
    list_orders,
    update_order,
)
from python_client.api.products import create_product
from python_client.api.users import create_user
from python_client.models import (
    ListOrdersEmbedItem,
    ListOrdersSortItem,
    OffsetPageOrderEmbedded,
    OrderAdvance,
    OrderAdvanceStatus,
    OrderCreate,
    OrderRead,
    OrderStatus,
    OrderUpdate,
    Problem,
    ProductCreate,
    ProductRead,
    UserCreate,
    UserRead,
)

shop = Client(sys.argv[1])

ann = UserCreate(email="ann@example.com", pin="1234", prefs={"theme": "dark", "sizes": [1, None]})
user = create_user.sync(client=shop, body=ann)
assert isinstance(user, UserRead)
assert user.prefs == ann.prefs

again = create_user.sync(client=shop, body=ann)
assert isinstance(again, Problem)
assert isinstance(again.errors, list)
assert (again.status, again.errors[0].pointer) == (409, "#/email")

tea = ProductCreate(sku="A-1", title="Tea", price="9.50", vat=0.07, lead_time="P2D", photo="AQI=")
product = create_product.sync(client=shop, body=tea)
assert isinstance(product, ProductRead)
assert product.price == "9.50"

made = create_order.sync(client=shop, body=OrderCreate(customer_id=user.id))
assert isinstance(made, OrderRead)
assert made.status is OrderStatus.DRAFT

found = list_orders.sync(
    client=shop,
    status_in=[OrderStatus.DRAFT, OrderStatus.PAID],
    sort=[ListOrdersSortItem.VALUE_5, ListOrdersSortItem.ID],
    embed=[ListOrdersEmbedItem.CUSTOMER],
)
assert isinstance(found, OffsetPageOrderEmbedded)
(row,) = found.items
assert isinstance(row.customer, UserRead)
none = list_orders.sync(client=shop, status=OrderStatus.SHIPPED)
assert isinstance(none, OffsetPageOrderEmbedded)
assert none.items == []

noon = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
changed = update_order.sync(made.id, client=shop, body=OrderUpdate(placed_at=noon))
assert isinstance(changed, OrderRead)
assert changed.placed_at == noon

place = OrderAdvance(status=OrderAdvanceStatus.PLACED)
placed = advance_order.sync(made.id, client=shop, body=place)
assert isinstance(placed, OrderRead)
assert placed.status is OrderStatus.PLACED
assert {it.value for it in OrderAdvanceStatus} == {"placed", "paid", "shipped", "cancelled"}

assert delete_order.sync_detailed(made.id, client=shop).status_code == 204
missing = get_order.sync(made.id, client=shop)
assert isinstance(missing, Problem)
assert missing.status == 404
print("done")
