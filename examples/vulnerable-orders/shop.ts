// The state of the shop: in memory, the same after each reset.
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { Realm } from "./realm.ts";

export interface Order {
  readonly id: string;
  readonly owner: string;
  readonly sku: string;
  readonly quantity: number;
  note: string;
  readonly total: number;
  status: "placed" | "refunded";
}

export interface Address {
  readonly id: string;
  readonly owner: string;
  readonly street: string;
  isDeleted: boolean;
}

export interface User {
  readonly id: string;
  displayName: string;
  role: string;
  balance: number;
  pin: string;
  preferences: object;
}

/** Of people who can sign in by themselves; an issuer may know others. */
export const PASSWORDS: ReadonlyMap<string, string> = new Map([
  ["alice", "alice likes green tea"],
  ["bob", "bob takes two sugars"],
]);

export const COUPONS: ReadonlyMap<string, number> = new Map([["WELCOME5", 500]]);

export const REVIEWS = [
  { product: "TEA-001", text: "Fresh." },
  { product: "TEA-002", text: "Strong." },
  { product: "SET-900", text: "A product that nobody is to know before the fair." },
];

const PRODUCTS_COUNT = 300;

export class Shop {
  users = new Map<string, User>();
  orders = new Map<string, Order>();
  addresses = new Map<string, Address>();
  products = stocked();
  /** `user code`. */
  redeemed = new Set<string>();
  /** Times of calls, by what is counted. */
  calls = new Map<string, number[]>();
  /** Digests of tokens that were signed out. */
  ended = new Set<string>();
  /** Where preferences live: whatever happens to its objects happens to no others. */
  realm = new Realm();

  /** Everything as it was at the start. Keys are no state of the shop. */
  reset(): void {
    this.products.close();
    Object.assign(this, new Shop());
  }

  /** Whoever comes with a good token is a user. */
  user(id: string): User {
    const known = this.users.get(id);
    if (known !== undefined) return known;
    const user = { id, displayName: id, role: "customer", balance: 1000, pin: "0000", preferences: this.realm.empty() };
    this.users.set(id, user);
    return user;
  }

  priceOf(sku: string): number | undefined {
    const row = this.products.prepare("SELECT cents FROM products WHERE sku = ?").get(sku);
    return row === undefined ? undefined : Number(row["cents"]);
  }

  place(order: Pick<Order, "owner" | "sku" | "quantity" | "note" | "total">): Order {
    const placed: Order = { id: randomUUID(), ...order, status: "placed" };
    this.orders.set(placed.id, placed);
    return placed;
  }

  /** True while fewer than `limit` calls of that key lie within the window; counts this one. */
  within(key: string, limit: number, windowMs: number, nowMs = performance.now()): boolean {
    const recent = (this.calls.get(key) ?? []).filter((time) => time > nowMs - windowMs);
    this.calls.set(key, recent);
    if (recent.length >= limit) return false;
    recent.push(nowMs);
    return true;
  }
}

function stocked(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(
    "CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT, cents INTEGER, cost INTEGER, published INTEGER)",
  );
  const insert = database.prepare("INSERT INTO products VALUES (?, ?, ?, ?, ?)");
  database.exec("BEGIN");
  insert.run("TEA-001", "Green tea", 650, 210, 1);
  insert.run("TEA-002", "Black tea", 590, 180, 1);
  insert.run("SET-900", "Secret set", 9900, 4000, 0);
  for (let i = 1; i <= PRODUCTS_COUNT; i += 1) {
    insert.run(`CUP-${String(i).padStart(3, "0")}`, `Cup ${i}`, 1000 + i, 400, 1);
  }
  database.exec("COMMIT");
  return database;
}
