// Guards the probe of what a gate adds to answers: it notices each that is left out, and says nothing of a gate that leaves out none.
import { describe, expect, it } from "vitest";
import type { ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { gateAnswers } from "../../../src/security-testing/dynamic/probes/gate-answers.ts";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import type { Client, Exchange } from "../../../src/security-testing/dynamic/wire.ts";
import { fires, isSilent } from "./shown.ts";
import { DOCUMENT, SOUND } from "./surface-api.ts";
import { probed, tiny } from "./tiny.ts";

const CONFIGURATION = `authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example }
transport: { cors: { origins: [https://app.example] } }
rateLimiting: [{ name: all, limit: 50, window: 1m, key: subject, fallback: address }]
`;

const gated = () => tiny({ document: DOCUMENT, api: SOUND, configuration: CONFIGURATION, layer: "gate" });

async function rulesOf(context: ProbeContext): Promise<string[]> {
  const { findings } = await probed(gateAnswers, context);
  return findings.map(({ rule, operation, parameter }) => `${rule} ${operation?.id ?? ""} ${parameter ?? ""}`);
}

/** The same gate, of which the policy is said to ask something else. */
function expecting(context: ProbeContext, change: (policy: Subject["policy"]) => Partial<Subject["policy"]>) {
  const subjects = context.subjects.map((one) => ({ ...one, policy: { ...one.policy, ...change(one.policy) } }));
  return { ...context, subjects };
}

/** The same gate, without these fields in its answers. */
function without(context: ProbeContext, ...names: readonly string[]): ProbeContext {
  const { client } = context;
  const less = ({ reply, ...exchange }: Exchange): Exchange => ({
    ...exchange,
    reply: reply && { ...reply, fields: reply.fields.filter(([name]) => !names.includes(name)) },
  });
  const lessening: Client = {
    send: async (wire, options) => less(await client.send(wire, options)),
    together: async (wires, options) => (await client.together(wires, options)).map(less),
    raw: (bytes, silentMs) => client.raw(bytes, silentMs),
  };
  return { ...context, client: lessening };
}

const OPERATIONS = ["listProducts", "listOrders", "getOrder", "signIn"];
const GUARDED = ["listOrders", "getOrder"];

describe("the probe of what a gate adds", () => {
  it("is silent at a gate that leaves nothing out, and beside it", async () => {
    const found = await rulesOf(await gated());
    expect(found).toEqual([]);
    isSilent(found, "dynamic.cors-narrower", "dynamic.answer-field-missing", "dynamic.limit-untold");
    expect(await rulesOf(await tiny({ document: DOCUMENT, api: SOUND, configuration: CONFIGURATION }))).toEqual([]);
  });

  it.each([
    ["x-content-type-options", "dynamic.answer-field-missing", "answer X-Content-Type-Options", OPERATIONS],
    ["cache-control", "dynamic.answer-field-missing", "answer Cache-Control", GUARDED],
    ["ratelimit-policy", "dynamic.limit-untold", "answer RateLimit", OPERATIONS],
  ])("finds answers without %s", async (field, rule, parameter, operations) => {
    const found = await rulesOf(without(await gated(), field));
    expect(found).toEqual(operations.map((id) => `${rule} ${id} ${parameter}`));
  });

  it("finds whatever is left out", async () => {
    const bare = without(await gated(), "x-content-type-options", "ratelimit-policy", "access-control-allow-origin");
    fires(await rulesOf(bare), "dynamic.cors-narrower", "dynamic.answer-field-missing", "dynamic.limit-untold");
  });

  it("finds that pages are not let in, by answers and by preflights", async () => {
    const found = await rulesOf(without(await gated(), "access-control-allow-origin"));
    expect(found).toEqual(OPERATIONS.flatMap((id) => Array(2).fill(`dynamic.cors-narrower ${id} header Origin`)));
  });

  it("finds that any page is let in where the policy lists some", async () => {
    const configuration = CONFIGURATION.replace("[https://app.example]", '"*"');
    const open = await tiny({ document: DOCUMENT, api: SOUND, configuration, layer: "gate" });
    expect(await rulesOf(open)).toEqual([]);
    const listing = expecting(open, ({ cors }) => ({ cors: cors && { ...cors, origins: ["https://app.example"] } }));
    expect(await rulesOf(listing)).toEqual(OPERATIONS.map((id) => `dynamic.cors-reflected ${id} header Origin`));
  });
});
