// Guards who is taken to be entitled at a gate that is there already: rights are not enough, the credential must stand where the scheme looks.
import { describe, expect, it, onTestFinished } from "vitest";
import { openAsking } from "../../../src/security-testing/dynamic/sign-in/asking.ts";
import { SignedInCallers } from "../../../src/security-testing/dynamic/sign-in/signed-in-callers.ts";
import type { SignIn } from "../../../src/security-testing/dynamic/test-file/sign-in-schema.ts";
import { composed } from "../../configuration/composing.ts";

describe("who may use an operation", () => {
  const DECLARED = `openapi: 3.1.0
info: { title: Ways, version: "1" }
paths:
  /by-token: { get: { operationId: byToken, security: [{ oauth: [] }], responses: { default: { description: any } } } }
  /by-key: { get: { operationId: byKey, security: [{ key: [] }], responses: { default: { description: any } } } }
  /by-query: { get: { operationId: byQuery, security: [{ asked: [] }], responses: { default: { description: any } } } }
  /by-either: { get: { operationId: byEither, security: [{ oauth: [] }, { key: [] }], responses: { default: { description: any } } } }
  /by-both: { get: { operationId: byBoth, security: [{ oauth: [], key: [] }], responses: { default: { description: any } } } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: {} } } }
    key: { type: apiKey, in: header, name: X-Key }
    asked: { type: apiKey, in: query, name: k }
`;
  const CONFIGURED = `authentication:
  oauth: { issuer: https://i.example/, audience: a }
  key: { keys: [] }
  asked: { checkedByUpstream: true }
`;
  const token = (iss: string) => ["e30", Buffer.from(JSON.stringify({ iss })).toString("base64url"), "AAAA"].join(".");
  const bearer = (text: string) => [{ name: "Authorization", value: `Bearer ${text}` }];

  it("is found by where the credential stands, too", async () => {
    const { ask, close } = openAsking(undefined);
    onTestFinished(close);
    const composition = await composed(CONFIGURED, { document: DECLARED });
    onTestFinished(() => composition.close());
    const signIns = {
      a: { fixedHeaders: bearer(token("https://i.example/")) },
      b: { fixedHeaders: [{ name: "X-Key", value: "two" }] },
    } satisfies Record<string, SignIn>;
    const callers = await SignedInCallers.signIn({ composition, signIns, origin: "http://127.0.0.1:1", ask });
    const who = async (id: string) =>
      Promise.all((["a", "b"] as const).map(async (user) => (await callers.allowed(id, user)) !== undefined));
    expect(await who("byToken")).toEqual([true, false]);
    expect(await who("byKey")).toEqual([false, true]);
    expect(await who("byEither")).toEqual([true, true]);
    expect(await who("byBoth")).toEqual([false, false]);
    // What only the API judges is taken to be what was described.
    expect(await who("byQuery")).toEqual([true, true]);
  });
});
