// Guards the probes of limits: what does not count, counts the wrong thing or says nothing is found; what counts well is not.
import { describe, expect, it, vi } from "vitest";
import type { ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { addressLimits } from "../../../src/security-testing/dynamic/probes/address-limits.ts";
import { guessing } from "../../../src/security-testing/dynamic/probes/guessing.ts";
import { limits } from "../../../src/security-testing/dynamic/probes/limits.ts";
import type { Client } from "../../../src/security-testing/dynamic/wire.ts";
import type { Asked, Routes } from "./tiny-api.ts";
import { fires, isSilent } from "./shown.ts";
import { found, probed, tiny, type TinyOptions } from "./tiny.ts";

const DOCUMENT = `paths:
  /report:
    get: { operationId: report, responses: { "200": { description: ok } } }
  /sessions:
    post:
      operationId: signIn
      security: []
      requestBody:
        content:
          application/json: { schema: { type: object, example: { user: ann, password: "12345678" } } }
      responses: { "200": { description: ok } }
`;
const OAUTH = `authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example }
`;
const LIMITED = `${OAUTH}rateLimiting: { limits: [{ name: few, limit: 5, window: 1m, key: subject, fallback: address }] }
`;
const BRIEF = LIMITED.replace("window: 1m", "window: 1s");

/** Counts calls by what is given; like the gate it does not count what it refuses. */
function counting(by: (asked: Asked) => string, { limit = 5, windowMs = 60_000, refusal = "60" } = {}) {
  const calls = new Map<string, number[]>();
  const within = (asked: Asked) => {
    const now = performance.now();
    const recent = (calls.get(by(asked)) ?? []).filter((time) => time > now - windowMs);
    if (recent.length < limit) recent.push(now);
    else return false;
    calls.set(by(asked), recent);
    return true;
  };
  const report: Routes[string] = (asked) => {
    if (asked.who === undefined) return { status: 401 };
    return within(asked) ? { body: {} } : { status: 429, headers: refusal === "" ? {} : { "Retry-After": refusal } };
  };
  return { report, reset: () => calls.clear() };
}

const bySubject = ({ who }: Asked) => who?.sub ?? "";

function at(report: Routes[string], more: Partial<TinyOptions> = {}): TinyOptions {
  return { document: DOCUMENT, configuration: LIMITED, api: { "GET /report": report }, ...more };
}

describe("the probe of limits, beside the gate", () => {
  it("finds a limit that nobody enforces", async () => {
    expect(
      await found(
        limits,
        at(() => ({ body: {} })),
      ),
    ).toEqual(["dynamic.limit-missing GET /report"]);
  });

  it.each([
    ["X-Forwarded-For", "header X-Forwarded-For", ({ request }: Asked) => String(request.headers["x-forwarded-for"])],
    ["User-Agent", "header User-Agent", ({ request }: Asked) => String(request.headers["user-agent"])],
    ["the address with its query", "query", ({ request }: Asked) => request.url ?? ""],
    ["the token", "header Authorization", ({ request }: Asked) => request.headers.authorization ?? ""],
  ] as const)("finds one that counts by %s", async (_what, parameter, by) => {
    const { report, reset } = counting(by);
    expect(await found(limits, at(report, { reset }))).toEqual([`dynamic.limit-evaded GET /report ${parameter}`]);
  });

  it("finds one that counts each spelling of a path apart", async () => {
    const { report, reset } = counting(({ request, who }) => `${request.url ?? ""} ${who?.sub ?? ""}`);
    const lower = (asked: Asked) => /^\/report\??/i.test(asked.request.url ?? "") && asked.query.size === 0;
    const api: Routes = {
      "GET /report": (asked, response) => (lower(asked) ? report(asked, response) : { status: 400 }),
      "*": (asked, response) => (lower(asked) ? report(asked, response) : { status: 404 }),
    };
    expect(await found(limits, at(report, { api, reset }))).toEqual(["dynamic.limit-evaded GET /report path"]);
  });

  it("finds one that looks first and counts when it is done", async () => {
    const done = new Map<string, number>();
    const report: Routes[string] = async ({ who }) => {
      if (who === undefined) return { status: 401 };
      if ((done.get(who.sub) ?? 0) >= 5) return { status: 429, headers: { "Retry-After": "60" } };
      await new Promise((resolve) => void setTimeout(resolve, 50));
      done.set(who.sub, (done.get(who.sub) ?? 0) + 1);
      return { body: {} };
    };
    const findings = await found(limits, at(report, { reset: () => done.clear() }));
    expect(findings).toEqual(["dynamic.limit-evaded GET /report connection"]);
  });

  it.each([
    ["says nothing", { refusal: "" }],
    ["says more than the window", { refusal: "3600" }],
    ["says less than it takes", { refusal: "1" }],
  ])("finds a refusal that %s of when to come back", async (_what, options) => {
    const { report, reset } = counting(bySubject, options);
    const late = await found(limits, at(report, { reset }));
    fires(late, "dynamic.retry-after-wrong");
    expect(late).toEqual(["dynamic.retry-after-wrong GET /report"]);
  });

  it("is silent where the subject is counted, and Retry-After is true", async () => {
    const { report, reset } = counting(bySubject);
    const sound = await found(limits, at(report, { reset }));
    expect(sound).toEqual([]);
    isSilent(sound, "dynamic.retry-after-wrong");
    const brief = counting(bySubject, { windowMs: 1_000, refusal: "1" });
    expect(await found(limits, at(brief.report, { reset: brief.reset, configuration: BRIEF }))).toEqual([]);
  });
});

describe("the probe of limits, at the gate", () => {
  it.each([
    ["of a minute", LIMITED],
    ["of a second", BRIEF],
    ["as it is by default", OAUTH],
  ])("is silent about a limit %s", async (_what, configuration) => {
    expect(
      await found(
        limits,
        at(() => ({ body: {} }), { configuration, layer: "gate" }),
      ),
    ).toEqual([]);
  });

  it("finds a gate without the limit that the policy has", async () => {
    const context = await tiny(at(() => ({ body: {} }), { layer: "gate" }));
    // For those who are known, and for those who are not.
    expect(await rulesOf(limits, unlimited(context))).toEqual(["dynamic.limit-missing", "dynamic.limit-missing"]);
  });

  it("finds a gate that does not count down a limit too large to be tried", async () => {
    const configuration = LIMITED.replace("limit: 5", "limit: 5000");
    const context = await tiny(at(() => ({ body: {} }), { layer: "gate", configuration }));
    expect(await rulesOf(limits, context)).toEqual([]);
    const other = LIMITED.replace("name: few", "name: other");
    const without = unlimited(await tiny(at(() => ({ body: {} }), { layer: "gate", configuration: other })));
    const { untested } = await probed(limits, context);
    const why =
      "it allows more than 300 (budget.limitRequests has larger ones spent); only that it is counted down was looked at";
    // For those who are known, and for those who are not.
    expect(untested).toMatchObject([
      { what: "that the limit few of GET /report refuses", why, isExpected: true },
      { what: "that the limit few of POST /sessions refuses", why, isExpected: true },
    ]);
    // Another gate, whose people are its own: what the policy says of it is what it does not do.
    const mixed = { ...without, subjects: context.subjects };
    expect(await rulesOf(limits, mixed)).toEqual(["dynamic.limit-missing", "dynamic.limit-missing"]);
  });

  it("finds an operation that does not spend from the budget of all", async () => {
    const document = `${DOCUMENT}  /other:\n    get: { operationId: other, responses: { "200": { description: ok } } }\n`;
    const context = await tiny({ ...at(() => ({ body: {} }), { layer: "gate" }), document });
    expect(await rulesOf(limits, context)).toEqual([]);
    const asked = await context.limited();
    const open = context.client;
    const client: Client = {
      send: (wire, options) => (wire.target === "/other" ? open : asked.client).send(wire, options),
      together: (wires, options) => asked.client.together(wires, options),
      raw: (bytes, silentMs) => asked.client.raw(bytes, silentMs),
    };
    const limited = () => Promise.resolve({ client, isShared: false, close: () => Promise.resolve() });
    const { findings } = await probed(limits, { ...context, limited });
    expect(findings.map(({ rule, operation }) => `${rule} ${operation?.id ?? ""}`)).toEqual([
      "dynamic.limit-missing other",
    ]);
  });

  it("finds a gate that does not count what an address does", async () => {
    const configuration = `${OAUTH}rateLimiting: { addressCeiling: { limit: 30, window: 1m } }\n`;
    const context = await tiny(at(() => ({ body: {} }), { layer: "gate", configuration }));
    expect(await rulesOf(addressLimits, context)).toEqual([]);
    expect(await rulesOf(addressLimits, unlimited(context))).toEqual([
      "dynamic.limit-missing",
      "dynamic.limit-missing",
    ]);
  });
});

describe("what is too much to be sent", () => {
  it("is said of an address's limits", async () => {
    const configuration = `${OAUTH}rateLimiting: { addressCeiling: { limit: 2000, window: 1m }, failedAuthentication: { limit: 1501, window: 1h } }\n`;
    const context = await tiny(at(() => ({ body: {} }), { layer: "gate", configuration }));
    const send = vi.spyOn(context.client, "send");
    const { findings, untested } = await probed(addressLimits, context);
    const why = "it allows more than 1500 (budget.addressLimitRequests has larger ones spent)";
    expect(findings).toEqual([]);
    expect(untested).toMatchObject([
      { what: "the limit of 1501 wrong credentials of one address in 60 minutes", why, isExpected: true },
      { what: "the limit of 2000 requests of one address in a minute", why, isExpected: true },
    ]);
    expect(send.mock.calls.length).toBeLessThan(10);
  });

  it("is said of a limit that a tighter one hides", async () => {
    const configuration = `${OAUTH}rateLimiting:\n  - { name: few, limit: 3, window: 1m, key: subject, fallback: address }\n  - { name: more, limit: 9, window: 1h, key: subject, fallback: address }\n`;
    const { findings, untested } = await probed(
      limits,
      await tiny(at(() => ({ body: {} }), { layer: "gate", configuration })),
    );
    expect(findings).toEqual([]);
    const why = "it slows down, or a tighter one refuses before; only that it is counted down was looked at";
    expect(new Set(untested.map((one) => `${one.what.split(" ", 4).join(" ")}: ${one.why}`))).toEqual(
      new Set([`that the limit more: ${why}`]),
    );
  });
});

describe("the probe of guessing", () => {
  const wrong = { status: 401, body: { error: "wrong" } };

  it("finds a sign-in that answers for ever, behind a roomy gate too", async () => {
    const api: Routes = { "POST /sessions": () => wrong };
    const expected = ["dynamic.guessing-unlimited POST /sessions body /password"];
    expect(await found(guessing, { document: DOCUMENT, api })).toEqual(expected);
    const configuration = LIMITED.replace("limit: 5", "limit: 5000");
    expect(await found(guessing, { document: DOCUMENT, api, configuration, layer: "gate" })).toEqual(expected);
  });

  it("is silent behind a gate whose limit comes first, as the one by default does", async () => {
    const api: Routes = { "POST /sessions": () => wrong };
    expect(await found(guessing, { document: DOCUMENT, api, layer: "gate" })).toEqual([]);
    expect(await found(guessing, { document: DOCUMENT, api, configuration: LIMITED, layer: "gate" })).toEqual([]);
  });

  it("is silent where guesses are counted, and where nothing is guessed", async () => {
    let guesses = 0;
    const api: Routes = { "POST /sessions": () => ((guesses += 1) > 10 ? { status: 429 } : wrong) };
    expect(await found(guessing, { document: DOCUMENT, api })).toEqual([]);
    expect(await found(guessing, { document: DOCUMENT, api: { "POST /sessions": () => ({ status: 201 }) } })).toEqual(
      [],
    );
  });
});

describe("limits that are shared with others", () => {
  it("are not spent: what the gate counts down is believed", async () => {
    const context = await tiny(at(() => ({ body: {} }), { layer: "gate" }));
    const asked = { ...(await context.limited()), close: () => Promise.resolve() };
    const send = vi.spyOn(asked.client, "send");
    const shared = { ...context, limited: () => Promise.resolve({ ...asked, isShared: true }) };
    for (const probe of [limits, addressLimits]) expect(await rulesOf(probe, shared)).toEqual([]);
    expect(send.mock.calls.length).toBeLessThan(5);
    const { untested } = await probed(guessing, shared);
    expect(untested.map(({ what }) => what)).toEqual(["guessing at POST /sessions"]);
  });
});

/** The same expectations at a gate that has room for everything. */
function unlimited(context: ProbeContext): ProbeContext {
  return {
    ...context,
    limited: () => Promise.resolve({ client: context.client, isShared: false, close: () => Promise.resolve() }),
  };
}

async function rulesOf(...[probe, context]: Parameters<typeof probed>): Promise<string[]> {
  return (await probed(probe, context)).findings.map(({ rule }) => rule);
}
