// Products, reviews, quotes and figures.
import type { SQLInputValue } from "node:sqlite";
import { type Answer, type Call, NOT_FOUND, type Operation, problem } from "../call.ts";
import { REVIEWS } from "../shop.ts";

const PAGE_MAX = 100;
const PAGE = 20;

export const CATALOGUE: Readonly<Record<string, Operation>> = {
  listProducts({ shop, query, flaws }) {
    const asked = Number(query["limit"] ?? PAGE);
    const limit = flaws.has("page-size-unbounded") ? asked : Math.min(asked, PAGE_MAX);
    const { name } = query;
    const sql = (named: string) => `SELECT sku, name, cents FROM products WHERE published = 1${named} ORDER BY sku`;
    const rows = (text: string, ...values: SQLInputValue[]) =>
      shop.products
        .prepare(text)
        .all(...values)
        .slice(0, limit);
    if (name === undefined) return { status: 200, body: rows(sql("")) };
    if (!flaws.has("injection-sql")) return { status: 200, body: rows(sql(" AND name = ?"), name) };
    try {
      return { status: 200, body: rows(sql(` AND name = '${name}'`)) };
    } catch (error) {
      return problem(500, `SQLITE_ERROR: ${(error as Error).message}`);
    }
  },
  getProduct({ shop, params, flaws }) {
    const row = shop.products
      .prepare("SELECT * FROM products WHERE sku = ? AND published = 1")
      .get(params["sku"] ?? "");
    if (row === undefined) return NOT_FOUND;
    const { sku, name, cents, cost } = row;
    return { status: 200, body: { sku, name, cents, ...(flaws.has("cost-answered") && { supplierCost: cost }) } };
  },
  searchReviews({ body, flaws }) {
    const { product } = body as { readonly product: unknown };
    if (typeof product !== "string" && !flaws.has("injection-nosql")) return problem(422, "A product is a SKU.");
    const isUnpublished = product === "SET-900";
    const found = REVIEWS.filter((review) => !isUnpublished && matches(review.product, product));
    return { status: 200, body: found };
  },
  createQuote({ shop, body }) {
    const cents = shop.priceOf((body as { readonly sku: string }).sku);
    return cents === undefined ? NOT_FOUND : { status: 200, body: { cents: Math.round(cents * 0.9) } };
  },
  exportReport: ({ shop }) => ({ status: 200, body: { orders: shop.orders.size } }),
  getStatistics: ({ shop }) => ({ status: 200, body: { orders: shop.orders.size, users: shop.users.size } }),
  listUsers: ({ shop }) => ({ status: 200, body: [...shop.users.keys()] }),
};

const OPERATORS: Readonly<Record<string, (value: string, than: unknown) => boolean>> = {
  $eq: (value, than) => value === than,
  $ne: (value, than) => value !== than,
  $gt: (value, than) => value > String(than),
  $gte: (value, than) => value >= String(than),
  $lt: (value, than) => value < String(than),
  $lte: (value, than) => value <= String(than),
  $in: (value, than) => Array.isArray(than) && than.includes(value),
  $nin: (value, than) => Array.isArray(than) && !than.includes(value),
  $exists: (_value, than) => than === true,
};

/** As a document database takes a condition. */
function matches(value: string, condition: unknown): boolean {
  if (typeof condition !== "object" || condition === null) return value === condition;
  return Object.entries(condition).every(([name, than]) => OPERATORS[name]?.(value, than) ?? false);
}

interface Limit {
  readonly limit: number;
  readonly windowMs: number;
}

/** As portcullis.yaml has them. */
const LIMITS: Readonly<Record<string, Limit>> = {
  createQuote: { limit: 5, windowMs: 60_000 },
  exportReport: { limit: 5, windowMs: 60_000 },
};

const OF_ALL: Limit = { limit: 5000, windowMs: 900_000 };

/** The refusal where the caller has called too often. */
export function tooOften(id: string, { shop, caller, flaws, path, headers }: Call): Answer | undefined {
  if (!shop.within(`all ${caller.user}`, OF_ALL.limit, OF_ALL.windowMs)) return refusal(OF_ALL);
  const entry = LIMITS[id];
  if (entry === undefined || (id === "exportReport" && flaws.has("export-unlimited"))) return undefined;
  const claimed = headers["x-forwarded-for"];
  const who = flaws.has("limit-by-forwarded-for") && claimed !== undefined ? String(claimed) : caller.user;
  const what = flaws.has("limit-by-letter-case") ? path : id;
  return shop.within(`${what} ${who}`, entry.limit, entry.windowMs) ? undefined : refusal(entry);
}

function refusal({ windowMs }: Limit): Answer {
  return problem(429, "Try again later.", { "Retry-After": String(windowMs / 1000) });
}
