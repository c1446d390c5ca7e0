// Guards observing through the real process: whatever a guard would refuse reaches the API, and each guard has noted it.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { composed } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { startProcess } from "./process.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

const DOCUMENT = `openapi: 3.1.0
info: { title: Strict, version: "1" }
security: [{ bearer: [write] }]
paths:
  /strict/{id}:
    post:
      operationId: strict
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, additionalProperties: false, properties: { a: { type: integer } } } } }
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object, required: [ok] } } } } }
  /plain:
    get: { operationId: plain, responses: { "200": { description: ok } } }
components:
  securitySchemes:
    bearer: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { write: w } } } }
`;

const SETTINGS = `
transport: { listen: "127.0.0.1:0", adminListen: off, tls: dangerouslyOff }
authentication:
  bearer: { issuer: "https://i.example/", audience: a, secret: { file: secret.txt } }
authorization: { roles: { clerk: {} } }
rateLimiting:
  limits: [{ limit: 1, window: 1h, key: address }]
  addressCeiling: { limit: 2, window: 1h }
  failedAuthentication: { limit: 1, window: 1h }
  concurrency: { limit: 1 }
validation: { requests: enforce, responses: enforce, unknownParameters: enforce, injection: enforce, bodyBytesMax: 64 }
monitoring: { sinks: [{ file: audit.ndjson }] }
`;
const ROLES = "authorization: { roles: [clerk] }";
const SILENCED =
  "authentication: { mode: monitor }, authorization: { mode: monitor, roles: [clerk] }, rateLimiting: { mode: monitor }, " +
  "validation: { requests: monitor, responses: monitor, unknownParameters: monitor, injection: monitor }";

/** Answers what no document says, with 200, to requests that are there together where two are wanted. */
async function startApi(): Promise<{ url: string; reached: string[] }> {
  const reached: string[] = [];
  let together: (() => void)[] = [];
  const server = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.setHeader("Access-Control-Allow-Origin", "*");
    const answer = () => response.setHeader("Content-Type", "application/json").end('{"wrong":1}');
    request.resume().on("end", () => {
      if (request.url !== "/strict/2") return answer();
      together.push(answer);
      if (together.length < 2) return undefined;
      for (const go of together) go();
      together = [];
      return undefined;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, reached };
}

function token(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = { iss: "https://i.example/", aud: "a", exp: Math.floor(Date.now() / 1000) + 600, ...claims };
  const text = `${part({ alg: "HS256", typ: "at+jwt" })}.${part(all)}`;
  return `Bearer ${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

type Asked = readonly [method: string, target: string, headers?: Readonly<Record<string, string>>, body?: string];

const JSON_TYPE = { "Content-Type": "application/json" };
const ANN = { Authorization: token({ sub: "ann" }) };

/** Each is refused where its guard enforces. */
const REQUESTS: readonly Asked[] = [
  ["POST", "/strict/x?y=1", JSON_TYPE, '{"b":1}'],
  ["POST", "/strict/1", { ...JSON_TYPE, ...ANN }, "{torn"],
  ["POST", "/strict/1", { "Content-Type": "text/plain", ...ANN }, "text"],
  ["POST", "/strict/1", { ...JSON_TYPE, ...ANN }, `{"a":"' or 1=1--"}`],
  ["POST", "/strict/1", JSON_TYPE, JSON.stringify({ a: "x".repeat(100) })],
  ["POST", "/strict/1", { ...JSON_TYPE, Authorization: "Bearer nonsense" }, "{}"],
  ["GET", "/plain", JSON_TYPE, "{}"],
  ["GET", "/nothing?page=1"],
  ["POST", "/nothing", JSON_TYPE, '{"name":"x"}'],
  ["DELETE", "/plain"],
];
/** These two are under way at once. */
const TWO: Asked = ["POST", "/strict/2", { ...JSON_TYPE, ...ANN }, "{}"];

function ask(origin: string, [method, target, headers = {}, body]: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const sent = httpRequest(
      `${origin}${target}`,
      { method, headers: { ...headers, ...length }, agent: false },
      (answer: IncomingMessage) => {
        answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.on("error", reject).end(body);
  });
}

interface Note {
  readonly guard: string;
  readonly kind: string;
  readonly text?: string;
  readonly undeclared?: unknown;
}

interface Event {
  readonly event: { readonly dataset: string };
  readonly url: { readonly path: string };
  readonly portcullis: { readonly notes?: Note[] };
}

interface Observed {
  readonly statuses: number[];
  readonly reached: string[];
  readonly notes: Note[];
  readonly events: Event[];
  readonly origin: string;
}

async function observed(
  args: readonly string[],
  operations: string,
  requests: readonly Asked[],
  two: boolean,
): Promise<Observed> {
  const api = await startApi();
  const cwd = folderWith({
    "portcullis.yaml": `openapi: api.yaml\nupstream: ${api.url}${SETTINGS}operations: { ${operations} }\n`,
    "api.yaml": DOCUMENT,
    "secret.txt": SECRET,
  });
  const gateway = startProcess(["start", ...args], cwd);
  const [, origin = ""] = await gateway.errorShows(/ at (http:\S+?)\/?(?: |\n)/);
  const statuses: number[] = [];
  for (const asked of requests) statuses.push(await ask(origin, asked));
  if (two) statuses.push(...(await Promise.all([ask(origin, TWO), ask(origin, TWO)])));
  const raw = await framing(origin);
  expect(raw).toMatch(/^HTTP\/1\.1 400 /);
  gateway.signal("SIGTERM");
  expect(await gateway.ended).toBe(0);
  const lines = readFileSync(path.join(cwd, "audit.ndjson"), "utf8").trim().split("\n");
  const events = lines
    .map((line) => JSON.parse(line) as Event)
    .filter(({ event }) => event.dataset === "portcullis.audit");
  const notes = events.flatMap(({ portcullis }) => portcullis.notes ?? []);
  return { statuses, reached: api.reached, notes, events, origin };
}

/** Two lengths for one body: what no mode lets through. */
function framing(origin: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    socket
      .setEncoding("latin1")
      .on("data", (part: string) => (text += part))
      .on("close", () => resolve(text));
    socket.end(
      "POST /strict/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
  });
}

const wouldDeny = (notes: readonly Note[]) =>
  new Set(notes.filter(({ kind }) => kind === "would-deny").map(({ guard }) => guard));

describe("--observe", () => {
  it("refuses nothing but broken framing, and every guard notes what it would have refused", async () => {
    const { statuses, reached, notes, events } = await observed(["--observe"], `strict: { ${ROLES} }`, REQUESTS, true);
    expect(statuses).toEqual([...REQUESTS.map(() => 200), 200, 200]);
    expect(reached).toEqual([...REQUESTS, TWO, TWO].map(([method, target]) => `${method} ${target}`));

    const composition = await composed(
      `upstream: http://127.0.0.1:1${SETTINGS}operations: { strict: { ${ROLES} } }\n`,
      {
        document: DOCUMENT,
        observe: true,
        files: { "secret.txt": SECRET },
      },
    );
    const planned = [
      ...["strict", "plain"].flatMap((id) => composition.plans.get(id) ?? []),
      ...composition.plans.undeclared("operation"),
      ...composition.plans.undeclared("method"),
    ];
    const monitoring = new Set(planned.filter(({ mode }) => mode === "monitor").map(({ guard }) => guard));
    // These refuse nothing by themselves in any mode: they only note.
    monitoring.delete("validation.undeclared-contents");
    expect(monitoring.delete("transport.cors")).toBe(true);
    expect(notes.find(({ guard }) => guard === "transport.cors")?.text).toMatch(/^would drop what the API says/);
    expect([...wouldDeny(notes)].sort()).toEqual([...monitoring].sort());
    expect(monitoring.size).toBeGreaterThan(12);

    const undeclared = events.find(({ url }) => url.path === "/nothing");
    expect(undeclared).toMatchObject({ http: { response: { status_code: 200 } }, event: { outcome: "success" } });
    expect(undeclared?.portcullis.notes).toContainEqual(
      expect.objectContaining({ undeclared: { in: "query", names: [{ at: "page", type: "integer" }] } }),
    );
  });

  it("says what it cannot judge", async () => {
    const { notes } = await observed(["--observe"], `strict: { ${ROLES} }`, REQUESTS.slice(0, 1), false);
    const unjudged = notes.filter(({ kind }) => kind === "not-judged").map(({ guard, text }) => `${guard}: ${text}`);
    expect(unjudged).toEqual(
      expect.arrayContaining([
        "authorization.scopes: needs authentication",
        "authorization.roles: needs authentication",
      ]),
    );
  });
});

describe("monitor for one operation", () => {
  it("lets its requests through with the same notes, while others are refused", async () => {
    const strict = REQUESTS.filter(([, target]) => target.startsWith("/strict"));
    const { statuses, notes } = await observed([], `strict: { ${SILENCED} }`, [...strict, ["GET", "/plain"]], true);
    expect(statuses).toEqual([...strict.map(() => 200), 429, 200, 200]);
    const named = wouldDeny(notes);
    for (const guard of [
      "authentication.credentials",
      "authorization.scopes",
      "authorization.roles",
      "rate-limiting.address",
      "rate-limiting.address-ceiling",
      "validation.parameters",
      "validation.media-type",
      "validation.body-length",
      "validation.body",
      "validation.responses",
    ]) {
      expect(named).toContain(guard);
    }
  });

  it.each([
    ["authentication: { mode: monitor }, authorization: { mode: monitor }", ["POST", "/strict/1", JSON_TYPE, "{}"]],
    ["authorization: { mode: monitor, roles: [clerk] }", ["POST", "/strict/1", { ...JSON_TYPE, ...ANN }, "{}"]],
    [
      "validation: { requests: monitor }",
      ["POST", "/strict/x", { ...JSON_TYPE, Authorization: token({ sub: "b", scope: "write" }) }, '{"b":1}'],
    ],
  ] as const)("%s lets through what only that would refuse", async (silenced, asked) => {
    const open = "validation: { responses: monitor }";
    const merged = silenced.startsWith("validation")
      ? "validation: { requests: monitor, responses: monitor }"
      : `${silenced}, ${open}`;
    expect((await observed([], `strict: { ${merged} }`, [asked], false)).statuses).toEqual([200]);
    const refused = await observed([], `strict: { ${ROLES}, ${open} }`, [asked], false);
    expect(refused.statuses[0]).toBeGreaterThanOrEqual(400);
    expect(refused.reached).toEqual([]);
  });
});
