// Guards auditLog() alone and over the others: one event per request, with reason, caller and what went over the wire.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, it } from "vitest";
import { authenticate } from "../../src/adapters/express-authentication.ts";
import { requireScopes } from "../../src/adapters/express-authorization.ts";
import { auditLog } from "../../src/adapters/express-monitoring.ts";
import { limit } from "../../src/adapters/express-rate-limiting.ts";
import { validateBody } from "../../src/adapters/express-validation.ts";
import {
  ask,
  AUDIENCE,
  bearer,
  eventLog,
  ISSUER,
  postJson,
  SECRET,
  serve,
  type Served,
  token,
} from "./alone-harness.ts";

interface Event {
  readonly event: { readonly reason?: string };
  readonly http: {
    readonly request: { readonly id: string; readonly body: { readonly bytes: number } };
    readonly response: { readonly status_code: number };
  };
  readonly user?: { readonly id: string };
}

let served: Served;
afterEach(() => served.close());

it("writes one line per request to a file that others cannot read, with the id that the answer carries", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-audit-"));
  const file = path.join(folder, "audit.ndjson");
  const log = auditLog({ file, service: "orders" });
  served = await serve((app) => void app.use(log).get("/hello", (_request, response) => void response.send('"hé"')));
  const answer = await ask(served, "/hello?secret=1");
  await log.close();
  const [line = "", rest] = readFileSync(file, "utf8").split("\n");
  expect(rest).toBe("");
  expect(JSON.parse(line)).toMatchObject({
    event: { action: "api_access", outcome: "success" },
    http: {
      request: { id: answer.headers.get("x-request-id"), method: "GET" },
      response: { status_code: 200, body: { bytes: 5 } },
    },
    url: { path: "/hello" },
    service: { name: "orders" },
  });
  expect(statSync(file).mode & 0o007).toBe(0);
  rmSync(folder, { recursive: true });
});

it("records what the others refused: reason, caller, status, by one id", async () => {
  const events = eventLog();
  served = await serve((app) => {
    app.use(auditLog({ sinks: [events] }));
    app.use(limit({ limit: 4, window: "1m", key: "address" }));
    app.use(authenticate({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE, typ: "JWT" }));
    app.post("/orders", requireScopes("orders:write"), validateBody({ required: ["sku"] }), (_request, response) => {
      response.status(201).json({});
    });
  });
  const writer = { authorization: `Bearer ${token({ scope: "orders:write" })}` };
  const answers = [
    await ask(served, "/orders", postJson('{"sku":1}')),
    await ask(served, "/orders", { method: "POST", ...bearer(token()) }),
    await ask(served, "/orders", postJson("{}", writer)),
    await ask(served, "/orders", postJson('{"sku":1}', writer)),
    await ask(served, "/orders", postJson('{"sku":1}', writer)),
  ];
  await events.nth(5);
  const seen = events.lines.map((line) => JSON.parse(line) as Event);
  expect(seen.map((event) => [event.http.response.status_code, event.event.reason, event.user?.id])).toEqual([
    [401, "authentication.credentials-missing", undefined],
    [403, "authorization.scope-insufficient", "ada"],
    [400, "validation.request-invalid", "ada"],
    [201, undefined, "ada"],
    [429, "rate-limiting.limit-exceeded", undefined],
  ]);
  expect(seen.map((event) => event.http.request.id)).toEqual(answers.map(({ headers }) => headers.get("x-request-id")));
  expect(seen.map((event) => event.http.request.body.bytes)[3]).toBe(9);
  expect(events.lines.join("")).not.toContain(writer.authorization.slice(7));
});

it("records a client that left before the answer", async () => {
  const events = eventLog();
  const arrived = Promise.withResolvers<void>();
  served = await serve((app) => void app.use(auditLog({ sinks: [events] })).get("/slow", () => arrived.resolve()));
  const leaving = httpRequest(`${served.origin}/slow`).on("error", () => undefined);
  leaving.end();
  await arrived.promise;
  leaving.destroy();
  const event = await events.nth(1);
  expect(event).toMatchObject({ portcullis: { ended: "client-left" } });
});

it("records and refuses a head that cannot be what it seems", async () => {
  const events = eventLog();
  served = await serve(
    (app) => void app.use(auditLog({ sinks: [events] })).use((_request, response) => void response.json({})),
  );
  const { port } = new URL(served.origin);
  const status = await new Promise((resolve) => {
    httpRequest({ port, path: "/a/..%2fadmin" }, (answer) => resolve(answer.resume().statusCode)).end();
  });
  expect(status).toBe(400);
  expect(await events.nth(1)).toMatchObject({ event: { reason: "transport.target-invalid" } });
});

it("keeps what middlewares before it set for the caller's browser", async () => {
  served = await serve((app) => {
    app.use((_request, response, next) => {
      response.set("Access-Control-Allow-Origin", "https://app.example.com");
      next();
    });
    app.use(authenticate({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE }));
  });
  const { status, headers } = await ask(served, "/");
  expect([status, headers.get("access-control-allow-origin")]).toEqual([401, "https://app.example.com"]);
});
