// Guards the `monitoring` settings: each reaches its sink or the recorder, seen in what is written.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Composition, systemPorts } from "../../src/configuration/compose.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import type { Sink } from "../../src/monitoring/index.ts";
import { composed, enter, memorySink, OAUTH } from "./composing.ts";
import { folderWith } from "./folder.ts";
import { refusals, settingsOf } from "./loading.ts";

const event = (level: SystemEvent["level"]): SystemEvent => ({ action: `test.${level}`, level, message: "m" });

/** Composed with the sinks of a real process; the record's file is in a folder of its own. */
async function writing(settings: string): Promise<{ composition: Composition; folder: string; sinks: Sink[] }> {
  const folder = folderWith({});
  const sinks: Sink[] = [];
  const text = `${OAUTH}monitoring:\n  ${settings.replace("audit.ndjson", path.join(folder, "audit.ndjson"))}\n`;
  const createSink = (sink: Parameters<ReturnType<typeof systemPorts>["createSink"]>[0]): Sink => {
    const made = systemPorts().createSink(sink);
    sinks.push(made);
    return made;
  };
  return { composition: await composed(text, { ports: { createSink } }), folder, sinks };
}

describe("a console sink", () => {
  it.each([
    ["console", "info", false],
    ["{ console: {} }", "info", false],
    ["{ console: { format: readable, level: warn } }", "warn", true],
    ["{ console: { format: json, level: error } }", "error", false],
  ])("%s writes from %s, readable: %s", async (sink, level, isReadable) => {
    const { sinks, composition } = await writing(`sinks: [${sink}]`);
    expect(sinks.map((one) => [one.level, one.render !== undefined])).toEqual([[level, isReadable]]);
    await composition.close();
  });
});

describe("a file sink", () => {
  it("writes from its level, and packs what it rotated", async () => {
    const { composition, folder } = await writing(
      "sinks: [{ file: audit.ndjson, level: warn, fileBytesMax: 1, gzip: true, flushAfter: 1ms, rotateEvery: 1d }]",
    );
    for (const level of ["info", "warn", "error"] as const) {
      composition.recorder.system(event(level));
      await composition.recorder.flush();
    }
    await composition.close();
    expect(readFileSync(path.join(folder, "audit.ndjson"), "utf8")).toContain('"test.error"');
    const rotated = readdirSync(folder).filter((name) => name.endsWith(".gz"));
    expect(rotated).toHaveLength(1);
  });

  it("that others rotate is never rotated here", async () => {
    const settings = await settingsOf(`openapi: a\nmonitoring: { sinks: [{ file: a, rotatedBy: others }] }\n`);
    expect(settings.monitoring.sinks).toMatchObject([{ kind: "file", rotation: undefined }]);
  });

  it("waits as long as it may before it writes", async () => {
    const settings = await settingsOf(`openapi: a\nmonitoring: { sinks: [{ file: a, flushAfter: 2s }] }\n`);
    expect(settings.monitoring.sinks).toMatchObject([{ flushMs: 2_000 }]);
  });
});

describe("monitoring.hashKey", () => {
  const hashWith = async (hashKey: string): Promise<string | undefined> => {
    const lines: string[] = [];
    const text = `${OAUTH}monitoring: { sinks: [console]${hashKey} }\n`;
    const composition = await composed(text, {
      env: { KEY: "k".repeat(16) },
      ports: { createSink: () => memorySink(lines) },
    });
    const { exchange } = enter(composition, "GET", "/health");
    exchange.principal = { ...exchange.principal, kind: "user", issuer: "https://i.example/", tokenId: "t1" };
    composition.recorder.exchange(exchange);
    return /"token_hash":"([0-9a-f]+)"/.exec(lines.at(-1) ?? "")?.[1];
  };

  it("makes hashes of token ids that compare across processes", async () => {
    const first = await hashWith(", hashKey: '${KEY}'");
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(await hashWith(", hashKey: '${KEY}'")).toBe(first);
    expect(await hashWith("")).not.toBe(first);
  });

  it("may be two while one takes the other's place, the new one first", async () => {
    const env = { KEY: "k".repeat(16), NEXT: "n".repeat(16) };
    const settings = await settingsOf("openapi: a\nmonitoring: { hashKey: ['${NEXT}', '${KEY}'] }\n", { env });
    expect(settings.monitoring.hashKey).toEqual([env.NEXT, env.KEY]);
    expect(await refusals("openapi: a\nmonitoring: { hashKey: ['${KEY}', '${KEY}'] }\n", { env })).toEqual([
      expect.stringContaining("monitoring.hashKey[1] is the same key again"),
    ]);
  });

  it("is not so short that it could be guessed", async () => {
    expect(await refusals("openapi: a\nmonitoring: { hashKey: '${KEY}' }\n", { env: { KEY: "k".repeat(15) } })).toEqual(
      ["2:24 monitoring.hashKey has fewer than 16 bytes | Make one with: openssl rand -base64 32"],
    );
  });
});
