// Probes of who gets what: each fires at a flawed API and is silent at the same few lines mended; at a gate it is the gate's word that counts.
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { accountExistence } from "../../../src/security-testing/dynamic/probes/account-existence.ts";
import { authorizationMatrix } from "../../../src/security-testing/dynamic/probes/authorization-matrix.ts";
import { signOut } from "../../../src/security-testing/dynamic/probes/sign-out.ts";
import { fires, isSilent } from "./shown.ts";
import { asking, claimsOf, MENDED, options } from "./strict-api.ts";
import { found, probed, tiny } from "./tiny.ts";
import type { Asked, Answered, Routes } from "./tiny-api.ts";

describe("the matrix of authorization", () => {
  it("is silent where everybody is asked for what the policy says", async () => {
    expect(await found(authorizationMatrix, options(MENDED))).toEqual([]);
  });

  it("finds an operation that nobody is asked at, once", async () => {
    const open = { ...MENDED, "GET /things": () => ({ body: [] }) };
    expect(await found(authorizationMatrix, options(open))).toEqual(["dynamic.access-unexpected GET /things"]);
  });

  it("finds an operation that takes any token, also where what it changes is then gone", async () => {
    const gone = new Set<string>();
    const remove = (asked: Asked) => {
      const id = asked.path["id"] as string;
      if (claimsOf(asked) === undefined) return { status: 401 };
      const status = gone.has(id) ? 404 : 204;
      gone.add(id);
      return { status };
    };
    let made = 0;
    const add = asking("write", { status: 201 });
    const open: Routes = {
      ...MENDED,
      "POST /things": (asked) => ({ ...add(asked), body: { id: `t${(made += 1)}` } }),
      "DELETE /things/{id}": remove,
    };
    expect(await found(authorizationMatrix, options(open))).toEqual(["dynamic.access-unexpected DELETE /things/{id}"]);
  });

  it("takes no answer for a success that everybody gets, whatever they send", async () => {
    const good = asking("read", { body: [] });
    const says = (asked: Asked) => (good(asked).body === undefined ? { status: 202, body: { error: "sign in" } } : {});
    expect(await found(authorizationMatrix, options({ ...MENDED, "GET /things": says }))).toEqual([]);
  });

  it("sends nothing that would change what the run has not made", async () => {
    const methods: string[] = [];
    const api: Routes = { "*": ({ request }) => ({ status: methods.push(request.method as string) > 0 ? 200 : 200 }) };
    const document = `
paths:
  /all:
    delete: { operationId: clear, security: [{ oauth: [write] }], responses: { "204": { description: Gone. } } }
`;
    const { findings, untested } = await probed(authorizationMatrix, await tiny({ document, api }));
    expect([findings, methods]).toEqual([[], []]);
    expect(untested.map(({ what, isExpected }) => [what, isExpected])).toEqual([["who may use DELETE /all", true]]);
  });

  const ROLES = `authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example, claims: { roles: [roles] } }
authorization: { roles: { customer: {}, boss: { includes: [customer] } } }
operations: { list: { authorization: { roles: [boss] } } }
`;
  const roles = (asks: boolean) => (asked: Asked) => {
    const isBoss = (claimsOf(asked)?.["roles"] as string[] | undefined)?.includes("boss") === true;
    return isBoss || !asks ? asking("read", { body: [] })(asked) : { status: 403 };
  };

  it.each([
    [true, []],
    [false, ["dynamic.access-unexpected GET /things"]],
  ])("sees that the role is asked for: %s", async (asks, expected) => {
    const api = { ...MENDED, "GET /things": roles(asks) };
    expect(await found(authorizationMatrix, options(api, { configuration: ROLES }))).toEqual(expected);
  });

  it("sees that a scope is not asked for behind a role that is", async () => {
    const isCustomer = (asked: Asked) => (claimsOf(asked)?.["roles"] as string[] | undefined)?.includes("customer");
    const add = (asked: Asked) => (isCustomer(asked) === true ? { status: 201, body: { id: "t" } } : { status: 403 });
    expect(
      await found(authorizationMatrix, options({ ...MENDED, "POST /things": add }, { configuration: ROLES })),
    ).toEqual(["dynamic.access-unexpected GET /things", "dynamic.access-unexpected POST /things"]);
  });

  it("believes a gate that does as the policy says, whatever the API behind it does", async () => {
    const open: Routes = { "*": () => ({ body: {} }) };
    const atGate = await found(authorizationMatrix, options(open, { layer: "gate", configuration: ROLES }));
    expect(atGate).toEqual([]);
    isSilent(atGate, "dynamic.refusal-unexpected");
    expect((await found(authorizationMatrix, options(open, { configuration: ROLES }))).length).toBe(3);
  });

  const WATCHING =
    "authentication: { mode: monitor, oauth: { issuer: https://i.example/, audience: https://api.example } }\n";
  it.each([
    ["refuses it", MENDED, "medium"],
    ["does it", { "*": () => ({ body: {} }) }, "high"],
  ])("finds what a broken gate lets in where the API behind %s", async (_what, api: Routes, severity) => {
    const context = await tiny(options(api, { layer: "gate", configuration: WATCHING }));
    expect((await probed(authorizationMatrix, context)).findings).toEqual([]);
    // As if the policy enforced, and the gate did not.
    const subjects = context.subjects.map((one) => ({
      ...one,
      policy: { ...one.policy, authenticationMode: "enforce" as const },
    }));
    const { findings } = await probed(authorizationMatrix, { ...context, subjects });
    expect(findings.map((one) => [one.operation?.id, one.severity])).toEqual([
      ["list", severity],
      ["add", severity],
      ["remove", severity],
    ]);
  });

  it("finds what a gate refuses that the policy lets in", async () => {
    const context = await tiny(
      options(MENDED, {
        layer: "gate",
        configuration: ROLES.replace("list:", "add: { authorization: { roles: [boss] } }, list:"),
      }),
    );
    const subjects = context.subjects.map((one) =>
      one.operation.id === "list" ? { ...one, policy: { ...one.policy, roles: undefined } } : one,
    );
    const { findings } = await probed(authorizationMatrix, { ...context, subjects });
    fires(findings, "dynamic.refusal-unexpected");
    expect(findings.map(({ rule, operation, message }) => [rule, operation?.id, message])).toEqual([
      ["dynamic.refusal-unexpected", "list", expect.stringContaining("authorization.role-missing")],
    ]);
  });
});

describe("signing out", () => {
  const DOCUMENT = `
paths:
  /me:
    get: { operationId: me, security: [{ oauth: [read] }], responses: { "200": { description: Me. } } }
  /sessions/current:
    delete: { operationId: endSession, security: [{ oauth: [] }], responses: { "204": { description: Gone. } } }
`;
  const shop = (forgets: boolean): Routes => {
    const ended = new Set<string | undefined>();
    const isGood = ({ request: { headers } }: Asked) =>
      headers.authorization !== undefined && !ended.has(headers.authorization);
    return {
      "GET /me": (asked) => ({ status: isGood(asked) ? 200 : 401 }),
      "DELETE /sessions/current": (asked) => {
        if (!isGood(asked)) return { status: 401 };
        if (!forgets) ended.add(asked.request.headers.authorization);
        return { status: 204 };
      },
    };
  };

  it.each([
    [true, ["dynamic.token-after-sign-out-accepted DELETE /sessions/current header Authorization"]],
    [false, []],
  ])("that changes nothing is found: %s", async (forgets, expected) => {
    for (const layer of ["upstream", "gate"] as const)
      expect(await found(signOut, { document: DOCUMENT, api: shop(forgets), layer })).toEqual(expected);
  });
});

describe("whether an account exists", () => {
  const document = (example: string) => `
paths:
  /sessions:
    post:
      operationId: signIn
      security: []
      requestBody: { required: true, content: { application/json: { schema: { type: object, required: [user, password], properties: { user: { type: string${example} }, password: { type: string } } } } } }
      responses: { "200": { description: A token. } }
`;
  const KNOWN = ", examples: [alice]";
  const leak = ["dynamic.account-existence-leak POST /sessions body /user"];
  const wrong = { status: 401, body: { message: "User or password is wrong." } };

  it.each<readonly [string, string, (user: string) => Answered, readonly string[]]>([
    [
      "told by other words",
      KNOWN,
      (user) => (user === "alice" ? { ...wrong, body: { message: "The password is wrong." } } : wrong),
      leak,
    ],
    ["told by another status", KNOWN, (user) => (user === "alice" ? wrong : { ...wrong, status: 404 }), leak],
    ["not told", KNOWN, () => wrong, []],
    [
      "not told by what names the user",
      KNOWN,
      (user) => ({ ...wrong, body: { message: `${user} cannot sign in`, id: crypto.randomUUID() } }),
      [],
    ],
    ["not told where every answer differs", KNOWN, () => ({ ...wrong, body: { message: Math.random() } }), []],
    ["not told where too many were asked", KNOWN, (user) => (user === "alice" ? { status: 429 } : wrong), []],
    ["not asked where nobody is known", "", (user) => ({ ...wrong, body: user.length }), []],
  ])("is %s", async (_how, example, answer, expected) => {
    const api: Routes = { "POST /sessions": ({ json }) => answer((json as { user: string }).user) };
    expect(await found(accountExistence, { document: document(example), api })).toEqual(expected);
  });

  it.each([
    [true, leak, [40, 160, 640, 2_560]],
    [false, [], [40]],
  ])("is told by time where only known users have a password to compare: %s", async (isQuick, expected, delaysMs) => {
    let delayMs = 0;
    const api: Routes = {
      "POST /sessions": async ({ json }) => {
        const isKnown = (json as { user: string }).user === "alice";
        if (isKnown || !isQuick) await setTimeout(delayMs);
        return wrong;
      },
    };
    let findings: string[] = [];
    // One quick answer that a busy machine gives late is as slow as the others: then they take longer.
    for (const ms of delaysMs) {
      delayMs = ms;
      findings = await found(accountExistence, { document: document(KNOWN), api });
      if (findings.length > 0) break;
    }
    expect(findings).toEqual(expected);
  });
});
