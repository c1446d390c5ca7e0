// The vulnerable shop and its twin are shops: each operation does what it is for, beside the gate and through it. A twin that refused everything would prove nothing.
import { afterAll, describe, expect, it } from "vitest";
import { startShop } from "../../../examples/vulnerable-orders/api.ts";
import { startControl } from "../../../examples/vulnerable-orders/control.ts";
import { OPERATIONS } from "../../../examples/vulnerable-orders/document.ts";
import { ALL_FLAWS, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import { behindGate, type Gated } from "./behind-gate.ts";
import { Place, type Reply, type Sent } from "./place.ts";

interface Use {
  /** `{order}` and `{address}` stand for ids of the caller's own. */
  readonly ask: string;
  readonly sent?: Sent;
  /** Claims beside those of a customer. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly says?: string;
}

const json = (value: unknown): { readonly sent: Sent } => ({ sent: { json: value } });
const xml: Sent = { headers: { "content-type": "application/xml" }, text: "<orders><note>at the door</note></orders>" };

const USES: Readonly<Record<string, Use>> = {
  createSession: {
    ask: "POST /v2/sessions",
    ...json({ user: "alice", password: "alice likes green tea" }),
    status: 200,
    says: '"token":"ey',
  },
  endSession: { ask: "DELETE /v2/sessions/current", status: 204 },
  getMe: { ask: "GET /v2/me", status: 200, says: '"balance":1000' },
  updateMe: { ask: "PATCH /v2/me", ...json({ displayName: "Ann B." }), status: 200, says: "Ann B." },
  getPreferences: { ask: "GET /v2/me/preferences", status: 200, says: "{" },
  updatePreferences: {
    ask: "PATCH /v2/me/preferences",
    ...json({ theme: "dark", mail: { news: false } }),
    status: 200,
    says: '"mail":{"news":false}',
  },
  importAvatar: {
    ask: "PUT /v2/me/avatar",
    ...json({ url: "https://images.example.com/cat.png" }),
    status: 200,
    says: "image/png",
  },
  listProducts: { ask: "GET /v2/products?name=Green%20tea", status: 200, says: "TEA-001" },
  getProduct: { ask: "GET /v2/products/TEA-002", status: 200, says: "Black tea" },
  searchReviews: { ask: "POST /v2/reviews/search", ...json({ product: "TEA-002" }), status: 200, says: "Strong" },
  listOrders: { ask: "GET /v2/orders?sort=total", status: 200, says: "of mine" },
  createOrder: { ask: "POST /v2/orders", ...json({ sku: "TEA-001", quantity: 2 }), status: 201, says: '"total":1300' },
  importOrders: { ask: "POST /v2/orders/import", sent: xml, status: 200, says: "at the door" },
  getOrder: { ask: "GET /v2/orders/{order}", status: 200, says: "of mine" },
  updateOrder: { ask: "PATCH /v2/orders/{order}", ...json({ note: "later" }), status: 200, says: "later" },
  deleteOrder: { ask: "DELETE /v2/orders/{order}", status: 204 },
  getInvoice: { ask: "GET /v2/orders/{order}/invoice", status: 200, says: '"total":650' },
  trackParcel: { ask: "GET /v2/orders/{order}/parcel", status: 200, says: '"status":' },
  printLabel: { ask: "GET /v2/orders/{order}/label?title=To%20you", status: 200, says: "<h1>To you</h1>" },
  refundOrder: {
    ask: "POST /v2/orders/{order}/refund",
    claims: { scope: "orders:refund" },
    status: 200,
    says: "refunded",
  },
  listAddresses: { ask: "GET /v2/addresses", status: 200, says: "Mill Lane" },
  createAddress: { ask: "POST /v2/addresses", ...json({ street: "High Street 9" }), status: 201, says: "High Street" },
  getAddress: { ask: "GET /v2/addresses/{address}", status: 200, says: "Mill Lane" },
  deleteAddress: { ask: "DELETE /v2/addresses/{address}", status: 204 },
  redeemCoupon: { ask: "POST /v2/coupons/redeem", ...json({ code: "WELCOME5" }), status: 200, says: "1500" },
  createQuote: { ask: "POST /v2/quotes", ...json({ sku: "TEA-001" }), status: 200, says: "585" },
  exportReport: { ask: "GET /v2/reports/export", status: 200, says: '"orders":1' },
  getStatistics: { ask: "GET /v2/statistics", status: 200, says: '"orders":1' },
  listUsers: { ask: "GET /v2/admin/users", claims: { roles: ["administrator"] }, status: 200, says: "[" },
  checkEmail: { ask: "GET /v2/newsletter/check?email=ann%40example.org", status: 200, says: "true" },
  ping: { ask: "GET /v2/diagnostics/ping?host=warehouse", status: 200, says: "pong warehouse" },
  readFile: { ask: "GET /v2/files?name=terms.txt", status: 200, says: "once you paid" },
  goTo: { ask: "GET /v2/go?to=%2Fproducts", status: 302 },
  previewMessage: {
    ask: "POST /v2/messages/preview",
    ...json({ text: "Dear {{name}}" }),
    status: 200,
    says: "Dear ann",
  },
};

async function use(place: Place, { ask, sent, claims }: Use): Promise<Reply> {
  const ids = { order: await place.order("ann"), address: await place.address("ann") };
  const target = ask.replace("{order}", ids.order).replace("{address}", ids.address);
  return place.ask(target, { token: place.token("ann", claims), ...sent });
}

it("uses every operation of the document", () => {
  expect(Object.keys(USES).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

describe.each([
  ["the vulnerable shop", ALL_FLAWS],
  ["the twin", NO_FLAWS],
])("%s", (_name, flaws) => {
  let started: Promise<Gated> | undefined;
  const gated = () => (started ??= behindGate(flaws, false));
  afterAll(async () => (await started)?.close());

  it.each(Object.entries(USES))("does what %s is for", async (_id, asked) => {
    const { place, shop } = await gated();
    for (const there of [new Place(shop.url, shop.tokens), place]) {
      shop.reset();
      // oxlint-disable-next-line no-await-in-loop -- of one shop
      const { status, text } = await use(there, asked);
      expect({ status, text }).toEqual({ status: asked.status, text: expect.stringContaining(asked.says ?? "") });
    }
  });

  it("takes only those who may where no flaw says otherwise", async () => {
    const { place, shop } = await gated();
    for (const there of [new Place(shop.url, shop.tokens), place]) {
      shop.reset();
      // oxlint-disable-next-line no-await-in-loop -- of one shop
      const statuses = await Promise.all([
        there.ask("GET /v2/me"),
        there.ask("GET /v2/me", { token: `${there.token("ann").slice(0, -8)}AAAAAAAA` }),
        there.ask("POST /v2/addresses", { token: there.token("ann", { scope: "orders:read" }), json: { street: "a" } }),
        there.ask("POST /v2/addresses", { token: there.token("ann"), json: { street: "" } }),
        there.ask("POST /v2/addresses", { token: there.token("ann"), json: { street: "a", more: 1 } }),
        there.ask("GET /v2/orders/no-uuid", { token: there.token("ann") }),
        there.ask("GET /v2/nothing", { token: there.token("ann") }),
        there.ask("PUT /v2/me", { token: there.token("ann") }),
      ]);
      expect(statuses.map(({ status }) => status)).toEqual([401, 401, 403, 400, 400, 400, 404, 405]);
    }
  });
});

describe("the owner's listener", () => {
  it("resets, shows the keys and takes others", async () => {
    const [shop, other] = [await startShop({ flaws: NO_FLAWS }), await startShop({ flaws: NO_FLAWS })];
    const control = await startControl(shop);
    const owner = new Place(control.url, shop.tokens);
    const [here, stranger] = [new Place(shop.url, shop.tokens), new Place(shop.url, other.tokens)];
    try {
      await here.order("ann");
      expect((await owner.ask("POST /reset")).status).toBe(204);
      expect((await here.ask("GET /v2/orders", { token: here.token("ann") })).text).toBe("[]");
      expect((await owner.ask("GET /keys")).json["keys"]).toHaveLength(1);
      expect((await stranger.ask("GET /v2/me", { token: stranger.token("ann") })).status).toBe(401);
      const [key] = other.tokens.jwks;
      expect((await owner.ask("POST /keys", { json: { keys: [{ kty: "oct" }] } })).status).toBe(400);
      expect((await owner.ask("POST /keys", { json: { keys: [{ ...key, kid: "other" }] } })).status).toBe(204);
      expect((await owner.ask("GET /keys")).json["keys"]).toHaveLength(2);
      expect((await owner.ask("GET /elsewhere")).status).toBe(404);
    } finally {
      await Promise.all([control.close(), shop.close(), other.close()]);
    }
  });
});
