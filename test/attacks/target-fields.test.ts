// G08 to G12: fields that ask for another target or method, claim to come from a proxy or the gate, or come twice.
import type { Express } from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BELIEVERS, DROPPED, REFUSED, SECRET, type Told } from "./field-cases.ts";
import { readLeniently } from "./lenient-multipart.ts";
import { TRUSTING } from "./lenient.ts";
import { HOST, talk } from "./wire.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";

const ANY = "responses: { default: { description: any } }";
const DOCUMENT = `openapi: 3.1.0
info: { title: Fields, version: "1" }
paths:
  /public:
    get: { operationId: public, security: [], ${ANY} }
    post:
      operationId: send
      security: []
      requestBody: { content: { application/json: {}, application/x-www-form-urlencoded: { schema: { type: object } }, multipart/form-data: {} } }
      ${ANY}
  /admin: { get: { operationId: admin, security: [{ oauth: [] }], ${ANY} } }
components:
  securitySchemes: { oauth: { type: http, scheme: bearer } }
`;
const CONFIGURATION = `authentication: { oauth: { issuer: "https://i.example/", audience: a } }
rateLimiting: { addressCeiling: { limit: 100000, window: 1m }, limits: [{ name: few, limit: 100000, window: 1h, key: address }] }
`;

function apiOf(who: string): Api {
  const handle = (app: Express) =>
    void app.use((request, response) => {
      const answer = () => {
        if (who === "echo") {
          response.json(request.headers);
          return;
        }
        const isPair = who === "pair" && hasPair(request.rawHeaders);
        const believes = isPair || BELIEVERS[who]?.(request) === true;
        response.send(believes ? SECRET : "public");
      };
      if (who !== "method" || request.body !== undefined) {
        answer();
        return;
      }
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      request.on("end", () => {
        request.body = bodyOf(request.headers["content-type"] ?? "", text);
        answer();
      });
    });
  return { document: DOCUMENT, configuration: CONFIGURATION, handle };
}

function bodyOf(type: string, text: string): unknown {
  if (type === "application/json") return JSON.parse(text || "{}");
  if (!type.startsWith("multipart/")) return Object.fromEntries(new URLSearchParams(text));
  return Object.fromEntries(readLeniently(type, Buffer.from(text)).map(({ name, content }) => [name, content]));
}

/** Two of a name that has one value: servers take the first, the last or both. */
function hasPair(raw: readonly string[]): boolean {
  const names = raw.filter((_text, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return ["authorization", "cookie", "content-type"].some((name) => names.filter((one) => one === name).length > 1);
}

/** Over HTTP/2 a stream may be reset before there is a request. */
const RESET = { status: 400, body: "" };

const asking = ({ fields, method = "GET", path = "/public", body }: Told) => ({
  method,
  path,
  headers: fields as Record<string, string>,
  body,
});

describe.each(Object.entries(WAYS))("over %s", (way, protect) => {
  const gates = new Map<string, Protected>();
  const bare = new Map<string, Protected>();
  const all = [...new Set([...DROPPED, ...REFUSED].map(([, who]) => who)), "echo"];
  beforeAll(async () => {
    for (const who of all) {
      bare.set(who, await unguarded(apiOf(who)));
      gates.set(who, await protect(apiOf(who)));
    }
  });
  afterAll(async () => {
    for (const one of [...gates.values(), ...bare.values()]) await one.close();
  });
  const works = async (who: string, told: Told) =>
    expect((await (bare.get(who) as Protected).ask(asking(told))).body).toBe(SECRET);

  it.each(DROPPED)("%s changes nothing", async (_title, who, told) => {
    await works(who, told);
    const answer = await (gates.get(who) as Protected).ask(asking(told));
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: "public" });
  });

  it.each(REFUSED)("%s is refused", async (_title, who, told) => {
    await works(who, told);
    const gate = gates.get(who) as Protected;
    const { status, body } = await gate.ask(asking(told)).catch(() => RESET);
    expect(status).toBe(400);
    expect(body).not.toContain(SECRET);
  });

  it("G12 two Cookie fields are refused", async () => {
    // Over HTTP/2 they are crumbs of one (RFC 9113 8.2.3).
    if (way === "HTTP/2") return;
    const bytes = `GET /public HTTP/1.1\r\n${HOST}Cookie: session=a\r\nCookie: session=admin\r\n\r\n`;
    const port = (who: Protected | undefined) => Number(new URL((who as Protected).url).port);
    const answered = ({ complete }: { complete: readonly unknown[] }) => complete.length > 0;
    const [past] = (await talk(port(bare.get("pair")), bytes, answered)).complete;
    expect(past?.body.toString()).toBe(SECRET);
    expect((await talk(port(gates.get("pair")), bytes, answered)).statuses).toEqual([400]);
  });

  it("G12 crumbs of one cookie, as HTTP/2 sends them, go on as one field", async () => {
    const answer = await (gates.get("pair") as Protected).ask(asking({ fields: { cookie: ["a=1", "b=2"] } }));
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: "public" });
  });

  it("G10 G11 the API is told by the gate alone who asks, how, and by what name", async () => {
    const forged = {
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-proto": way === "HTTP/2" ? "http" : "https",
      "x-forwarded-host": "evil.example",
      "x-request-id": "forged",
      forwarded: "for=10.0.0.1",
    };
    const answer = await (gates.get("echo") as Protected).ask(asking({ fields: forged }));
    const told = JSON.parse(answer.body) as Record<string, string>;
    expect(told["x-forwarded-for"]).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(told["x-forwarded-proto"]).toBe(way === "HTTP/2" ? "https" : "http");
    expect(told["x-forwarded-host"]).not.toContain("evil");
    expect(told["x-request-id"]).toBe(answer.headers["x-request-id"]);
    expect(told["forwarded"]).toBeUndefined();
  });

  it("G09 other names with underscores do not go on", async () => {
    const fields = { Some_Other: "1", "some.other": "2", plain: "3" };
    const answer = await (gates.get("echo") as Protected).ask(asking({ fields }));
    expect(Object.keys(JSON.parse(answer.body) as object).filter((name) => /some|plain/.test(name))).toEqual(["plain"]);
  });
});

describe("with the settler's rules switched off", () => {
  const gates = new Map<string, Protected>();
  const bySettler = REFUSED.filter(([title]) => !/^G08 _method in (?:a form|JSON)/.test(title));
  beforeAll(async () => {
    for (const who of new Set(bySettler.map(([, one]) => one))) {
      gates.set(who, await WAYS["HTTP/1.1"]({ ...apiOf(who), settle: TRUSTING }));
    }
  });
  afterAll(async () => {
    for (const one of gates.values()) await one.close();
  });

  it.each(bySettler)("%s is not refused", async (_title, who, told) => {
    expect((await (gates.get(who) as Protected).ask(asking(told))).status).not.toBe(400);
  });
});
