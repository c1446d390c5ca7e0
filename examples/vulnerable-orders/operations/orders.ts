// Orders, what hangs on them, and their import.
import { readFileSync } from "node:fs";
import { type Answer, type Call, NOT_FOUND, type Operation, problem } from "../call.ts";
import type { Order } from "../shop.ts";

/** The order, where the caller may see it; anybody's where that flaw is on. */
function ordered({ shop, params, caller, flaws }: Call, flaw?: string): Order | undefined {
  const order = shop.orders.get((params["orderId"] ?? "").toLowerCase());
  const isOpen = flaw !== undefined && flaws.has(flaw);
  return order !== undefined && (isOpen || order.owner === caller.user) ? order : undefined;
}

function withOrder(call: Call, flaw: string | undefined, use: (order: Order) => Answer): Answer {
  const order = ordered(call, flaw);
  return order === undefined ? NOT_FOUND : use(order);
}

const SORTS: Readonly<Record<string, (a: Order, b: Order) => number>> = {
  total: (a, b) => a.total - b.total,
  sku: (a, b) => a.sku.localeCompare(b.sku),
};

interface NewOrder {
  readonly sku: string;
  readonly quantity: number;
  readonly note?: string;
  /** The schema does not know it. */
  readonly owner?: unknown;
}

/** What another company's service answers. It is not ours to decide. */
const CARRIER_SAYS = { status: "<b>held at the depot</b>", depot: { door: "4711" } };
const STATUSES = ["packed", "travelling", "delivered"];

export const ORDERS: Readonly<Record<string, Operation>> = {
  listOrders({ shop, caller, query, flaws }) {
    const own = [...shop.orders.values()].filter(({ owner }) => owner === caller.user);
    const { sort } = query;
    if (sort === undefined) return { status: 200, body: own };
    if (!Object.hasOwn(SORTS, sort) && !flaws.has("error-with-stack")) return problem(422, "Sort by total or sku.");
    const compare = SORTS[sort];
    if (compare === undefined) throw new TypeError(`no comparison is named ${sort}`);
    return { status: 200, body: own.sort(compare) };
  },
  createOrder({ shop, caller, body, flaws }) {
    const { sku, quantity, note = "", owner } = body as NewOrder;
    const cents = shop.priceOf(sku);
    const user = typeof owner === "string" && flaws.has("owner-assigned") ? owner : caller.user;
    const place = () => shop.place({ owner: user, sku, quantity, note, total: (cents ?? 0) * quantity });
    if (cents === undefined) {
      if (flaws.has("order-left-by-failure")) place();
      return problem(422, "There is no such product.");
    }
    return { status: 201, body: place() };
  },
  importOrders({ text, flaws }) {
    const xml = flaws.has("xml-external-entity") ? expanded(text) : text;
    if (xml.includes("<!DOCTYPE")) return problem(422, "Document types are not read.");
    const notes = [...xml.matchAll(/<note>([^<]*)<\/note>/g)].map(([, note]) => note);
    return { status: 200, body: { notes } };
  },
  getOrder: (call) => withOrder(call, "order-read-by-another", (order) => ({ status: 200, body: order })),
  updateOrder: (call) =>
    withOrder(call, "order-changed-by-another", (order) => {
      order.note = (call.body as { readonly note: string }).note;
      return { status: 200, body: order };
    }),
  deleteOrder: (call) =>
    withOrder(call, "order-deleted-by-another", ({ id }) => {
      call.shop.orders.delete(id);
      return { status: 204 };
    }),
  getInvoice: (call) =>
    withOrder(call, "invoice-read-by-another", ({ id, owner, total }) => ({
      status: 200,
      body: { order: id, customer: owner, total },
    })),
  trackParcel: (call) =>
    withOrder(call, undefined, () => {
      if (call.flaws.has("parcel-passed-on")) return { status: 200, body: CARRIER_SAYS };
      const { status } = CARRIER_SAYS;
      return { status: 200, body: { status: STATUSES.includes(status) ? status : "unknown" } };
    }),
  printLabel: (call) =>
    withOrder(call, undefined, ({ id }) => {
      const { title = "Order" } = call.query;
      const isFlawed = call.flaws.has("injection-html");
      const body = `<!doctype html><h1>${isFlawed ? title : escaped(title)}</h1><p>${id}</p>`;
      const headers = { "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'" };
      return { status: 200, type: "text/html; charset=utf-8", body, ...(!isFlawed && { headers }) };
    }),
  refundOrder: (call) =>
    withOrder(call, undefined, (order) => {
      order.status = "refunded";
      return { status: 200, body: order };
    }),
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0) ?? 0};`);
}

const EXPANDED_MAX = 16 * 1024 * 1024;

/** As old XML libraries do unless told otherwise. */
function expanded(xml: string): string {
  const entities = [...xml.matchAll(/<!ENTITY\s+(\w+)\s+(SYSTEM\s+)?["']([^"']*)["']\s*>/g)];
  const content = xml.replace(/<!DOCTYPE[^[>]*(\[[^\]]*\])?\s*>/, "");
  let text = content;
  for (const [, name = "", isFile, value = ""] of entities) {
    text = text.replaceAll(`&${name};`, () => (isFile === undefined ? value : fileOf(value)));
    // The flaw is what is read, not how much memory it takes.
    if (text.length > EXPANDED_MAX) throw new RangeError("the entities are too large");
  }
  return text;
}

function fileOf(address: string): string {
  try {
    return readFileSync(address.startsWith("file:") ? new URL(address) : address, "utf8").replaceAll("<", "&lt;");
  } catch {
    return "";
  }
}
