// Guards the reload of a running gateway: taken over whole, or refused with place and remedy while all stays as it was.
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { offlinePorts } from "../../src/configuration/compose.ts";
import type { Reloaded } from "../../src/gateway/reloader.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { KeyServer } from "../authentication/key-server.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, hello, keep, startUpstream } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

const readyz = async (adminUrl: string | undefined) =>
  JSON.parse((await ask(`${adminUrl}/readyz`)).body) as { policy: string };

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await ask(url, { headers })).status;
}

describe("a changed document", () => {
  it("decides about requests from then on, and the record says which policy took whose place", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { gateway, write, reload, events } = await startReloadable(files);
    const item = `${gateway.url}/item?v=`;
    expect([await statusOf(`${item}a`), await statusOf(`${item}b`)]).toEqual([200, 400]);
    const { policy: before } = await readyz(gateway.adminUrl);
    write("api.yaml", documentOf("b"));
    const outcome = (await reload()) as Extract<Reloaded, { kind: "taken" }>;
    expect(outcome).toMatchObject({ kind: "taken", before });
    expect(outcome.policy).not.toBe(before);
    expect([await statusOf(`${item}a`), await statusOf(`${item}b`)]).toEqual([400, 200]);
    expect(await readyz(gateway.adminUrl)).toMatchObject({ policy: outcome.policy });
    expect(events("gateway.reloaded")).toMatchObject([
      {
        log: { level: "info" },
        portcullis: { data: { cause: "signal", policy_before: before, policy: outcome.policy } },
      },
    ]);
  });

  it("of which a file behind a $ref changed, counts as changed", async () => {
    const upstream = keep(await hello());
    const document = documentOf("a").replace("schema: { type: string, enum: [a] }", "schema: { $ref: v.yaml }");
    const files = {
      "api.yaml": document,
      "v.yaml": "enum: [a]\n",
      "portcullis.yaml": configurationOf(upstream.origin),
    };
    const { gateway, write, next } = await startReloadable(files, { watchEveryMs: 20 });
    const taken = next();
    write("v.yaml", "enum: [b]\n");
    expect((await taken).kind).toBe("taken");
    expect(await statusOf(`${gateway.url}/item?v=b`)).toBe(200);
  });

  it("gives the events its title, and hides what it marks", async () => {
    const upstream = keep(await hello());
    const secret = documentOf("a", "Renamed").replace(
      "  /item:",
      `  /links/{code}:
    get:
      operationId: link
      security: []
      parameters: [{ name: code, in: path, required: true, schema: { type: string }, x-portcullis-sensitive: true }]
      responses: { default: { description: any } }
  /item:`,
    );
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { gateway, write, reload, lines } = await startReloadable(files);
    await ask(`${gateway.url}/item?v=a`);
    write("api.yaml", secret);
    await reload();
    await ask(`${gateway.url}/links/hush`);
    await expect.poll(lines).toHaveLength(2);
    expect(lines().join()).not.toContain("hush");
    const names = lines().map((line) => (JSON.parse(line) as { service: { name: string } }).service.name);
    expect(names).toEqual(["Items", "Renamed"]);
  });
});

describe("what is wrong", () => {
  it("keeps the old policy, and each problem is told with file, line and remedy", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
    const { gateway, write, reload, events } = await startReloadable(files);
    const { policy } = await readyz(gateway.adminUrl);
    write("api.yaml", documentOf("b"));
    write("portcullis.yaml", configurationOf(upstream.origin, "validatoin: {}\noperations: { nobody: {} }\n"));
    expect(await reload()).toMatchObject({ kind: "refused", again: false });
    const [told] = events("gateway.reload-refused");
    expect(told?.log.level).toBe("error");
    expect(told?.portcullis?.data).toMatchObject({ policy, file: "portcullis.yaml", line: 5, column: 1 });
    expect(told?.portcullis?.data["remedy"]).toContain("validation");
    expect(told?.message).toContain(`policy ${policy} stays (1 of 1): portcullis.yaml:5:1: unknown key`);
    expect(await statusOf(`${gateway.url}/item?v=a`)).toBe(200);
    expect(await readyz(gateway.adminUrl)).toMatchObject({ policy });

    write("portcullis.yaml", configurationOf(upstream.origin));
    write("api.yaml", documentOf("b").replace("paths:", "path:"));
    expect((await reload()).kind).toBe("refused");
    expect(events("gateway.reload-refused").at(-1)?.portcullis?.data["file"]).toBe("api.yaml");
    expect(await statusOf(`${gateway.url}/item?v=a`)).toBe(200);
    write("api.yaml", documentOf("b"));
    expect((await reload()).kind).toBe("taken");
    expect(await statusOf(`${gateway.url}/item?v=b`)).toBe(200);
  });

  it.each([
    ["transport.listen", "listen: 0", "listen: 8099"],
    ["transport.adminListen", "adminListen: 0", "adminListen: off"],
    ["transport.tls", "tls: dangerouslyOff", "tls: development"],
    ["monitoring.sinks", "rateLimiting:", "monitoring: { sinks: [{ file: other.ndjson }] }\nrateLimiting:"],
    ["monitoring.hashKey", "rateLimiting:", "monitoring: { hashKey: { file: key } }\nrateLimiting:"],
  ])("%s needs a restart, and the reload says so", async (name, was, becomes) => {
    const upstream = keep(await hello());
    const text = configurationOf(upstream.origin);
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": text, key: "k".repeat(32) };
    const { gateway, write, reload } = await startReloadable(files);
    write("portcullis.yaml", text.replace(was, becomes));
    write("api.yaml", documentOf("b"));
    const outcome = (await reload()) as Extract<Reloaded, { kind: "refused" }>;
    const [problem] = outcome.problems;
    expect(problem).toMatchObject({ rule: "configuration.restart-needed", remedy: expect.stringContaining("Restart") });
    expect(problem?.message).toBe(`${name} cannot change while the gateway runs`);
    expect(problem?.position?.file).toBe("portcullis.yaml");
    expect(await statusOf(`${gateway.url}/item?v=a`)).toBe(200);
  });
});

it("many signals at once are one reload, and one more for those that come meanwhile", async () => {
  const upstream = keep(await hello());
  const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
  const { reload, events } = await startReloadable(files);
  const first = Array.from({ length: 20 }, () => reload());
  await Promise.resolve();
  await Promise.all([...first, ...Array.from({ length: 20 }, () => reload())]);
  expect(events("gateway.reloaded")).toHaveLength(2);
});

it("a gateway that has ended reads nothing any more, whoever asks", async () => {
  const upstream = keep(await hello());
  const files = { "api.yaml": documentOf("a"), "portcullis.yaml": configurationOf(upstream.origin) };
  const folder = folderWith(files);
  const read: string[] = [];
  const { readText } = offlinePorts(folder);
  const ports = { readText: (file: string) => (read.push(file), readText(file)) };
  const { gateway, reload } = await startReloadable(files, { ports }, folder);
  await reload();
  expect(read.splice(0)).toContain("api.yaml");
  await gateway.close();
  expect(await reload()).toEqual({ kind: "refused", problems: [], again: false });
  expect(read).toEqual([]);
});

describe("what outlives a policy", () => {
  const limited = (upstream: string, limit: number) =>
    configurationOf(upstream).replace(
      /rateLimiting:.*/,
      `rateLimiting: [{ name: few, limit: ${limit}, window: 1h, key: address }]`,
    );

  it("counters go on: a reload refills no budget, and a lower limit holds at once", async () => {
    const upstream = keep(await hello());
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": limited(upstream.origin, 5) };
    const { gateway, write, reload } = await startReloadable(files);
    const item = `${gateway.url}/item?v=a`;
    for (let i = 0; i < 3; i += 1) expect(await statusOf(item)).toBe(200);
    write("api.yaml", documentOf("a, b"));
    await reload();
    expect([await statusOf(item), await statusOf(item), await statusOf(item)]).toEqual([200, 200, 429]);
    write("portcullis.yaml", limited(upstream.origin, 4));
    await reload();
    expect(await statusOf(item)).toBe(429);
    write("portcullis.yaml", limited(upstream.origin, 6));
    await reload();
    expect([await statusOf(item), await statusOf(item)]).toEqual([200, 429]);
  });

  it("who is at work goes on to hold a place: a reload makes no room", async () => {
    const held: ServerResponse[] = [];
    const upstream = keep(await startUpstream((_request, response) => void held.push(response)));
    const text = configurationOf(upstream.origin).replace("limits: []", "limits: [], concurrency: { limit: 1 }");
    const files = { "api.yaml": documentOf("a"), "portcullis.yaml": text };
    const { gateway, write, reload } = await startReloadable(files);
    const item = `${gateway.url}/item?v=a`;
    const first = statusOf(item);
    await expect.poll(() => held).toHaveLength(1);
    write("api.yaml", documentOf("a, b"));
    expect((await reload()).kind).toBe("taken");
    expect(await statusOf(item)).toBe(503);
    held[0]?.end("done");
    expect(await first).toBe(200);
    const next = statusOf(item);
    await expect.poll(() => held).toHaveLength(2);
    held[1]?.end("done");
    expect(await next).toBe(200);
  });

  const secured = documentOf("a")
    .replace("security: []", "security: [{ oauth: [] }]")
    .concat("components: { securitySchemes: { oauth: { type: http, scheme: bearer } } }\n");
  const withIssuer = (upstream: string, jwks: string) =>
    configurationOf(
      upstream,
      `authentication: { oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: "${jwks}" } }\n`,
    );

  it("keys that were loaded are not fetched again, and no caller meets a gap", async () => {
    const upstream = keep(await hello());
    const key = await makeKey("ES256", "one");
    const server = new KeyServer();
    server.publish(key);
    const files = { "api.yaml": secured, "portcullis.yaml": withIssuer(upstream.origin, "https://i.example/keys") };
    const { gateway, write, reload } = await startReloadable(files, { ports: { fetchJson: server.fetchJson } });
    const headers = { authorization: `Bearer ${await issue(key, claimsAt(Math.floor(Date.now() / 1_000)))}` };
    expect(await statusOf(`${gateway.url}/item?v=a`, headers)).toBe(200);
    expect(server.asked).toHaveLength(1);
    server.fail();
    write("api.yaml", secured.replace("enum: [a]", "enum: [b]"));
    expect((await reload()).kind).toBe("taken");
    expect(await statusOf(`${gateway.url}/item?v=b`, headers)).toBe(200);
    expect(server.asked).toHaveLength(1);
  });

  it("keys that are new are loaded before their policy is taken over, or it is not", async () => {
    const upstream = keep(await hello());
    const [one, two] = [await makeKey("ES256", "one"), await makeKey("ES256", "two")];
    const server = new KeyServer();
    server.publish(one);
    const files = { "api.yaml": secured, "portcullis.yaml": withIssuer(upstream.origin, "https://i.example/one") };
    const { gateway, write, reload } = await startReloadable(files, { ports: { fetchJson: server.fetchJson } });
    const now = Math.floor(Date.now() / 1_000);
    const [first, second] = [
      { authorization: `Bearer ${await issue(one, claimsAt(now))}` },
      { authorization: `Bearer ${await issue(two, claimsAt(now))}` },
    ];
    const item = `${gateway.url}/item?v=a`;
    expect([await statusOf(item, first), await statusOf(item, second)]).toEqual([200, 401]);
    server.publish(two);
    server.hold();
    write("portcullis.yaml", withIssuer(upstream.origin, "https://i.example/two"));
    const reloading = reload();
    await expect.poll(() => server.asked).toContain("https://i.example/two");
    expect([await statusOf(item, first), await statusOf(item, second)]).toEqual([200, 401]);
    server.release();
    expect((await reloading).kind).toBe("taken");
    expect([await statusOf(item, second), await statusOf(item, first)]).toEqual([200, 401]);
  });

  it("a policy whose keys cannot be had is not taken over, and tried again later", async () => {
    const upstream = keep(await hello());
    const key = await makeKey("ES256", "one");
    const server = new KeyServer();
    server.publish(key);
    const files = { "api.yaml": secured, "portcullis.yaml": withIssuer(upstream.origin, "https://i.example/one") };
    const more = { ports: { fetchJson: server.fetchJson }, keysTimeoutMs: 50, watchEveryMs: 20, againMs: 100 };
    const { gateway, write, next, events } = await startReloadable(files, more);
    const headers = { authorization: `Bearer ${await issue(key, claimsAt(Math.floor(Date.now() / 1_000)))}` };
    const item = `${gateway.url}/item?v=a`;
    expect(await statusOf(item, headers)).toBe(200);
    server.fail();
    const refused = next();
    write("portcullis.yaml", withIssuer(upstream.origin, "https://i.example/two"));
    expect(await refused).toMatchObject({ kind: "refused", again: true });
    expect(events("gateway.reload-refused")[0]?.message).toContain("https://i.example/two could not be loaded");
    expect(await statusOf(item, headers)).toBe(200);
    server.publish(key);
    await expect.poll(() => events("gateway.reloaded")).toHaveLength(1);
    expect(await statusOf(item, headers)).toBe(200);
  });

  it("a key that its file no longer holds counts no more, whatever was verified with it", async () => {
    const upstream = keep(await hello());
    const [one, two] = [await makeKey("ES256", "one"), await makeKey("ES256", "two")];
    const text = withIssuer(upstream.origin, "keys.json");
    const files = {
      "api.yaml": secured,
      "portcullis.yaml": text,
      "keys.json": JSON.stringify({ keys: [one.jwk, two.jwk] }),
    };
    const { gateway, write, next } = await startReloadable(files, { watchEveryMs: 20 });
    const now = Math.floor(Date.now() / 1_000);
    const [first, second] = [
      { authorization: `Bearer ${await issue(one, claimsAt(now))}` },
      { authorization: `Bearer ${await issue(two, claimsAt(now))}` },
    ];
    const item = `${gateway.url}/item?v=a`;
    expect([await statusOf(item, first), await statusOf(item, second)]).toEqual([200, 200]);
    const taken = next();
    write("keys.json", JSON.stringify({ keys: [two.jwk] }));
    expect((await taken).kind).toBe("taken");
    expect([await statusOf(item, first), await statusOf(item, second)]).toEqual([401, 200]);
    const refused = next();
    write("keys.json", "{ broken");
    expect((await refused).kind).toBe("refused");
    expect(await statusOf(item, second)).toBe(200);
  });
});
