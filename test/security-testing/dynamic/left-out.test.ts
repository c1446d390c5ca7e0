// Guards what a run leaves out: it lets no run pass, unless somebody asked for it or the documentation says it of every run.
import { describe, expect, it, vi } from "vitest";
import { addressLimits } from "../../../src/security-testing/dynamic/probes/address-limits.ts";
import { authorizationMatrix } from "../../../src/security-testing/dynamic/probes/authorization-matrix.ts";
import { inputBounds } from "../../../src/security-testing/dynamic/probes/input-bounds.ts";
import { limits } from "../../../src/security-testing/dynamic/probes/limits.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { tokens } from "../../../src/security-testing/dynamic/probes/tokens.ts";
import type { Routes } from "./tiny-api.ts";
import { probed, tiny } from "./tiny.ts";

const OK = 'responses: { "200": { description: x, content: { application/json: {} } } }';
const things = (more = "") => `paths:
  /things: { post: { operationId: make, security: [{ oauth: [write] }], ${OK} } }
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string${more} } }]
    get: { operationId: look, ${OK} }
`;
const OAUTH = "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\n";
const LIMITED = `${OAUTH}rateLimiting: { limits: [{ name: few, limit: 400, window: 1m, key: subject, fallback: address }] }\n`;
const REPORT = `paths:\n  /report: { get: { operationId: report, ${OK} } }\n`;
const answering: Routes = { "*": () => ({ body: {} }) };

describe("an object that could not be made", () => {
  it.each([
    ["where nothing else is known", ""],
    ["where the document names one", ", examples: [one]"],
  ])("is not passed over %s", async (_where, more) => {
    const api: Routes = {
      "POST /things": () => ({ status: 422 }),
      "GET /things/{id}": () => ({ body: { id: "one" } }),
    };
    const { findings, untested } = await probed(objectRead, await tiny({ document: things(more), api }));
    expect(findings).toEqual([]);
    expect(untested).toMatchObject([{ what: "look: objects of others", why: "make answers 422", isExpected: false }]);
  });

  it("is nobody's where the document names it, and no operation makes it", async () => {
    const document = things(", examples: [one]").replace(/ {2}\/things: .*\n/, "");
    const { untested } = await probed(objectRead, await tiny({ document, api: answering }));
    expect(untested).toMatchObject([{ why: "no operation makes what its path names", isExpected: true }]);
  });

  it("is made at the next try: what hindered it is forgotten", async () => {
    let calls = 0;
    const api: Routes = {
      "POST /things": () => ((calls += 1) === 1 ? { status: 422 } : { status: 201, body: { id: "abc-1" } }),
      "GET /things/{id}": () => ({ body: { id: "abc-1" } }),
    };
    const { requests, subjects, callers } = await tiny({ document: things(), api });
    const look = subjects.find(({ operation }) => operation.id === "look");
    if (look === undefined) throw new Error("no such operation");
    await requests.prepare(look, callers.a);
    expect(requests.hindered(look)).toBe("make answers 422");
    await requests.prepare(look, callers.a);
    expect(requests.hindered(look)).toBeUndefined();
  });
});

describe("people whom the gate does not let in", () => {
  /** Nobody's credential is any good, as with a token server of another environment. */
  async function strangers(isShared: boolean, document = REPORT) {
    const context = await tiny({ document, api: answering, configuration: LIMITED, layer: "gate" });
    const allowed = async () => ({ ...context.callers.a, fields: [["Authorization", "Bearer e30.e30.AAAA"] as const] });
    const callers = { ...context.callers, allowed, forged: () => Promise.resolve([]), nobody: context.callers.nobody };
    const limited = async () => ({ ...(await context.limited()), isShared });
    return { ...context, callers, limited };
  }

  it("say nothing of limits: they cannot be tested", async () => {
    const { findings, untested } = await probed(limits, await strangers(true));
    expect(findings).toEqual([]);
    const why = expect.stringMatching(/^the gate does not let in who may use it: authentication\./);
    expect(untested).toMatchObject([{ what: "the limit few of GET /report", why, isExpected: false }]);
  });

  it("say nothing of what an operation takes: that is no run that passes", async () => {
    const query = "parameters: [{ name: q, in: query, schema: { type: string, maxLength: 5 } }]";
    const document = REPORT.replace("operationId: report,", `operationId: report, ${query},`);
    const { findings, untested } = await probed(inputBounds, await strangers(true, document));
    expect(findings).toEqual([]);
    const why = expect.stringMatching(/^the gate refuses it: authentication\./);
    expect(untested).toMatchObject([{ what: "inputs of GET /report", why, isExpected: false }]);
  });

  it("say nothing of tokens: that is no run that passes", async () => {
    const { untested } = await probed(tokens, await strangers(true));
    expect(untested).toMatchObject([{ why: "no request tells good credentials from none", isExpected: false }]);
  });
});

describe("credentials that nobody has", () => {
  const document = `paths:
  /report: { get: { operationId: report, security: [{ oauth: [] }], ${OK} } }
  /old: { get: { operationId: old, security: [{ basic: [] }], ${OK} } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: {} } } }
    basic: { type: http, scheme: basic }
`;

  it("are told, and are expected only where the configuration leaves them to the API", async () => {
    const configuration = `${OAUTH}  basic: { checkedByUpstream: true }\n`;
    const context = await tiny({ document, api: answering, configuration, layer: "gate" });
    const { untested } = await probed(authorizationMatrix, context);
    expect(untested).toMatchObject([
      { what: "who may use GET /old", why: "only the API judges its credentials", isExpected: true },
    ]);
    const allowed = () => Promise.resolve(undefined);
    const callers = { ...context.callers, nobody: context.callers.nobody, allowed, forged: () => Promise.resolve([]) };
    const without = await probed(authorizationMatrix, { ...context, callers });
    const why = "nobody in this run has the credentials that it takes";
    expect(without.untested).toMatchObject([
      { what: "who may use GET /report", why, isExpected: false },
      { isExpected: true },
    ]);
  });
});

describe("budget: how large a limit is spent", () => {
  it("has a larger limit spent, and a smaller one not", async () => {
    const at = { document: REPORT, api: answering, configuration: LIMITED, layer: "gate" } as const;
    expect((await probed(limits, await tiny({ ...at, limitRequests: 400 }))).untested).toEqual([]);
    const { findings, untested } = await probed(limits, await tiny({ ...at, limitRequests: 399 }));
    const why = "it allows more than the 399 of budget.limitRequests; only that it is counted down was looked at";
    expect(findings).toEqual([]);
    expect(untested).toMatchObject([{ why, isExpected: true }]);
  });

  it("says nothing of the limits of an address, which have a setting of their own", async () => {
    const configuration = `${OAUTH}rateLimiting: { addressCeiling: { limit: 30, window: 1m }, failedAuthentication: { limit: 20, window: 1m } }\n`;
    const at = { document: REPORT, api: answering, configuration, layer: "gate" } as const;
    expect((await probed(addressLimits, await tiny({ ...at, limitRequests: 25 }))).untested).toEqual([]);
    const context = await tiny({ ...at, addressLimitRequests: 25 });
    const limited = vi.spyOn(context, "limited");
    const { untested } = await probed(addressLimits, context);
    expect(limited).toHaveBeenCalledTimes(2);
    const why = "it allows more than the 25 of budget.addressLimitRequests";
    expect(untested).toMatchObject([
      { what: "the limit of 30 requests of one address in a minute", why, isExpected: true },
    ]);
  });
});
