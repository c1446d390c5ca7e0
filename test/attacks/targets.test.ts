// G01 to G05 and G07: the target. Matcher, guards, record and API see one string, or none of them sees any.
import { connect as connectHttp2 } from "node:http2";
import { readFileSync } from "node:fs";
import type { Express } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bindGate } from "../../src/core/gate.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Careless, lenientPath, SECRET, startCareless, TRUSTING } from "./lenient.ts";
import { type Api, type Protected, WAYS } from "./protected.ts";
import { TARGET_CASES, type TargetCase, TEMPLATE_CASES } from "./target-cases.ts";
import { talk } from "./wire.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Targets, version: "1" }
paths:
  /public: { get: { operationId: public, security: [], responses: { default: { description: any } } } }
  /public/{a}: { get: { operationId: file, security: [], parameters: [{ name: a, in: path, required: true, schema: { type: string } }], responses: { default: { description: any } } } }
  /admin: { get: { operationId: admin, security: [{ oauth: [] }], responses: { default: { description: any } } } }
  /users/admin: { get: { operationId: root, security: [{ oauth: [] }], responses: { default: { description: any } } } }
  /users/{id}: { get: { operationId: user, security: [], parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { default: { description: any } } } }
components:
  securitySchemes: { oauth: { type: http, scheme: bearer } }
`;
const CONFIGURATION = `authentication: { oauth: { issuer: "https://i.example/", audience: a } }
rateLimiting: { addressCeiling: { limit: 100000, window: 1m }, limits: [{ name: few, limit: 100000, window: 1h, key: address }] }
`;
const GUARDED = ["/admin", "/users/admin"];

let careless: Careless;
beforeAll(async () => {
  careless = await startCareless(GUARDED);
});
afterAll(() => careless.close());

const head = (target: string) => `GET ${target} HTTP/1.1\r\nHost: gate.test\r\n\r\n`;

/** The control: past a proxy that compares texts, the target reaches what it guards. */
async function reachesUnguarded(target: string): Promise<void> {
  const plain = await talk(careless.port, head(lenientPath(target)));
  expect(plain.statuses).toEqual([401]);
  const past = await talk(careless.port, head(target));
  expect(past.complete.map(({ body }) => body.toString())).toEqual([SECRET]);
}

interface Seen {
  readonly matched: string[];
  readonly guarded: string[];
  readonly reached: string[];
}

/** An API that is lenient, with a look at what the matcher and the guards of its gate see. */
function lenientApi(seen: Seen): Api {
  const handle = (app: Express) =>
    void app.use((request, response) => {
      seen.reached.push(request.originalUrl);
      response.send(GUARDED.includes(lenientPath(request.originalUrl)) ? SECRET : "public");
    });
  const look = {
    practice: "validation",
    name: "validation.look",
    mode: "enforce",
    check: (exchange: { request: { target: string } }) => {
      seen.guarded.push(exchange.request.target);
      return CONTINUE;
    },
  } as const;
  const change = (policy: Policy): Policy => ({
    version: policy.version,
    refused: policy.refused,
    enter: (exchange) => {
      seen.matched.push(exchange.request.path);
      const gate = policy.enter(exchange);
      return bindGate({ ...gate, head: [look, ...gate.head] });
    },
  });
  return { document: DOCUMENT, configuration: CONFIGURATION, handle, change };
}

type Asked = { readonly status: number | undefined; readonly body: string };

async function over1(url: string, target: string): Promise<Asked> {
  const said = await talk(Number(new URL(url).port), head(target), ({ complete }) => complete.length > 0);
  return { status: said.statuses[0], body: said.complete[0]?.body.toString() ?? "" };
}

function over2(url: string, ca: string, target: string): Promise<Asked> {
  const session = connectHttp2(url, { ca: readFileSync(ca), servername: "localhost" });
  return new Promise<Asked>((resolve) => {
    let status: number | undefined;
    let body = "";
    const stream = session.request({ ":path": target });
    stream.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    stream.on("response", (fields) => (status = fields[":status"]));
    stream.on("error", () => resolve({ status: undefined, body }));
    stream.on("close", () => resolve({ status, body }));
  }).finally(() => session.destroy());
}

const REASONS = /^(transport\.(target-invalid|framing-invalid)|validation\.operation-undeclared)$/;

describe.each(Object.entries(WAYS))("over %s", (way, protect) => {
  const seen: Seen = { matched: [], guarded: [], reached: [] };
  let gate: Protected;
  beforeAll(async () => {
    gate = await protect(lenientApi(seen));
  });
  afterAll(() => gate.close());
  const ask = (target: string) =>
    way === "HTTP/2" ? over2(gate.url, gate.authorityFile, target) : over1(gate.url, target);
  const forget = () => {
    for (const list of Object.values(seen)) list.length = 0;
  };
  const cases = (list: readonly TargetCase[]) =>
    way === "HTTP/2" ? list.filter((one) => one.http1Only !== true && one.byParser !== true) : list;

  it.each(cases([...TARGET_CASES, ...TEMPLATE_CASES]))(
    "$id $what reaches nothing: $shown",
    async ({ target, status, byParser }) => {
      await reachesUnguarded(target);
      forget();
      const recorded = gate.events().length;
      const answer = await ask(target);
      expect(answer.body).not.toContain(SECRET);
      // What Node's own parser refuses is answered by it, or by a closed connection.
      expect([status, 400]).toContain(answer.status);
      const both = status === 400 ? [] : [target];
      expect(seen).toEqual({ matched: both, guarded: both, reached: [] });
      const isUntold = way === "Express" && byParser === true;
      await expect.poll(() => gate.events().length).toBe(recorded + (isUntold ? 0 : 1));
      const refused = gate.events().slice(recorded);
      expect(refused.filter(({ portcullis }) => portcullis.operation !== undefined)).toEqual([]);
      expect(refused.map(({ event }) => REASONS.test(String(event.reason)))).toEqual(refused.map(() => true));
    },
  );

  it.each([
    ["G07 the literal", "/users/admin", 401],
    ["G01 the guarded path itself", "/admin", 401],
    ["G05 with a query", "/admin?x=1", 401],
  ])("%s asks who is calling: %s", async (_what, target, status) => {
    forget();
    expect((await ask(target)).status).toBe(status);
    expect(seen.reached).toEqual([]);
    expect(seen.guarded).toEqual([target]);
  });

  it.each([
    ["G01 a name that begins with dots", "/public/..a"],
    ["G01 three dots", "/public/..."],
    ["G01 a name with dots", "/public/a..b.c"],
    ["G02 other encoded characters", "/public/%20%22%3C%3e"],
    ["G03 UTF-8, encoded", "/public/caf%C3%A9"],
    ["G03 an encoding in letters of both cases", "/public/%e2%82%aC"],
    ["G03 a percent sign, encoded, that hides nothing", "/public/100%25"],
    ["G04 capitals in a parameter", "/public/ReadMe"],
    ["G04 characters that need no encoding", "/public/a!$&'()*+,=:@-._~"],
    ["G05 an encoded fragment sign", "/public/a%23b"],
    ["G06 a query byte for byte", "/public/a?b=c+d&b=%2B&e&=f&g=%2e%2e%2f..//&%68=1&url=http://x/%2561?y=z"],
    ["G06 an empty query", "/public/a?"],
    ["G06 two question marks", "/public/a??b=?"],
    ["G07 the template", "/users/admins"],
  ])("%s goes on byte for byte, and all see the same: %s", async (_what, target) => {
    forget();
    const recorded = gate.events().length;
    expect(await ask(target)).toEqual({ status: 200, body: "public" });
    const path = target.replace(/\?.*$/s, "");
    expect(seen).toEqual({ matched: [path], guarded: [target], reached: [target] });
    await expect.poll(() => gate.events().length).toBe(recorded + 1);
    expect(gate.events().at(-1)?.url.path).toBe(path);
  });
});

/** Beside the settler: 404 is theirs, and values of templates that are no UTF-8 are refused a second time. */
const OFF = new Set(["validation.operation-undeclared", "validation.parameters"]);

describe("with the rules of targets switched off", () => {
  const seen: Seen = { matched: [], guarded: [], reached: [] };
  let gate: Protected;
  beforeAll(async () => {
    const { document, configuration, handle } = lenientApi(seen);
    const change = (policy: Policy): Policy => ({
      version: policy.version,
      refused: policy.refused,
      enter: (exchange) => {
        const own = policy.enter(exchange);
        return bindGate({ ...own, head: own.head.filter(({ name }) => !OFF.has(name)) });
      },
    });
    gate = await WAYS["HTTP/1.1"]({ document, configuration, handle, change, settle: TRUSTING });
  });
  afterAll(() => gate.close());

  it.each([...TARGET_CASES, ...TEMPLATE_CASES].filter(({ byParser }) => byParser !== true))(
    "$id $what reaches the API: $shown",
    async ({ target }) => {
      expect(await over1(gate.url, target)).toEqual({ status: 200, body: SECRET });
    },
  );
});
