// Guards who is taken to be entitled at a gate that is there already: rights are not enough, the credential must stand where the scheme looks.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { CannotTest } from "../../../src/security-testing/dynamic/cannot-test.ts";
import { type Ask, openAsking } from "../../../src/security-testing/dynamic/sign-in/asking.ts";
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

describe("who signs in", () => {
  const a = { fixedHeaders: [{ name: "X-Key", value: "one" }] };
  const b = { fixedHeaders: [{ name: "X-Key", value: "two" }] };
  const token = (more: object) => `e30.${Buffer.from(JSON.stringify(more)).toString("base64url")}.AAAA`;

  async function signedIn(ask: Ask, machine: SignIn) {
    const composition = await composed(
      "authentication:\n  oauth: { issuer: https://i.example/, audience: a, claims: { roles: [roles] } }\n",
    );
    onTestFinished(() => composition.close());
    return SignedInCallers.signIn({ composition, signIns: { a, b, machine }, origin: "http://127.0.0.1:1", ask });
  }
  const clientCredentials = { tokenUrl: "https://i.example/token?x=1", clientId: "job", clientSecret: "s" };

  it.each([60, 10, 3600])(
    "does so again when half of a token's %i seconds are over, or a minute before",
    async (lifetimeS) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      onTestFinished(() => void vi.useRealTimers());
      let signIns = 0;
      const ask: Ask = () => {
        signIns += 1;
        const text = JSON.stringify({ access_token: `t${signIns}`, token_type: "Bearer", expires_in: lifetimeS });
        return Promise.resolve({ status: 200, headers: {}, text });
      };
      const callers = await signedIn(ask, { clientCredentials });
      const dueMs = Math.max(lifetimeS * 500, (lifetimeS - 60) * 1000);
      for (let i = 0; i < 9; i += 1) await callers.renew(); // oxlint-disable-line no-await-in-loop -- one step of a run after another
      vi.setSystemTime(Date.now() + dueMs - 1);
      await callers.renew();
      expect(signIns).toBe(1);
      vi.setSystemTime(Date.now() + 1);
      await callers.renew();
      expect(signIns).toBe(2);
    },
  );

  it.each<readonly [string, SignIn, string]>([
    ["a token", { clientCredentials }, "https://i.example/token"],
    [
      "a login request",
      { loginEndpointAuth: { verb: "POST", endpoint: "/login", expectCookies: true } },
      "http://127.0.0.1:1/login",
    ],
    [
      "the pages of a server",
      {
        authorizationCode: {
          issuer: "https://i.example/",
          clientId: "spa",
          redirectUri: "https://app.example/",
          scope: "read",
          email: "ann@example.com",
          password: "pw",
        },
      },
      "https://i.example/.well-known/openid-configuration",
    ],
  ])("is named where nothing answers: %s", async (_how, machine, where) => {
    const ask: Ask = () =>
      Promise.reject(Object.assign(new Error("connect ECONNREFUSED 10.0.0.1"), { code: "ECONNREFUSED" }));
    const why = `callers.machine cannot sign in: ${where} cannot be asked: ECONNREFUSED; nothing listens there`;
    await expect(signedIn(ask, machine)).rejects.toThrow(new CannotTest(why));
  });

  it("has the rights that a token says which stands in the test file", async () => {
    const value = `Bearer ${token({ sub: "ann", scope: "read", exp: 1 })}`;
    const callers = await signedIn(() => Promise.reject(new Error("asked")), {
      fixedHeaders: [{ name: "Authorization", value }],
    });
    const rights = { scopes: ["read"], roles: [], permissions: [] };
    expect(await callers.withRights(rights)).toMatchObject({ name: "machine", subject: "ann" });
    await callers.renew();
  });
});
