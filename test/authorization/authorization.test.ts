// Authorization: scopes of the met alternative, roles by inclusion, permissions; and no way from one to the other.
import { describe, expect, it } from "vitest";
import { authorizationGuards, compileRoles, type RoleDefinition } from "../../src/authorization/index.ts";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { ANONYMOUS, type Principal } from "../../src/core/principal.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import type { SecurityAlternatives } from "../../src/core/security.ts";
import type { ProblemsError } from "../../src/openapi/located.ts";

const NEEDS_READ: SecurityAlternatives = [[{ scheme: "oauth", scopes: ["orders:read"] }]];
const ROLES: Record<string, RoleDefinition> = {
  customer: { permissions: ["orders:own"] },
  support: { includes: ["customer"], permissions: ["orders:refund"] },
  chief: { includes: ["support"] },
};

interface Asked {
  alternatives?: SecurityAlternatives;
  roles?: string[];
  permissions?: string[];
  mode?: "enforce" | "monitor";
}

interface Caller {
  scopes?: string[];
  roles?: string[];
  permissions?: string[];
  scheme?: string;
  method?: Principal["method"];
}

/** The reason of the denial, or undefined where the caller may. */
function judge(asked: Asked, caller: Caller | undefined) {
  const alternatives = asked.alternatives ?? NEEDS_READ;
  const guards = authorizationGuards({
    alternatives,
    roles: asked.roles,
    permissions: asked.permissions,
    table: compileRoles(ROLES),
    mode: asked.mode ?? "enforce",
  });
  const exchange = new Exchange("id", {} as RequestHead, 0, 0);
  if (caller !== undefined) {
    const principal: Principal = {
      ...ANONYMOUS,
      kind: "user",
      scopes: new Set(caller.scopes),
      roles: caller.roles ?? [],
      permissions: caller.permissions ?? [],
      method: caller.method ?? "bearer",
    };
    exchange.principal = principal;
    exchange.credentials = [{ scheme: caller.scheme ?? "oauth", principal }];
    exchange.alternative = alternatives[0];
  }
  const ending = runRequestGuards(guards, exchange);
  return { reason: (ending as { reason?: string } | undefined)?.reason, exchange, ending };
}

describe("scopes", () => {
  it("pass where the credential carries all of them", () => {
    expect(judge({}, { scopes: ["orders:read", "other"] }).reason).toBeUndefined();
  });

  it.each([
    ["none", []],
    ["J29 a longer one that begins alike", ["orders:read:all"]],
    ["J29 a shorter one", ["orders"]],
    ["another letter case", ["Orders:read"]],
  ])("are insufficient with %s", (_name, scopes) => {
    const { ending } = judge({}, { scopes });
    expect(ending).toMatchObject({
      reason: "authorization.scope-insufficient",
      lines: ["WWW-Authenticate", 'Bearer error="insufficient_scope", scope="orders:read"'],
    });
  });

  it("are insufficient for a key as for a token, in the words of a key", () => {
    const { ending } = judge({}, { scopes: [], method: "api-key" });
    expect(ending).toMatchObject({
      lines: ["WWW-Authenticate", 'ApiKey error="insufficient_scope", scope="orders:read"'],
    });
  });

  it("of what only the API judges are the API's matter", () => {
    expect(judge({}, { scopes: [], method: "upstream" }).reason).toBeUndefined();
    expect(judge({}, { scopes: [], method: "upstream", scheme: "other" }).reason).toBe(
      "authorization.scope-insufficient",
    );
  });

  it("are asked of the scheme that they belong to, and of all schemes of the alternative", () => {
    expect(judge({}, { scopes: ["orders:read"], scheme: "other" }).reason).toBe("authorization.scope-insufficient");
    const both: SecurityAlternatives = [
      [
        { scheme: "oauth", scopes: ["orders:read"] },
        { scheme: "partner", scopes: ["p"] },
      ],
    ];
    expect(judge({ alternatives: both }, { scopes: ["orders:read", "p"] }).reason).toBe(
      "authorization.scope-insufficient",
    );
  });

  it("are insufficient for whom authentication did not know", () => {
    expect(judge({}, undefined).reason).toBe("authorization.scope-insufficient");
  });

  it("need no guard where none are asked for", () => {
    const options = {
      alternatives: [[{ scheme: "oauth", scopes: [] }]],
      table: compileRoles({}),
      mode: "enforce" as const,
    };
    expect(authorizationGuards(options)).toEqual([]);
  });
});

describe("permissions that the issuer itself says", () => {
  it("count beside those of roles, whole and letter by letter", () => {
    const asked = { permissions: ["orders:refund", "orders:own"] };
    const may = (permissions: string[], roles: string[] = []) =>
      judge(asked, { scopes: ["orders:read"], permissions, roles }).reason;
    expect(may(["orders:refund", "orders:own"])).toBeUndefined();
    expect(may(["orders:refund"], ["customer"])).toBeUndefined();
    for (const permissions of [[], ["orders:refund"], ["orders"], ["Orders:refund", "orders:own"], ["*"]]) {
      expect(may(permissions)).toBe("authorization.permission-missing");
    }
  });

  it("are no scopes, and no roles", () => {
    expect(judge({}, { scopes: [], permissions: ["orders:read"] }).reason).toBe("authorization.scope-insufficient");
    expect(judge({ roles: ["support"] }, { scopes: ["orders:read"], permissions: ["support"] }).reason).toBe(
      "authorization.role-missing",
    );
  });
});

describe("roles", () => {
  const caller = (...roles: string[]) => ({ scopes: ["orders:read"], roles });

  it.each([
    [["support"], undefined],
    [["chief"], undefined],
    [["customer"], "authorization.role-missing"],
    [["Support"], "authorization.role-missing"],
    [["stranger"], "authorization.role-missing"],
    [[], "authorization.role-missing"],
  ])("%j for support: %s", (roles, reason) => {
    expect(judge({ roles: ["support"] }, caller(...roles)).reason).toBe(reason);
  });

  it("one of several suffices, of permissions all are needed", () => {
    expect(judge({ roles: ["support", "customer"] }, caller("customer")).reason).toBeUndefined();
    expect(judge({ permissions: ["orders:refund", "orders:own"] }, caller("support")).reason).toBeUndefined();
    expect(judge({ permissions: ["orders:refund", "orders:own"] }, caller("customer")).reason).toBe(
      "authorization.permission-missing",
    );
  });

  it("a role that nobody defined counts by its own name only", () => {
    expect(judge({ roles: ["auditor"] }, caller("auditor")).reason).toBeUndefined();
    expect(judge({ permissions: ["orders:own"] }, caller("auditor")).reason).toBe("authorization.permission-missing");
  });

  it("a role never stands in for a scope, nor a scope for a role", () => {
    expect(judge({ roles: ["support"] }, { scopes: [], roles: ["support"] }).reason).toBe(
      "authorization.scope-insufficient",
    );
    expect(judge({ roles: ["support"] }, { scopes: ["orders:read", "support"] }).reason).toBe(
      "authorization.role-missing",
    );
  });

  it("in monitor note, and let pass", () => {
    const { reason, exchange } = judge({ roles: ["support"], mode: "monitor" }, caller("customer"));
    expect(reason).toBeUndefined();
    expect(exchange.notes).toMatchObject([{ guard: "authorization.roles", kind: "would-deny" }]);
    expect(exchange.principal.roles).toEqual(["customer"]); // who it would have been is on record
  });
});

describe("the role table", () => {
  const problemsOf = (table: Record<string, RoleDefinition>): readonly string[] => {
    try {
      compileRoles(table);
      return [];
    } catch (error) {
      return (error as ProblemsError).problems.map((problem) => problem.message);
    }
  };

  it.each([
    [{ a: { includes: ["a"] } }, ["roles include each other: a includes a"]],
    [{ a: { includes: ["b"] }, b: { includes: ["a"] } }, ["roles include each other: a includes b includes a"]],
    [{ a: { includes: ["b"] } }, ["role a includes b, which is not defined"]],
    [{ a: { includes: ["b", "c"] }, b: { includes: ["d"] }, c: { includes: ["d"] }, d: {} }, []],
  ])("%j: %j", (table, messages) => {
    expect(problemsOf(table)).toEqual(messages);
  });

  it("works a long chain out once: each request looks two names up", () => {
    const length = 1_000;
    const chain: Record<string, RoleDefinition> = {};
    for (let i = 0; i < length; i += 1) {
      chain[`r${i}`] = { includes: i + 1 < length ? [`r${i + 1}`] : [], permissions: [`p${i}`] };
    }
    const table = compileRoles(chain);
    expect(table.holdsRole(["r0"], `r${length - 1}`)).toBe(true);
    expect(table.holdsPermission(["r0"], `p${length - 1}`)).toBe(true);
    expect(table.holdsRole([`r${length - 1}`], "r0")).toBe(false);
    expect(table.get("r0")?.roles.size).toBe(length);
    const closed = { ...chain, [`r${length - 1}`]: { includes: ["r0"] } };
    expect(problemsOf(closed)).toHaveLength(1);
  });

  it("does not take a prototype's member for a role", () => {
    expect(compileRoles({}).holdsPermission(["constructor", "__proto__"], "x")).toBe(false);
  });
});
