// By hand, one for each label: what is taken over, what is answered, how much and how often.
import type { Place, Proof } from "./place.ts";

const PROPERTIES: Readonly<Record<string, Proof>> = {
  "role-assigned": async (place) => {
    await place.ask("PATCH /v2/me", { token: place.token("ann"), json: { role: "administrator" } });
    return (await place.ask("GET /v2/me", { token: place.token("ann") })).json["role"] === "administrator";
  },
  "owner-assigned": async (place) => {
    const json = { sku: "TEA-001", quantity: 1, owner: "ben", note: "paid by ben" };
    await place.ask("POST /v2/orders", { token: place.token("ann"), json });
    return (await place.ask("GET /v2/orders", { token: place.token("ben") })).text.includes("paid by ben");
  },
  "balance-assigned": async (place) => {
    await place.ask("PATCH /v2/me", { token: place.token("ann"), json: { balance: 999_999 } });
    return (await place.ask("GET /v2/me", { token: place.token("ann") })).json["balance"] === 999_999;
  },
  "pin-answered": async (place) => {
    await place.ask("PATCH /v2/me", { token: place.token("ann"), json: { pin: "4711" } });
    return (await place.ask("GET /v2/me", { token: place.token("ann") })).json["pin"] === "4711";
  },
  "cost-answered": async (place) => "supplierCost" in (await place.ask("GET /v2/products/TEA-001")).json,
  "parcel-passed-on": async (place) => {
    const id = await place.order("ann");
    const { status, json } = await place.ask(`GET /v2/orders/${id}/parcel`, { token: place.token("ann") });
    return status === 200 && !["packed", "travelling", "delivered", "unknown"].includes(String(json["status"]));
  },
  "quantity-unchecked": async (place) => {
    const json = { sku: "TEA-001", quantity: -5 };
    const order = await place.ask("POST /v2/orders", { token: place.token("ann"), json });
    return order.status === 201 && Number(order.json["total"]) < 0;
  },
  "coupon-again": async (place) => {
    const redeem = () =>
      place.ask("POST /v2/coupons/redeem", { token: place.token("ann"), json: { code: "WELCOME5" } });
    const [first, second] = [await redeem(), await redeem()];
    return Number(second.json["balance"]) > Number(first.json["balance"]);
  },
};

/** Statuses of twelve calls, in their order. */
async function dozen(place: Place, what: (i: number) => string, headers: (i: number) => Record<string, string>) {
  const statuses: number[] = [];
  const isQuote = what(0).startsWith("POST");
  for (let i = 0; i < 12; i += 1) {
    const json = isQuote ? { json: { sku: "TEA-001" } } : {};
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is counted
    const { status } = await place.ask(what(i), { token: place.token("ann"), headers: headers(i), ...json });
    statuses.push(status);
  }
  return statuses;
}

const none = () => ({});
const isEach200 = (statuses: readonly number[]) => statuses.every((status) => status === 200);

/** The limit is there for who does not evade it: else there is nothing to evade. */
async function isLimited(place: Place): Promise<boolean> {
  return (await dozen(place, () => "POST /v2/quotes", none)).includes(429);
}

const CASES = ["/v2/quotes", "/V2/quotes", "/v2/Quotes", "/v2/quOtes"];

const AMOUNTS: Readonly<Record<string, Proof>> = {
  "export-unlimited": async (place) => isEach200(await dozen(place, () => "GET /v2/reports/export", none)),
  "limit-by-forwarded-for": async (place) => {
    const statuses = await dozen(
      place,
      () => "POST /v2/quotes",
      (i) => ({ "x-forwarded-for": `203.0.113.${i}` }),
    );
    return isEach200(statuses) && (await isLimited(place));
  },
  "limit-by-letter-case": async (place) => {
    const statuses = await dozen(place, (i) => `POST ${CASES[i % CASES.length] ?? ""}`, none);
    return isEach200(statuses) && (await isLimited(place));
  },
  "page-size-unbounded": async (place) => {
    const { text } = await place.ask("GET /v2/products?limit=100000");
    return (JSON.parse(text) as unknown[]).length > 250;
  },
  "pattern-catastrophic": async (place) => {
    /** The best of three: a busy machine makes one slow, not all. */
    const timed = async (length: number) => {
      const times: number[] = [];
      for (let i = 0; i < 3; i += 1) {
        const before = performance.now();
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is timed
        await place.ask(`GET /v2/newsletter/check?email=${"a".repeat(length)}`);
        times.push(performance.now() - before);
      }
      return Math.min(...times);
    };
    const [short, long] = [await timed(100), await timed(1200)];
    // Twelve times as long takes over a thousand times as much; reading it takes twelve times as much.
    return long > 100 + 3 * short;
  },
  "body-unlimited": async (place) => {
    const text = `<orders><note>${"a".repeat(5 * 1024 * 1024)}</note></orders>`;
    const headers = { "content-type": "application/xml" };
    return (await place.ask("POST /v2/orders/import", { token: place.token("ann"), headers, text })).status === 200;
  },
};

export const VALUES_PROOFS = { ...PROPERTIES, ...AMOUNTS };
