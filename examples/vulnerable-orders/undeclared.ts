// What answers although the document does not declare it: each only where its flaw is on.
import { type Answer, type Call, NOT_FOUND } from "./call.ts";
import { OPERATIONS } from "./document.ts";

/** The shop's settings as a framework's debug page shows them; made up. */
const SETTINGS = {
  node: process.version,
  settings: { DATABASE_URL: "postgres://shop:shop@db.internal/shop", DEBUG: "*" },
};

interface Undeclared {
  readonly flaw: string;
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Omit<Call, "caller">, match: RegExpExecArray) => Answer;
}

const UNDECLARED: readonly Undeclared[] = [
  {
    flaw: "trace-echoed",
    method: "TRACE",
    path: /^/,
    answer: ({ method, path, headers }) => {
      const fields = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      return {
        status: 200,
        type: "message/http",
        body: [`${method} ${path} HTTP/1.1`, ...fields, "", ""].join("\r\n"),
      };
    },
  },
  { flaw: "debug-exposed", method: "GET", path: /^\/debug$/, answer: () => ({ status: 200, body: SETTINGS }) },
  {
    flaw: "documentation-exposed",
    method: "GET",
    path: /^\/openapi\.json$/,
    answer: () => {
      const operations = OPERATIONS.map(({ id, method, pattern }) => ({ id, method, pattern: pattern.source }));
      return {
        status: 200,
        body: { openapi: "3.1.0", info: { title: "Vulnerable orders", version: "2.0.0" }, operations },
      };
    },
  },
  {
    flaw: "version-old",
    method: "GET",
    path: /^\/v1\/orders\/([\w-]+)$/,
    answer: ({ shop }, [, id = ""]) => {
      const order = shop.orders.get(id);
      return order === undefined ? NOT_FOUND : { status: 200, body: order };
    },
  },
  {
    flaw: "sibling-undeclared",
    method: "GET",
    path: /^\/v2\/orders\/export$/,
    answer: ({ shop }) => ({ status: 200, body: [...shop.orders.values()] }),
  },
  {
    flaw: "method-undeclared",
    method: "PUT",
    path: /^\/v2\/products\/([A-Z]{3}-\d{3})$/,
    answer: ({ shop, text }, [, sku = ""]) => {
      const { cents } = Object(text === "" ? {} : JSON.parse(text)) as { readonly cents?: unknown };
      if (typeof cents === "number")
        shop.products.prepare("UPDATE products SET cents = ? WHERE sku = ?").run(cents, sku);
      return { status: 204 };
    },
  },
];

/** The answer to what should be nothing; undefined where it is nothing. */
export function undeclaredAnswer(call: Omit<Call, "caller">): Answer | undefined {
  for (const { flaw, method, path, answer } of UNDECLARED) {
    if (method !== call.method || !call.flaws.has(flaw)) continue;
    const match = path.exec(call.path);
    if (match !== null) return answer(call, match);
  }
  return undefined;
}
