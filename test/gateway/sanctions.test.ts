// Responses of detections at a real gateway: held back for a time, on record, in a file that a restart reads; and never somebody else.
import { execFile } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import { AUDIENCE, claimsAt, issue, makeKey } from "../authentication/issuer.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, keep, startUpstream } from "./harness.ts";
import { type Reloadable, startReloadable } from "./reloading.ts";

const COMMAND = path.join(import.meta.dirname, "../../bin/portcullis.js");
const ONE = "https://one.example/";
const OTHER = "https://other.example/";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /items/{id}:
    get:
      operationId: item
      security: [{ one: [] }, { other: [] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { default: { description: any } }
  /open:
    get: { operationId: open, security: [], responses: { default: { description: any } } }
components:
  securitySchemes:
    one: { type: http, scheme: bearer }
    other: { type: http, scheme: bearer }
`;

/** `detections`: YAML in braces, or nothing. */
async function start(detections: string, { transport = "", folder = "" } = {}) {
  const upstream = keep(
    await startUpstream((request, response) => {
      response.statusCode = request.url?.startsWith("/items/secret") === true ? 404 : 200;
      response.end("{}");
    }),
  );
  const [one, other, forger] = await Promise.all(["k1", "k2", "k1"].map((id) => makeKey("ES256", id)));
  if (one === undefined || other === undefined || forger === undefined) throw new Error("no keys");
  const files = {
    "api.yaml": DOCUMENT,
    "one.json": JSON.stringify({ keys: [one.jwk] }),
    "other.json": JSON.stringify({ keys: [other.jwk] }),
    "portcullis.yaml": `openapi: api.yaml
upstream: ${upstream.origin}
transport: { listen: 0, adminListen: 0, tls: dangerouslyOff${transport} }
authentication:
  one: { issuer: "${ONE}", audience: ${AUDIENCE}, jwks: one.json }
  other: { issuer: "${OTHER}", audience: ${AUDIENCE}, jwks: other.json }
rateLimiting: { addressCeiling: { limit: 1000000, window: 1m }, failedAuthentication: { limit: 100000, window: 1m }, limits: [{ name: all, limit: 100000, window: 1m, key: subject }] }
monitoring: { detections: { ${detections} } }
`,
  };
  const at = folder === "" ? folderWith(files) : folder;
  if (folder !== "") for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const { openDelivery } = systemPorts(at);
  const started = await startReloadable({}, { ports: { openDelivery, keepsSanctions: true } }, at);
  const signed = async (key: typeof one, iss: string, sub: string, jti: string, more: object = {}) => ({
    authorization: `Bearer ${await issue(key, { ...claimsAt(Math.floor(Date.now() / 1_000)), iss, sub, jti, ...more })}`,
  });
  return {
    ...started,
    folder: at,
    file: path.join(at, "sanctions.json"),
    token: {
      one: (sub: string, jti = sub, more: object = {}) => signed(one, ONE, sub, jti, more),
      other: (sub: string, jti = sub) => signed(other, OTHER, sub, jti),
      forged: (sub: string) => signed(forger, ONE, sub, sub),
    },
    get: (target: string, headers: Record<string, string> = {}) => ask(`${started.gateway.url}${target}`, { headers }),
    run: async (...args: string[]) =>
      (await promisify(execFile)(process.execPath, [COMMAND, "detect", ...args], { cwd: at })).stdout,
  };
}

type Started = Awaited<ReturnType<typeof start>>;

async function scan({ get }: Pick<Started, "get">, headers: Record<string, string> = {}, count = 10): Promise<void> {
  for (let i = 0; i < count; i += 1) await get(`/.git/${i}`, headers);
}

async function enumerate({ get }: Pick<Started, "get">, headers: Record<string, string>, count = 15): Promise<void> {
  for (let i = 0; i < count; i += 1) expect((await get(`/items/secret-${i}`, headers)).status).toBe(404);
}

const reasonOf = ({ body }: { body: string }) => (JSON.parse(body) as { reason?: string }).reason;
const soon = { timeout: 30_000, interval: 50 };
const began = ({ events }: Pick<Reloadable, "events">) => events("detection.sanction-began");
const listed = (file: string) =>
  (JSON.parse(readFileSync(file, "utf8")) as { sanctions: Record<string, unknown>[] }).sanctions;

const BAN = "rules: { scanning: { respond: { ban: 15m } } }";
const NEVER = "rules: {}";

describe("an address that scans", () => {
  it("goes on where no rule responds, and is banned where one does: told, on record, in the file", async () => {
    const open = await start(NEVER);
    await scan(open);
    expect((await open.get("/open")).status).toBe(200);

    const gate = await start(BAN);
    await scan(gate, {}, 9);
    expect((await gate.get("/open")).status).toBe(200);
    await scan(gate);
    const refused = await gate.get("/open");
    expect([refused.status, reasonOf(refused)]).toEqual([429, "rate-limiting.banned"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(880);
    expect(refused.body).not.toMatch(/scan|detect|sanction/i);
    await expect
      .poll(() => began(gate), soon)
      .toMatchObject([{ log: { level: "warn" }, portcullis: { data: { address: "127.0.0.1", by: "scanning" } } }]);
    expect(listed(gate.file)).toMatchObject([{ what: "ban", address: "127.0.0.1", by: "scanning" }]);
    expect(statSync(gate.file).mode & 0o777).toBe(0o640);
  });

  it("is banned still after a restart, and free once a person lifts it, who is on record", async () => {
    const before = await start(BAN);
    await scan(before);
    await before.gateway.close();
    const after = await start(BAN, { folder: before.folder });
    expect(reasonOf(await after.get("/open"))).toBe("rate-limiting.banned");
    expect(began(after)).toEqual([]);
    const [{ id }] = JSON.parse(await after.run("sanctions", "--json")) as [{ id: string }];
    expect(await after.run("sanctions")).toContain("address 127.0.0.1 is banned");
    expect(await after.run("lift", id, "--why", "our own scanner")).toContain("no longer: address 127.0.0.1");
    await expect.poll(async () => (await after.get("/open")).status, soon).toBe(200);
    await expect
      .poll(() => after.events("detection.sanction-lifted"), soon)
      .toMatchObject([
        { portcullis: { data: { id, by: expect.stringMatching(/^command /), why: "our own scanner" } } },
      ]);
    expect(await after.run("sanctions")).toBe("nobody is held back\n");
  });

  // Retry-After is never beyond what is over first: the window, or the tighter limit itself.
  it.each(["1m, for: 1h", "1h, for: 1m"])(
    "gets a tighter limit where the rule says so, and no ban: %s",
    async (time) => {
      const gate = await start(`rules: { scanning: { respond: { limit: { limit: 2, window: ${time} } } } }`);
      await scan(gate);
      const answers = [await gate.get("/open"), await gate.get("/open"), await gate.get("/open")];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
      expect(reasonOf(answers[2] as { body: string })).toBe("rate-limiting.tightened");
      expect(Number(answers[2]?.headers["retry-after"])).toBeLessThanOrEqual(61);
    },
  );

  it("is only told of where the rule is in monitor", async () => {
    const gate = await start("rules: { scanning: { mode: monitor, respond: { ban: 15m } } }");
    await scan(gate);
    expect((await gate.get("/open")).status).toBe(200);
    expect(gate.lines().some((line) => line.includes('"detection.scanning"'))).toBe(true);
    expect(began(gate)).toEqual([]);
  });
});

describe("a ban strikes nobody else", () => {
  it("an address that a stranger claims in X-Forwarded-For", async () => {
    const gate = await start(BAN);
    await scan(gate, { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" });
    await expect.poll(() => began(gate), soon).toMatchObject([{ portcullis: { data: { address: "127.0.0.1" } } }]);
  });

  it("the trusted proxy, whose clients are banned one by one", async () => {
    const gate = await start(BAN, { transport: ", trustedProxies: [127.0.0.1]" });
    await scan(gate, { "x-forwarded-for": "203.0.113.9" });
    expect(reasonOf(await gate.get("/open", { "x-forwarded-for": "203.0.113.9" }))).toBe("rate-limiting.banned");
    expect((await gate.get("/open", { "x-forwarded-for": "203.0.113.10" })).status).toBe(200);
    // The proxy itself asks, or forgets to say for whom.
    await scan(gate);
    expect((await gate.get("/open")).status).toBe(200);
    expect(gate.events("detection.sanction-spared")).toHaveLength(1);
    await expect.poll(() => began(gate), soon).toHaveLength(1);
    await expect(gate.run("ban", "127.0.0.1")).rejects.toThrow(/never banned/);
  });

  it("a proxy that is trusted since a reload", async () => {
    const gate = await start(BAN);
    const file = path.join(gate.folder, "portcullis.yaml");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("dangerouslyOff", "dangerouslyOff, trustedProxies: [127.0.0.1]"),
    );
    expect(await gate.reload()).toMatchObject({ kind: "taken" });
    await scan(gate);
    expect((await gate.get("/open")).status).toBe(200);
    expect(gate.events("detection.sanction-spared")).toHaveLength(1);
  });

  it("an address of `neverBan`, in whatever spelling, while its /64 neighbours are banned with each other", async () => {
    const spared = "neverBan: [203.0.113.0/24, '2001:db8::7'], ";
    const gate = await start(spared + BAN, { transport: ", trustedProxies: [127.0.0.1]" });
    const from = (address: string) => ({ "x-forwarded-for": address });
    await scan(gate, from("203.0.113.9"));
    expect((await gate.get("/open", from("203.0.113.9"))).status).toBe(200);
    await scan(gate, from("2001:db8::9"));
    expect((await gate.get("/open", from("2001:db8::1"))).status).toBe(429);
    expect((await gate.get("/open", from("2001:db8:0:1::1"))).status).toBe(200);
    expect((await gate.get("/open", from("2001:0db8:0::7"))).status).toBe(200);
  });

  it("a subject whose name a forged token claims", async () => {
    const gate = await start("rules: { object-enumeration: { respond: { ban: 1h, of: subject } } }");
    const forged = await gate.token.forged("victim");
    for (let i = 0; i < 40; i += 1) expect((await gate.get(`/items/secret-${i}`, forged)).status).toBe(401);
    expect(began(gate)).toEqual([]);
    expect((await gate.get("/items/1", await gate.token.one("victim"))).status).toBe(200);
  });

  it("a subject of the same name at another issuer, neither by the ban nor by adding to its count", async () => {
    const gate = await start("rules: { object-enumeration: { respond: { ban: 1h, of: subject } } }");
    const [mine, theirs] = [await gate.token.one("alice"), await gate.token.other("alice")];
    await enumerate(gate, theirs, 14);
    // The one event that would make it fifteen is somebody else's.
    await enumerate(gate, mine, 1);
    expect(began(gate)).toEqual([]);
    for (let i = 20; i < 22; i += 1) await gate.get(`/items/secret-${i}`, theirs);
    await expect
      .poll(() => began(gate), soon)
      .toMatchObject([{ portcullis: { data: { issuer: OTHER, subject: "alice" } } }]);
    expect(reasonOf(await gate.get("/items/1", theirs))).toBe("rate-limiting.banned");
    expect((await gate.get("/items/1", mine)).status).toBe(200);
  });
});

describe("a caller", () => {
  it("whose token is shared has it revoked; another token of theirs is good", async () => {
    const gate = await start("rules: { token-shared: { respond: { revoke: token } } }");
    const stolen = await gate.token.one("ann", "stolen");
    for (let i = 0; i < 4; i += 1) await gate.get("/items/1", { ...stolen, "user-agent": `tool/${i}` });
    expect(reasonOf(await gate.get("/items/1", stolen))).toBe("authentication.token-revoked");
    expect((await gate.get("/items/1", await gate.token.one("ann", "fresh"))).status).toBe(200);
    expect(JSON.stringify(began(gate))).not.toContain("stolen");
  });

  it("whose token is shared loses the whole session of it where the rule says so, and no other session", async () => {
    const gate = await start("rules: { token-shared: { respond: { revoke: session } } }");
    const stolen = await gate.token.one("ann", "stolen", { sid: "sid-of-ann" });
    const sibling = await gate.token.one("ann", "sibling", { sid: "sid-of-ann" });
    const later = await gate.token.one("ann", "later", { sid: "another-sid" });
    expect((await gate.get("/items/1", sibling)).status).toBe(200);
    for (let i = 0; i < 4; i += 1) await gate.get("/items/1", { ...stolen, "user-agent": `tool/${i}` });
    for (const token of [stolen, sibling])
      expect(reasonOf(await gate.get("/items/1", token))).toBe("authentication.token-revoked");
    expect((await gate.get("/items/1", later)).status).toBe(200);
    expect((await gate.get("/items/1", await gate.token.one("ann", "none"))).status).toBe(200);
    expect(gate.lines().join("\n")).not.toMatch(/sid-of-ann|stolen/);
    // The issuer is somebody else's: nothing is asked of it, and the file says what the gate knows.
    await expect
      .poll(() => listed(gate.file), soon)
      .toMatchObject([{ what: "revoke", subject: "ann", session: "sid-of-ann" }]);
  });

  it("who enumerates objects must show a second factor meanwhile", async () => {
    const gate = await start("rules: { object-enumeration: { respond: { stepUp: 1h } } }");
    const weak = await gate.token.one("ann", "weak");
    await enumerate(gate, weak);
    const asked = await gate.get("/items/1", weak);
    expect([asked.status, reasonOf(asked)]).toEqual([401, "authentication.level-insufficient"]);
    expect(asked.headers["www-authenticate"]).toContain('acr_values="mfa"');
    expect((await gate.get("/items/1", await gate.token.one("ann", "strong", { acr: "mfa" }))).status).toBe(200);
    expect((await gate.get("/items/1", await gate.token.one("bob"))).status).toBe(200);
  });
});

describe("by hand", () => {
  it("an address and a subject are banned while the gateway runs, and a ban ends by itself", async () => {
    const gate = await start("sanctions: sanctions.json");
    expect((await gate.get("/open")).status).toBe(200);
    await gate.run("ban", "--subject", "mallory", "--iss", ONE, "--for", "1h");
    await gate.run("ban", "::ffff:127.0.0.1", "--for", "8s", "--why", "a drill");
    await expect.poll(async () => reasonOf(await gate.get("/open")), soon).toBe("rate-limiting.banned");
    await expect.poll(() => began(gate).length, soon).toBe(2);
    expect(began(gate)[1]?.portcullis?.data).toMatchObject({ address: "127.0.0.1", why: "a drill" });
    await expect.poll(async () => (await gate.get("/open")).status, soon).toBe(200);
    await expect
      .poll(() => gate.events("detection.sanction-ended"), soon)
      .toMatchObject([{ log: { level: "info" }, portcullis: { data: { address: "127.0.0.1", what: "ban" } } }]);
    expect(reasonOf(await gate.get("/items/1", await gate.token.one("mallory")))).toBe("rate-limiting.banned");
    expect((await gate.get("/items/1", await gate.token.other("mallory"))).status).toBe(200);
    await expect(gate.run("ban", "127.0.0.1", "--for", "60d")).rejects.toThrow(/longer than 30 days/);
    await expect(gate.run("ban", "nobody")).rejects.toThrow(/no address/);
    await expect(gate.run("lift", "000000000000")).rejects.toThrow(/no sanction/);
  });

  it("a file that breaks or vanishes lifts nothing, and is told", async () => {
    const gate = await start(BAN);
    await scan(gate);
    // Written twice: before it is told, and once it is on record. What comes in between without the lock is overwritten.
    await expect.poll(() => listed(gate.file), soon).toMatchObject([{ recorded: true }]);
    writeFileSync(gate.file, '{"sanctions":[]');
    await expect.poll(() => gate.events("detection.sanctions-file-failing").length, soon).toBeGreaterThan(0);
    expect(reasonOf(await gate.get("/open"))).toBe("rate-limiting.banned");
    await expect(start(BAN, { folder: gate.folder })).rejects.toThrow("strict JSON");
  });
});
