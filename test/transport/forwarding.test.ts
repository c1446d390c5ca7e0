// What goes on to the upstream, judged by undici itself and by what must not be in it.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { Pool } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { continueTrace } from "../../src/http/trace-context.ts";
import { Fields } from "../../src/http/fields.ts";
import { forwardedLines, type ForwardingOptions } from "../../src/transport/forwarding.ts";
import { exchangeOf } from "./incoming.ts";
import { others } from "../http/others.ts";

const forward = (lines: string[], options?: ForwardingOptions) =>
  new Fields(forwardedLines(exchangeOf({ lines }), options));

it("keeps what the client may say, in its spelling and order", () => {
  const lines = [
    "Authorization",
    "Bearer x",
    "x-ODD",
    "1",
    "X-Odd",
    "2",
    "Cookie",
    "a=b",
    "Content-Type",
    "a/b",
    "Accept-Encoding",
    "br",
  ];
  expect(forward(lines).lines.slice(0, lines.length)).toEqual(lines);
});

it("says afresh who asked, how and for which host", () => {
  const exchange = exchangeOf({ secure: true, lines: [] });
  exchange.trace = continueTrace(undefined);
  const fields = new Fields(forwardedLines(exchange));
  expect(fields.all("x-forwarded-for")).toEqual(["192.0.2.1"]);
  expect(fields.all("x-forwarded-proto")).toEqual(["https"]);
  expect(fields.all("x-forwarded-host")).toEqual(["api.example.com"]);
  expect(fields.all("x-request-id")).toEqual(["request-1"]);
  expect(fields.get("traceparent")).toBe(`00-${exchange.trace.traceId}-${exchange.trace.spanId}-01`);
  expect(fields.has("host")).toBe(false);
  expect(new Fields(forwardedLines(exchange, { preserveHost: true })).all("host")).toEqual(["api.example.com"]);
});

it("F13 F15 keeps back what is between two hops", () => {
  const hop = [
    "Connection",
    "keep-alive, TE",
    "Keep-Alive",
    "timeout=5",
    "TE",
    "trailers",
    "Trailer",
    "X-T",
    "Expect",
    "100-continue",
  ];
  const fields = forward([
    ...hop,
    "Proxy-Connection",
    "x",
    "Proxy-Authorization",
    "Basic x",
    "Transfer-Encoding",
    "chunked",
  ]);
  expect(
    others(
      [
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "expect",
        "proxy-connection",
        "proxy-authorization",
        "transfer-encoding",
      ],
      (name) => fields.has(name),
      false,
    ),
  ).toEqual([]);
});

it("G08 G10 keeps back what only a proxy may say, from a stranger and from a trusted proxy", () => {
  const said = [
    ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-User", "Forwarded"],
    [
      "X-Real-IP",
      "Via",
      "X-Client-IP",
      "True-Client-IP",
      "CF-Connecting-IP",
      "X-Original-URL",
      "X-Rewrite-URL",
      "Proxy",
    ],
    ["Client-Cert", "X-Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "Remote-User", "X-Remote-User"],
    ["X-Request-Id", "Traceparent", "X-Middleware-Subrequest", "x-portcullis-subject", "X-Original-Anything"],
  ].flat();
  const lines = said.flatMap((name) => [name, name.startsWith("X-Forwarded-F") ? "198.51.100.66" : "forged"]);
  for (const options of [{ trustedProxies: [] }, { trustedProxies: ["192.0.2.1"] }]) {
    const sent = forwardedLines(exchangeOf({ lines }, options)).join("\n");
    expect(sent).not.toContain("forged");
  }
  expect(forward(lines).get("x-forwarded-for")).toBe("192.0.2.1");
});

it("G09 keeps back names that CGI would take for others, unless the document declares them", () => {
  const lines = ["api_key", "k", "x_tenant", "t", "x.y", "z"];
  const names = forward(lines, { declaredNames: new Set(["api_key"]) });
  expect(names.get("api_key")).toBe("k");
  expect(names.has("x_tenant") || names.has("x.y")).toBe(false);
  expect(forward(lines).has("api_key")).toBe(false);
  const forged = ["x_forwarded_user", "x_portcullis_subject", "x.original.user"];
  const sent = forward(
    forged.flatMap((name) => [name, "forged"]),
    { declaredNames: new Set(forged) },
  );
  for (const name of forged) expect(sent.has(name)).toBe(false);
});

it("G11 the gate's own fields are never the client's", () => {
  const exchange = exchangeOf({ lines: ["X-User-Id", "forged", "x-role", "forged"] });
  exchange.setUpstreamField("X-User-Id", "alice");
  const fields = new Fields(forwardedLines(exchange, { withheldNames: new Set(["x-role"]) }));
  expect(fields.all("x-user-id")).toEqual(["alice"]);
  expect(fields.has("x-role")).toBe(false);
});

it("keeps the state of a trace only beside its parent", () => {
  const exchange = exchangeOf({ lines: ["tracestate", "a=1"] });
  exchange.trace = continueTrace(undefined);
  expect(new Fields(forwardedLines(exchange)).has("tracestate")).toBe(false);
  exchange.trace = continueTrace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  expect(new Fields(forwardedLines(exchange)).get("tracestate")).toBe("a=1");
});

it("asks for a plain answer where a guard must see it", () => {
  expect(forward(["accept-encoding", "br, gzip"], { unencodedAnswer: true }).all("accept-encoding")).toEqual([
    "identity",
  ]);
});

it("gives the length only of what streams", () => {
  const exchange = exchangeOf({ method: "POST", lines: ["Content-Length", "5"] });
  expect(new Fields(forwardedLines(exchange)).has("content-length")).toBe(false);
  exchange.body = { kind: "streaming" };
  expect(new Fields(forwardedLines(exchange)).all("content-length")).toEqual(["5"]);
  exchange.body = { kind: "read", bytes: new Uint8Array(3) };
  expect(new Fields(forwardedLines(exchange)).has("content-length")).toBe(false);
});

let server: Server;
let pool: Pool;
beforeAll(async () => {
  server = createServer((request, response) => response.end(JSON.stringify(request.rawHeaders)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await pool.destroy();
  server.close();
});

it("is taken by undici, whatever a client sent", async () => {
  const hostile = [
    "Expect",
    "100-continue",
    "Keep-Alive",
    "x",
    "TE",
    "trailers",
    "Connection",
    "TE",
    "X-Any",
    "\u00fc\t",
    "Content-Length",
    "2",
  ];
  const exchange = exchangeOf({ method: "POST", lines: hostile });
  exchange.body = { kind: "read", bytes: Buffer.from("{ }") };
  const answer = await pool.request({ path: "/", method: "POST", headers: [...forwardedLines(exchange)], body: "{ }" });
  const seen = new Fields((await answer.body.json()) as string[]);
  expect(seen.all("content-length")).toEqual(["3"]);
  expect(seen.get("x-any")).toBe("\u00fc");
  expect(seen.get("host")).toMatch(/^127\.0\.0\.1:/);
});
