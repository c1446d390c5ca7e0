// Guards the probe of how many requests are under way at once: a gate that lets too many be is found, one that counts is not.
import { describe, expect, it } from "vitest";
import { atOnce } from "../../../src/security-testing/dynamic/probes/at-once.ts";
import { probed, tiny } from "./tiny.ts";

const DOCUMENT = `paths:
  /things:
    get: { operationId: list, responses: { "200": { description: ok } } }
    post:
      operationId: add
      requestBody: { content: { application/json: { schema: { type: object, example: { a: 1 } } } } }
      responses: { "201": { description: made } }
`;
const OAUTH = "authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example }\n";

const at = (concurrency: string, document = DOCUMENT) =>
  tiny({
    document,
    api: { "POST /things": () => ({ status: 201, body: {} }), "GET /things": () => ({ body: [] }) },
    configuration: `${OAUTH}rateLimiting: { concurrency: ${concurrency} }\n`,
    layer: "gate",
  });

describe("the probe of what is under way at once", () => {
  it.each([
    ["of each caller", "{ name: few, limit: 3, key: subject }"],
    ["of all together, some of whom wait", "{ name: few, limit: 2, queue: 2, timeout: 10s }"],
  ])("is silent where the gate counts %s, and finds one that does not", async (_what, concurrency) => {
    const [counting, open] = [await at(concurrency), await at(concurrency)];
    // The gate of the whole run has room for everything.
    const limited = () => Promise.resolve({ client: open.client, isShared: false, close: () => Promise.resolve() });
    // Each waits for seconds.
    const [silent, { findings }] = await Promise.all([probed(atOnce, counting), probed(atOnce, { ...open, limited })]);
    expect(silent).toEqual({ findings: [], untested: [] });
    expect(findings.map(({ rule, operation }) => `${rule} ${operation?.id ?? ""}`)).toEqual([
      "dynamic.limit-missing add",
    ]);
  });

  it("says that it could not test where no operation takes a body", async () => {
    const reading = DOCUMENT.slice(0, DOCUMENT.indexOf("    post:"));
    const { findings, untested } = await probed(atOnce, await at("{ name: few, limit: 3 }", reading));
    expect(findings).toEqual([]);
    expect(untested.map(({ isExpected }) => isExpected)).toEqual([true]);
  });
});
