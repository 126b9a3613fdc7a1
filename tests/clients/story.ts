// node story.ts URL: a day in the shop, by the types of openapi-typescript and with openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./openapi-typescript.ts";

declare const process: { argv: string[] };
const shop = createClient<paths>({ baseUrl: process.argv[2]! });

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const ann = { email: "ann@example.com", pin: "1234", prefs: { sizes: [1, null, "XL"] } };
const user = await shop.POST("/users", { body: ann });
must(user.data !== undefined, "a user is created");
must(JSON.stringify(user.data.prefs) === JSON.stringify(ann.prefs), "JSON comes back");

const again = await shop.POST("/users", { body: ann });
must(again.response.status === 409, "an address is taken once");
must(again.error?.errors?.[0]?.pointer === "#/email", "and the answer says which field it is");

const product = await shop.POST("/products", {
  body: { sku: "A-1", title: "Tea", price: "9.50", vat: 0.07, lead_time: "P2D", photo: "AQI=" },
});
must(product.data?.price === "9.50", "a decimal is text");

const made = await shop.POST("/orders", { body: { customer_id: user.data.id } });
must(made.data?.status === "draft", "an order starts as a draft");
const path = { order_id: made.data.id };

const list = await shop.GET("/orders", {
  params: { query: { status__in: ["draft", "paid"], sort: ["-number", "id"], embed: ["customer"] } },
});
must(list.data?.items.length === 1, "filters are sent");
must(list.data.items[0]?.customer?.email === ann.email, "rows are embedded");
const none = await shop.GET("/orders", { params: { query: { status: "shipped" } } });
must(none.data?.items.length === 0, "an enum is a filter");

const changed = await shop.PATCH("/orders/{order_id}", {
  params: { path },
  body: { placed_at: "2026-11-30T12:00:00Z" },
});
must(changed.data?.placed_at === "2026-11-30T12:00:00Z", "a field is changed");

const placed = await shop.POST("/orders/{order_id}/advance", { params: { path }, body: { status: "placed" } });
must(placed.data?.status === "placed", "an order moves");
// @ts-expect-error: nothing becomes a draft
const never = await shop.POST("/orders/{order_id}/advance", { params: { path }, body: { status: "draft" } });
must(never.response.status === 422, "nor does the service take it");

const gone = await shop.DELETE("/orders/{order_id}", { params: { path } });
must(gone.response.status === 204, "an order is deleted");
const missing = await shop.GET("/orders/{order_id}", { params: { path } });
must(missing.error?.status === 404, "and isn't there");
console.log("done");
