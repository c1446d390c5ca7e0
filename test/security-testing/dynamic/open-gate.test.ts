// Guards what the probes say of a gate that lets everything through: also where the API behind it then refuses.
import { describe, expect, it, onTestFinished } from "vitest";
import { Budget } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import type { Probe, ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import { methodOverride } from "../../../src/security-testing/dynamic/probes/method-override.ts";
import { pathSpellings } from "../../../src/security-testing/dynamic/probes/path-spellings.ts";
import { siblings } from "../../../src/security-testing/dynamic/probes/siblings.ts";
import { trace } from "../../../src/security-testing/dynamic/probes/trace.ts";
import { undeclaredMethods } from "../../../src/security-testing/dynamic/probes/undeclared-methods.ts";
import { fires, isSilent } from "./shown.ts";
import { DOCUMENT, SOUND, UNKNOWN } from "./surface-api.ts";
import { probed, tiny } from "./tiny.ts";

/** The sound API itself, in the place of a gate: it refuses in its own words. */
async function openGate(document = DOCUMENT): Promise<ProbeContext> {
  const notes = new Set(["1"]);
  const context = await tiny({
    document,
    api: {
      ...SOUND,
      "POST /v2/notes": ({ who }) => (who === undefined ? UNKNOWN : { status: 201, body: { id: "1" } }),
      "GET /v2/notes/{id}": ({ who, path }) => (notes.has(path["id"] ?? "") && who ? { body: {} } : { status: 404 }),
      "*": ({ who }) => (who === undefined ? UNKNOWN : { status: 404 }),
    },
  });
  const target = { ...context.target, layer: "gate" as const };
  const budget = new Budget({ requests: 10_000, durationMs: 60_000, perSecond: undefined }, context.signal);
  const client = new TargetClient({ target, budget, retryAfter: "ours" });
  onTestFinished(() => client.close());
  return { ...context, target, client };
}

const NOTES = `servers: [{ url: /v2 }]
paths:
  /notes:
    post: { operationId: addNote, responses: { "201": { description: made, content: { application/json: { schema: { type: object, properties: { id: { type: string } } } } } } } }
  /notes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: getNote, responses: { "200": { description: ok } } }
    delete: { operationId: deleteNote, responses: { "204": { description: gone } } }
`;

async function messagesOf(probe: Probe, context: ProbeContext): Promise<string[]> {
  return (await probed(probe, context)).findings.map(({ rule, message }) => `${rule}: ${message}`);
}

describe("a gate that lets everything through", () => {
  it("is told for methods", async () => {
    expect(await messagesOf(undeclaredMethods, await openGate())).toContain(
      "dynamic.undeclared-passed: PUT /v2/orders/{id} is not declared, and the gate passed it on",
    );
  });

  it("is told for paths", async () => {
    expect(await messagesOf(siblings, await openGate())).toEqual([
      "dynamic.undeclared-passed: A path that is not declared was passed on by the gate",
    ]);
  });

  it("is told for TRACE and TRACK", async () => {
    const passed = (method: string) => `dynamic.undeclared-passed: ${method} was passed on by the gate`;
    expect(await messagesOf(trace, await openGate())).toEqual([passed("TRACE"), passed("TRACK")]);
  });

  it("is told for methods that are named otherwise", async () => {
    expect(await messagesOf(methodOverride, await openGate(NOTES))).toEqual([
      "dynamic.undeclared-passed: A request that names another method than its own was passed on to /v2/notes/{id}",
    ]);
  });

  it("is told for spellings of guarded paths, which the API refuses", async () => {
    expect(await messagesOf(pathSpellings, await openGate())).toContain(
      "dynamic.path-bypass: By letter case, nobody gets past the gate; the API refuses",
    );
  });

  it("is told apart from one that holds the policy", async () => {
    const probes = [undeclaredMethods, siblings, trace, pathSpellings];
    const foundIn = async (open: () => Promise<ProbeContext>) =>
      (await Promise.all(probes.map(async (probe) => messagesOf(probe, await open())))).flat();
    fires(await foundIn(openGate), "dynamic.undeclared-passed", "dynamic.path-bypass");
    const sound = await foundIn(() => tiny({ document: DOCUMENT, api: SOUND, layer: "gate" }));
    expect(sound).toEqual([]);
    isSilent(sound, "dynamic.undeclared-passed", "dynamic.path-bypass");
  });

  it("is not told where the owner only watches", async () => {
    const context = await openGate();
    const watching = { ...context, settings: { ...context.settings, observe: true } };
    for (const probe of [undeclaredMethods, siblings, trace]) expect(await messagesOf(probe, watching)).toEqual([]);
  });
});
