// Guards a run of the dynamic tests: what is started, what is asked and of whom, what is reported, and that nothing is left behind.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OperationProbe, Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { jsonOf } from "../../../src/security-testing/dynamic/wire.ts";
import { gateStarter } from "../../../src/cli/test/gate.ts";
import { freePort } from "../../servers/free-port.ts";
import { API, project, stateFile, tested, testedIn } from "./testing.ts";

/** A rule that there is: what it says does not matter here. */
const RULE = "contract.object-open";

interface Said {
  readonly pid: number;
  readonly came: number;
  readonly keys: number;
  readonly by: string;
}

/** Asks once at each operation and reports what the API said. */
function asking(what: (said: Said | undefined, status: number | undefined) => string, id = "asking"): OperationProbe {
  return {
    id,
    per: "operation",
    rules: [RULE],
    async *run(subject, { callers, client, requests, finding }) {
      const caller = (await callers.allowed(subject.operation.id)) ?? callers.nobody;
      const values = await requests.prepare(subject, caller);
      if ("why" in values) throw new Error(values.why);
      const exchange = await client.send(requests.wire(subject, values, caller));
      const { reply } = exchange;
      const said = reply && (jsonOf(reply) as Said | undefined);
      const text = what(said, reply?.status);
      yield finding({ rule: RULE, subject, what: text, message: text, evidence: [exchange], say: ["asked"] });
    },
  };
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a run", () => {
  it("starts the API and a gate in front of it, asks with test keys, and ends both", async () => {
    const { cwd } = await project();
    const { findings, untested } = await tested([asking((said) => JSON.stringify(said))], cwd);
    expect(untested).toEqual([]);
    expect(findings.map(({ operation }) => operation?.id)).toEqual(["listNotes", "getNote", "health"]);
    const said = findings.map(({ message }) => JSON.parse(message) as Said);
    expect(said.map(({ by }) => by.startsWith("Bearer "))).toEqual([true, true, false]);
    expect(said.map(({ keys }) => keys)).toEqual([1, 1, 1]);
    expect(isRunning(said[0]?.pid ?? 0)).toBe(false);
    expect(existsSync(stateFile(cwd))).toBe(false);
  });

  it("points at the operation's line, and shows what was sent and came without the credential", async () => {
    const { cwd } = await project();
    const { findings } = await tested([asking(() => "found")], cwd);
    const [found] = findings;
    expect(found?.places).toEqual([expect.objectContaining({ file: "api.yaml", line: 5 })]);
    expect(found?.operation).toEqual({ id: "listNotes", method: "GET", template: "/notes" });
    const [evidence] = found?.evidence ?? [];
    expect(evidence?.curl).toBe("curl -gsk --path-as-is 'https://localhost:8443/notes' -H 'Authorization: Bearer ***'");
    expect(evidence?.response).toMatch(/^200\n/);
    expect(JSON.stringify(findings)).not.toMatch(/eyJ/);
  });

  it("says with the same words at the same line the same again", async () => {
    const { cwd } = await project();
    const probe = asking((said) => `random ${said?.came}`);
    const [one, other] = [await tested([probe], cwd), await tested([probe], cwd)];
    const names = ({ findings }: typeof one) => findings.map(({ fingerprint, message }) => [fingerprint, message]);
    expect(names(other)).toEqual(names(one));
  });

  it("counts what it does", async () => {
    const { cwd } = await project();
    const { progress } = await tested([asking(() => "x"), asking(() => "y", "again")], cwd);
    expect(progress).toEqual([
      "0/0 starting what is tested",
      "0/6 gate: asking at listNotes",
      "1/6 gate: asking at getNote",
      "2/6 gate: asking at health",
      "3/6 gate: again at listNotes",
      "4/6 gate: again at getNote",
      "5/6 gate: again at health",
    ]);
  });

  it("reports a probe that failed, and goes on", async () => {
    const { cwd } = await project();
    const broken: Probe = {
      id: "broken",
      per: "api",
      rules: [RULE],
      // oxlint-disable-next-line require-yield -- it breaks before
      async *run() {
        await Promise.resolve();
        throw new Error("it broke");
      },
    };
    const { findings, untested } = await tested([broken, asking(() => "x")], cwd);
    expect(untested).toEqual([{ kind: "dynamic", what: "broken", why: "it failed: it broke", isExpected: false }]);
    expect(findings).toHaveLength(3);
  });

  it("ends the gates that a probe left open", async () => {
    const { cwd } = await project();
    const urls: string[] = [];
    const leaving: Probe = {
      id: "leaving",
      per: "api",
      rules: [RULE],
      async *run({ limited, untested }) {
        const { client } = await limited();
        const { reply } = await client.send({ method: "GET", target: "/health", fields: [] });
        yield untested("left", String(reply?.status), true);
      },
    };
    const { untested } = await testedIn([leaving], {
      cwd,
      startGate: async (loaded, folder) => {
        const gate = await gateStarter(cwd)(loaded, folder);
        urls.push(gate.url);
        return gate;
      },
    });
    expect(untested.map(({ why }) => why)).toEqual(["200"]);
    expect(urls).toHaveLength(2);
    for (const url of urls) await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } }); // oxlint-disable-line no-await-in-loop
  });

  it("stops where the budget is spent, and says how much was not tested", async () => {
    const { cwd } = await project("budget: { requests: 3 }\n");
    const { findings, untested } = await tested([asking(() => "x")], cwd);
    expect(findings).toHaveLength(2);
    expect(untested).toEqual([
      { kind: "dynamic", what: "1 of 3 tests at the gate", why: "the budget is spent", isExpected: false },
    ]);
    expect((await tested([asking(() => "x")], cwd, { requests: "10" })).untested).toEqual([]);
  });

  it("puts the API back before it begins, and between the layers", async () => {
    const { cwd, port } = await project();
    const { findings } = await tested([asking((said) => `came ${said?.came}`)], cwd, {
      upstream: `http://127.0.0.1:${port}`,
    });
    expect(findings.map(({ message }) => message)).toEqual(["came 2", "came 4", "came 5"]);
  });
});

describe("beside the gate", () => {
  const beside = async (probe: Probe) => {
    const { cwd, port } = await project();
    return tested([probe], cwd, { upstream: `http://127.0.0.1:${port}` });
  };
  const nobody: OperationProbe = {
    ...asking(() => ""),
    async *run(subject, { callers, client, requests, finding }) {
      const values = await requests.prepare(subject, callers.a);
      if ("why" in values) throw new Error(values.why);
      const exchange = await client.send(requests.wire(subject, values, callers.nobody));
      if (exchange.reply?.status !== 200) return;
      yield finding({ rule: RULE, subject, what: "open", message: "Nobody gets in.", evidence: [exchange] });
    },
  };

  it("reports as low what shows there only, and once what shows at both", async () => {
    const { findings } = await beside(nobody);
    expect(findings.map(({ operation, severity, message }) => [operation?.id, severity, message])).toEqual([
      ["health", "medium", "Nobody gets in."],
      ["listNotes", "low", "Beside the gate (the gate stops it): Nobody gets in."],
      ["getNote", "low", "Beside the gate (the gate stops it): Nobody gets in."],
    ]);
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect(findings[1]?.evidence[0]?.curl).toContain("http://127.0.0.1:");
  });

  it("tells two cases of one rule at one operation apart", async () => {
    const twice: OperationProbe = {
      ...nobody,
      async *run(subject, context) {
        const cased = (what: string): typeof context => ({
          ...context,
          finding: (found) => context.finding({ ...found, what }),
        });
        yield* nobody.run(subject, cased("by one way"));
        yield* nobody.run(subject, cased("by another way"));
      },
    };
    const { findings } = await beside(twice);
    const shown = findings.filter(({ severity }) => severity === "low");
    expect(shown).toHaveLength(4);
    expect(new Set(shown.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });
});

describe("what cannot be tested", () => {
  const why = async (cwd: string, options = {}) => (await tested([asking(() => "x")], cwd, options)).untested[0]?.why;

  it("an API that ends at once, with what it said", async () => {
    const { cwd } = await project("", { "api.mjs": "console.error('no database'); process.exit(3);" });
    expect(await why(cwd)).toMatch(/^the API ended before it answered at http.*no database$/);
  });

  it("an API that is not there", async () => {
    const port = await freePort();
    const { cwd } = await project("", { "portcullis-test.yaml": "seed: 1\n" });
    expect(await why(cwd)).toMatch(/^nothing answers at http:\/\/127\.0\.0\.1:\d+: start the API/);
    expect(port).toBeGreaterThan(0);
  });

  it("a place that is taken before the API starts", async () => {
    const { cwd } = await project();
    const holder: Probe = {
      id: "holder",
      per: "api",
      rules: [RULE],
      async *run({ untested }) {
        yield untested("inner", (await why(cwd)) ?? "");
      },
    };
    const { untested } = await tested([holder], cwd);
    expect(untested[0]?.why).toMatch(/answers at http.* already/);
  });

  it("an API that is somebody else's", async () => {
    const { cwd } = await project("", {
      "portcullis.yaml":
        "openapi: api.yaml\nupstream: https://8.8.8.8\nauthentication:\n  oauth: { issuer: https://i.example/, audience: a }\n",
    });
    expect(await why(cwd)).toContain("--i-own-this-host");
  });

  it("where the owner's reset does not work", async () => {
    const { cwd } = await project("", {
      "api.mjs": API.replace('"/reset") came = 0', '"/reset") response.statusCode = 500'),
    });
    expect(await why(cwd)).toMatch(/^could not put the API back: http.*\/reset answered 500$/);
  });

  it.each([
    ["ended by itself", "process.exit(7)", /^the API ended while it was tested/],
    [
      "answers nobody any more",
      "server.close(); server.closeAllConnections(); setInterval(() => undefined, 1000)",
      /^nothing answers at/,
    ],
  ])("an API that %s while it was tested", async (_name, how, said) => {
    const dying = API.replace("createServer(", "const server = createServer(").replace(
      "came += 1;",
      `came += 1; if (came > 2 && request.url === "/health") { ${how}; return; }`,
    );
    const { cwd } = await project("", { "api.mjs": dying });
    const { untested } = await tested([asking(() => "x"), asking(() => "x", "again")], cwd);
    expect(untested.at(-1)?.why).toMatch(said);
  });

  it("options that are no numbers", async () => {
    const { cwd } = await project();
    expect(await why(cwd, { minutes: "soon" })).toBe("--minutes soon is no number above 0");
  });
});
