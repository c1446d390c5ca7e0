// Guards the probe of limits where people have several credentials: whoever a gate counts apart spends no budget of another.
import { describe, expect, it } from "vitest";
import { limits } from "../../../src/security-testing/dynamic/probes/limits.ts";
import { probed, tiny } from "./tiny.ts";

const OK = 'responses: { "200": { description: ok } }';
const DOCUMENT = (one: string, other: string) => `paths:
  /one: { get: { operationId: one, security: [${one}], ${OK} } }
  /other: { get: { operationId: other, security: [${other}], ${OK} } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r } } } }
    second: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://j.example/t", scopes: { read: r } } } }
    key: { type: apiKey, in: header, name: X-Key }
`;
const SCHEMES = `authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example }
  second: { issuer: https://j.example/, audience: https://api.example }
  key: { keys: [] }
`;
const api = { "*": () => ({ body: {} }) };

async function foundBetween(one: string, other: string, more = "") {
  const document = DOCUMENT(one, other);
  // What nobody asks for must not be set.
  const named = SCHEMES.split("\n").filter(
    (line) => !/^ {2}\w/.test(line) || document.includes(`{ ${line.trim().split(":", 1)[0]}: [`),
  );
  const configuration = `${named.join("\n")}${more}`;
  const { findings } = await probed(limits, await tiny({ document, configuration, api, layer: "gate" }));
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

describe("a limit of the gate", () => {
  const few = (key: string) =>
    `rateLimiting: { limits: [{ name: few, limit: 5, window: 1m, key: ${key}, fallback: address }] }\n`;

  it.each([
    ["a token here, a key there", "{ oauth: [] }", "{ key: [] }"],
    ["tokens of two issuers", "{ oauth: [] }", "{ second: [] }"],
    ["keys with other scopes", '{ key: ["things:read"] }', '{ key: ["things:write"] }'],
    ["a key or a token here", "{ key: [] }, { oauth: [] }", "{ oauth: [] }"],
    ["a token and a key together", "{ oauth: [], key: [] }", "{ key: [] }"],
    ["the same token", "{ oauth: [] }", "{ oauth: [read] }"],
    ["the same key", "{ key: [] }", "{ key: [] }"],
  ])("is not missed: %s", async (_what, one, other) => {
    expect(await foundBetween(one, other)).toEqual([]);
    expect(await foundBetween(one, other, few("client"))).toEqual([]);
    expect(await foundBetween(one, other, few("subject"))).toEqual([]);
  });
});
