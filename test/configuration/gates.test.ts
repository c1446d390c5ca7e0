// Guards the order of the guards and their modes: what each setting and each operation puts into its gate.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { composed, enter, guardsOf, OAUTH, WITH_SILENT } from "./composing.ts";

const CEILING = "rate-limiting.address-ceiling";
const FAILED = "rate-limiting.failed-authentication";
const WHO = "authentication.credentials";

async function guards(text: string, method: string, target: string, more: Parameters<typeof composed>[1] = {}) {
  return guardsOf(enter(await composed(text, more), method, target).gate);
}

describe("a gate", () => {
  it("has its guards in the order in which a request may cost something", async () => {
    const roles = `authorization: { roles: { clerk: {} } }\noperations: { putOrder: { authorization: { roles: [clerk] }, rateLimiting: [{ limit: 1, window: 1m }] } }\n`;
    expect(await guards(`${OAUTH}${roles}`, "PUT", "/orders/7")).toEqual({
      head: [
        `${CEILING} enforce`,
        `${FAILED} enforce`,
        `${WHO} enforce`,
        "rate-limiting.subject enforce",
        "rate-limiting.operation-subject enforce",
        "authorization.scopes enforce",
        "authorization.roles enforce",
        "validation.parameters enforce",
        "validation.media-type enforce",
        "validation.body-length enforce",
        "validation.injection monitor",
      ],
      body: ["validation.body enforce", "validation.injection monitor"],
      response: [
        "transport.answer enforce",
        "transport.cors enforce",
        "rate-limiting.fields enforce",
        "validation.responses monitor",
      ],
    });
  });

  it("of a public operation asks nobody who they are", async () => {
    const { head } = await guards(OAUTH, "GET", "/health");
    expect(head).toEqual([
      `${CEILING} enforce`,
      "rate-limiting.subject enforce",
      "validation.parameters enforce",
      "validation.body-unexpected enforce",
      "validation.injection monitor",
    ]);
  });

  it("of what is not declared counts the address and denies", async () => {
    const composition = await composed(
      `${OAUTH}rateLimiting: { limits: [{ limit: 1, window: 1m }, { name: c, limit: 1, window: 1m, key: client, fallback: none }] }\n`,
    );
    expect(guardsOf(enter(composition, "GET", "/nothing").gate).head).toEqual([
      `${CEILING} enforce`,
      "rate-limiting.subject enforce",
      "validation.operation-undeclared enforce",
    ]);
    const { gate, exchange } = enter(composition, "DELETE", "/orders/7");
    expect(guardsOf(gate).head.at(-1)).toBe("validation.method-undeclared enforce");
    expect(exchange.allow).toBe("GET, HEAD, PUT");
    expect(exchange.operation).toBeUndefined();
    expect(composition.policy.refused.head).toEqual([]);
  });

  it("is found with the operation, its raw parameters and the policy's version", async () => {
    const composition = await composed(OAUTH);
    const { exchange } = enter(composition, "HEAD", "/orders/a%20b?x=1");
    expect(exchange.operation?.id).toBe("getOrder");
    expect(exchange.pathParameters).toEqual(["a%20b"]);
    expect(exchange.policyVersion).toBe(composition.policy.version);
    expect(exchange.policyVersion).toMatch(/^[0-9a-f]{12}$/);
  });

  it("shares its guards with operations of equal settings", async () => {
    const composition = await composed(OAUTH);
    const [one, two] = [enter(composition, "GET", "/orders/1").gate, enter(composition, "PUT", "/orders/1").gate];
    const shared = one.head.filter((guard) => two.head.includes(guard)).map(({ name }) => name);
    expect(shared).toEqual([CEILING, FAILED, "rate-limiting.subject"]); // scopes differ, so credentials differ
    expect(one.response[0]).toBe(two.response[0]);
  });
});

describe("modes", () => {
  it("come from the practice, the tag and the operation, the nearest last", async () => {
    const text = `${OAUTH}validation: { requests: monitor }
operations:
  orders: { validation: { requests: off, responses: off } }
  GET /orders/{id}: { validation: { requests: enforce } }
`;
    const get = await guards(text, "GET", "/orders/1");
    expect(get.head).toContain("validation.parameters enforce");
    expect(get.response).not.toContain("validation.responses monitor");
    const put = await guards(text, "PUT", "/orders/1");
    expect(put.head.filter((name) => name.startsWith("validation"))).toEqual([]);
    expect(put.body).toEqual([]);
    expect((await guards(text, "GET", "/health")).head).toContain("validation.parameters monitor");
  });

  it("of rate limits and authentication hold for an operation alone", async () => {
    const text = `${OAUTH}operations: { getOrder: { authentication: { mode: monitor }, rateLimiting: { mode: monitor } } }\n`;
    expect((await guards(text, "GET", "/orders/1")).head.slice(0, 5)).toEqual([
      `${CEILING} monitor`,
      `${FAILED} monitor`,
      `${WHO} monitor`,
      "rate-limiting.subject monitor",
      "authorization.scopes monitor", // as authentication, since nothing else is said
    ]);
    expect((await guards(text, "PUT", "/orders/1")).head[2]).toBe(`${WHO} enforce`);
  });

  it("are all monitor with --observe, but for what keeps the framing right", async () => {
    const composition = await composed(
      `${OAUTH}rateLimiting: { concurrency: { limit: 1 } }\nauthorization: { mode: enforce }\nvalidation: { responses: enforce }\noperations: { putOrder: { validation: { requests: off } } }\n`,
      { observe: true },
    );
    for (const [method, target] of [
      ["GET", "/orders/1"],
      ["PUT", "/orders/1"],
      ["GET", "/no"],
      ["POST", "/health"],
    ] as const) {
      const { head, body, response } = guardsOf(enter(composition, method, target).gate);
      const enforced = [...head, ...body, ...response].filter((name) => name.endsWith("enforce"));
      expect(enforced).toEqual(["transport.answer enforce", "rate-limiting.fields enforce"]);
    }
    expect(guardsOf(enter(composition, "PUT", "/orders/1").gate).head).not.toContain("validation.parameters monitor");
  });

  it("of injection hold for an operation alone, and only where something can carry one", async () => {
    const text = `${OAUTH}validation: { unknownParameters: enforce }
operations: { putOrder: { validation: { injection: enforce, requests: monitor } }, health: { validation: { injection: "off" } } }
`;
    const get = await guards(text, "GET", "/orders/1");
    expect([...get.head, ...get.body].filter((name) => name.includes("injection"))).toEqual([]);
    const put = await guards(text, "PUT", "/orders/1");
    expect([put.head.at(-1), put.body.at(-1)]).toEqual(Array(2).fill("validation.injection enforce"));
    const { gate } = enter(await composed(text), "PUT", "/orders/1");
    expect(gate.bodyLimitMode).toBe("enforce");
    const open = await guards(text.replace("validation: { unknownParameters: enforce }\n", ""), "GET", "/health");
    expect(open.head.filter((name) => name.includes("injection"))).toEqual([]);
  });

  it("let a padded body stream only where no body guard enforces", async () => {
    const limits = async (text: string) => {
      const { gate } = enter(await composed(`${OAUTH}${text}`), "PUT", "/orders/1");
      return [gate.bodyLimitMode, gate.bodyBytesMax, gate.answerBytesMax];
    };
    expect(await limits("validation: { bodyBytesMax: 10, responseBytesMax: 20 }\n")).toEqual(["enforce", 10, 20]);
    expect(await limits("validation: { requests: monitor }\n")).toEqual(["monitor", 1_048_576, 1_048_576]);
    expect(await limits("validation: { requests: off }\n")).toEqual(["monitor", 1_048_576, 1_048_576]);
    expect(await limits("operations: { putOrder: { validation: { bodyBytesMax: 5KiB } } }\n")).toEqual([
      "enforce",
      5_120,
      1_048_576,
    ]);
  });
});

describe("operations that say nothing about security", () => {
  const asked = async (text: string) => {
    const composition = await composed(text, { document: WITH_SILENT });
    return composition.plans.get("silent")?.find(({ guard }) => guard === WHO)?.summary;
  };

  it("ask for authentication.default", async () => {
    expect(await asked(`${OAUTH}  default: [oauth]\n`)).toBe("asks for oauth");
    expect(await asked(`${OAUTH}  default: [{ oauth: [read] }, {}]\n`)).toBe("asks for oauth (read), or nothing");
  });

  it("ask for the issuer of --issuer else", async () => {
    expect(await asked('authentication: { "*": { issuer: https://i.example/, audience: a } }\n')).toBe(
      "asks for oauth",
    );
  });

  it("ask for a bearer token where the document declares no scheme at all", async () => {
    const document = WITH_SILENT.replace(/components:[^]*/, "").replaceAll(/ {6}security: .*oauth.*\n/g, "");
    const every = 'authentication: { "*": { issuer: https://i.example/, audience: a } }\n';
    const composition = await composed(every, { document });
    for (const id of ["getOrder", "putOrder", "silent"]) {
      expect(composition.plans.get(id)?.map(({ guard }) => guard)).toContain(WHO);
    }
    expect(composition.plans.get("health")?.map(({ guard }) => guard)).not.toContain(WHO);
    const denied = await enter(composition, "GET", "/silent").gate.head[2]?.check(
      enter(composition, "GET", "/silent").exchange,
    );
    expect(denied).toMatchObject({
      kind: "deny",
      reason: "authentication.credentials-missing",
      lines: [
        "WWW-Authenticate",
        'Bearer realm="bearer"',
        "WWW-Authenticate",
        'DPoP realm="bearer", algs="ES256 ES384 EdDSA Ed25519 PS256 RS256"',
      ],
    });
  });

  it("cannot be judged with --observe alone, and every request says so", async () => {
    const composition = await composed("", { document: WITH_SILENT, observe: true });
    expect(composition.notices.map(({ rule }) => rule)).toEqual([
      "configuration.scheme-unjudged",
      "configuration.security-silent",
    ]);
    const { gate, exchange } = enter(composition, "GET", "/silent");
    const guard = gate.head.find(({ name }) => name === WHO);
    expect(guard?.mode).toBe("monitor");
    expect(await guard?.check(exchange)).toMatchObject({ reason: "authentication.scheme-unjudged" });
  });
});

describe("GitHub's document", () => {
  const file = `${import.meta.dirname}/../documents/node_modules/@octokit/openapi/generated/api.github.com.json`;

  it.skipIf(!existsSync(file))(
    "composes fast, with guards that are shared (needs `npm ci` in test/documents)",
    async () => {
      const { loadSettings } = await import("../../src/configuration/load.ts");
      const { compose, offlinePorts } = await import("../../src/configuration/compose.ts");
      const object = { openapi: file, authentication: { "*": { issuer: "https://i.example/", audience: "a" } } };
      const loaded = await loadSettings({ object, cwd: "/", env: {} });
      const before = process.cpuUsage();
      const composition = await compose(loaded, offlinePorts("/"));
      expect(process.cpuUsage(before).user / 1_000).toBeLessThan(10_000); // measured 0.4 s, of which 0.25 s is reading the document
      const gates = new Set<unknown>();
      for (const { method, template } of composition.api.operations.slice(0, 300)) {
        gates.add(enter(composition, method, template.replaceAll(/\{[^}]+\}/g, "1")).gate.head[2]);
      }
      expect(composition.api.operations.length).toBeGreaterThan(1_200);
      expect(gates.size).toBe(1);
    },
  );
});

describe("authentication that is only monitored", () => {
  const SCHEME = "oauth: { issuer: https://i.example/, audience: a }";
  const warnings = async (text: string): Promise<string[]> => {
    const composition = await composed(text);
    await composition.close();
    return composition.notices.map(({ message, position }) => `${position?.line}: ${message}`);
  };

  it("is told, where somebody is asked who they are", async () => {
    expect(await warnings(`authentication: { mode: monitor, ${SCHEME} }\n`)).toEqual([
      "2: authentication is only monitored: anybody is let through",
    ]);
    const told = ["4: authentication of orders is only monitored: anybody is let through"];
    expect(await warnings(`${OAUTH}operations: { orders: { authentication: { mode: monitor } } }\n`)).toEqual(told);
  });

  it("is not told of operations that let everybody through anyhow", async () => {
    expect(await warnings(`${OAUTH}operations: { health: { authentication: { mode: monitor } } }\n`)).toEqual([]);
    const general = `authentication: { mode: monitor, ${SCHEME} }\n`;
    expect(await warnings(`${general}operations: { orders: { authentication: { mode: enforce } } }\n`)).toEqual([]);
  });
});
