// Guards the docs: every setting is explained, every example is accepted, every link leads somewhere, stated defaults are the real ones.
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DEFAULTS } from "../../src/configuration/defaults.ts";
import { SINK_DEFAULTS } from "../../src/configuration/sink-defaults.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import type { Configuration } from "../../src/configuration/settings.ts";
import type { ProblemsError } from "../../src/openapi/located.ts";
import { durationMs, sizeBytes } from "../../src/configuration/schema/words.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { anchors, blocks, links, pages } from "./markdown.ts";
import { readText, ROOT } from "./tree.ts";

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Names of all keys in a JSON Schema, wherever they stand. */
function keysOf(node: Node, found = new Set<string>()): Set<string> {
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    found.add(name);
    keysOf(inner, found);
  }
  if (typeof node.additionalProperties === "object") keysOf(node.additionalProperties, found);
  if (node.items !== undefined) keysOf(node.items, found);
  for (const one of node.anyOf ?? []) keysOf(one, found);
  return found;
}

const PRACTICES = [
  "transport",
  "authentication",
  "authorization",
  "rate-limiting",
  "validation",
  "monitoring",
  "identity",
];
/** Parts of monitoring with a page of their own. */
const SINKS = ["spool", "audit", "elasticsearch", "splunk", "syslog", "opentelemetry", "webhook", "notifications"];
const rows = [...PRACTICES, ...SINKS]
  .flatMap((name) => readText(`docs/${name}.md`).split("\n"))
  .filter((line) => line.startsWith("| `"));

/** The third cell of the row whose first cell has this key. */
function statedDefault(key: string): string {
  const row = rows.find((line) => (line.split("|")[1] as string).includes(`\`${key}\``));
  return (row?.split(/(?<!\\)\|/)[3] ?? "no row").trim().replaceAll("`", "");
}

describe("settings", () => {
  const keys = [...keysOf(JSON.parse(readText("configuration.schema.json")) as Node)];

  it("are found in the schema", () => {
    expect(keys.length).toBeGreaterThan(40);
  });

  it.each(keys.filter((key) => key !== "openapi"))("%s stands in a table of a practice", (key) => {
    const named = new RegExp(`(^|[.\`, ])${key}([.\`\\[, ]|$)`);
    expect(rows.filter((line) => named.test((line.split("|")[1] as string).trim()))).not.toEqual([]);
  });

  it.each([
    ["upstream.timeouts.connect", DEFAULTS.upstreamConnectTimeoutMs],
    ["upstream.timeouts.answer", DEFAULTS.upstreamAnswerTimeoutMs],
    ["upstream.timeouts.idle", DEFAULTS.upstreamIdleTimeoutMs],
  ])("the default of %s is the real one", (key, defaultMs) => {
    expect(durationMs(statedDefault(key))).toBe(defaultMs);
  });

  it.each([
    ["validation.bodyBytesMax", DEFAULTS.bodyBytesMax],
    ["validation.responseBytesMax", DEFAULTS.responseBytesMax],
    ["monitoring.sinks[].fileBytesMax", DEFAULTS.fileBytesMax],
  ])("the default of %s is the real one", (key, bytes) => {
    expect(sizeBytes(statedDefault(key))).toBe(bytes);
  });

  it.each([
    ["upstream.connectionsMax", String(DEFAULTS.upstreamConnectionsMax)],
    ["transport.listen", `${DEFAULTS.listen.host}:${DEFAULTS.listen.port}`],
    ["transport.adminListen", `${DEFAULTS.adminListen.host}:${DEFAULTS.adminListen.port}`],
    ["transport.hsts", DEFAULTS.hsts],
    ["transport.clientAddressField", DEFAULTS.clientAddressField],
    ["validation.requests", DEFAULTS.requests],
    ["validation.responses", DEFAULTS.responses],
    ["validation.unknownParameters", DEFAULTS.unknownParameters],
    ["validation.injection", DEFAULTS.injection],
    ["monitoring.sinks[].filesMax", String(DEFAULTS.filesMax)],
    ["monitoring.traces.ratio", String(DEFAULTS.tracesRatio)],
    ["monitoring.traces.perSecondMax", String(DEFAULTS.tracesPerSecondMax)],
    ["rateLimiting.limits", inMinutes(DEFAULTS.limit, " by subject, else address")],
    ["rateLimiting.addressCeiling.limit", inMinutes(DEFAULTS.addressCeiling)],
    ["rateLimiting.failedAuthentication.limit", inMinutes(DEFAULTS.failedAuthentication)],
  ])("the default of %s is the real one", (key, real) => {
    expect(statedDefault(key)).toBe(real);
  });

  it.each(
    Object.entries(SINK_DEFAULTS).flatMap(([sink, defaults]) =>
      Object.entries(defaults).map(([name, value]): [string, unknown] => [`${sink}.${name}`, value]),
    ),
  )("the default of the sink's %s is the real one", (name, value) => {
    const stated = statedDefault(`monitoring.sinks[].${name.replace(/Ms$/, "")}`);
    const real = name.endsWith("Ms") ? durationMs(stated) : name.endsWith("BytesMax") ? sizeBytes(stated) : stated;
    expect(String(real)).toBe(Array.isArray(value) ? value.join(", ") : String(value));
  });

  it("the fixed limits of transport are the real ones", () => {
    const page = readText("docs/transport.md");
    for (const limit of [
      `| ${LIMITS.headBytesMax / 1024} KiB, ${LIMITS.fieldsMax} fields | 431 |`,
      `| ${LIMITS.targetLengthMax / 1024} KiB | 414 |`,
      `| ${LIMITS.headersTimeoutMs / 1000} s, ${LIMITS.requestTimeoutMs / 1000} s | 408 |`,
      `| time for a body that must be read | ${LIMITS.requestBodyTimeoutMs / 1000} s |`,
      `held until they are judged and sent on, all together; answers that wait for their clients | ${LIMITS.heldBodyBytesMax / 1_048_576} MiB each | bodies that stall give way (less than ${LIMITS.pressedBytesPerSecondMin / 1024} KiB a second for ${LIMITS.pressedPauseMs / 1000} s), then those of whoever holds more than the newcomer, else the newcomer (408, 503); the oldest untaken end |`,
      `| idle kept connection | ${LIMITS.keepAliveTimeoutMs / 1000} s |`,
      `| open connections | ${inThousands(LIMITS.connectionsMax)} |`,
      `| HTTP/2 streams of one connection | ${LIMITS.streamsMax} |`,
      `| ${LIMITS.streamResetsBurst} at once, then ${LIMITS.streamResetsPerSecond} a second; ${inThousands(LIMITS.resetFramesBurst)}, ${inThousands(LIMITS.resetFramesPerSecond)} |`,
      `| ${LIMITS.controlFramesBurst} at once, then ${LIMITS.controlFramesPerSecond} a second |`,
      `| ${LIMITS.pressedBytesPerSecondMin / 1024} KiB a second, ${LIMITS.pressedPauseMs / 1000} s | 408 |`,
      `| TLS handshake | ${LIMITS.tlsHandshakeTimeoutMs / 1000} s |`,
    ]) {
      expect(page).toContain(limit);
    }
  });
});

function inThousands(value: number): string {
  return value.toLocaleString("en");
}

function inMinutes({ limit, windowMs }: { limit: number; windowMs: number }, whose = ""): string {
  return `${limit} in ${windowMs / 60_000}m${whose}`;
}

describe("examples", () => {
  const examples = pages().flatMap((file) => blocks(file, "yaml configuration"));

  it("are found", () => {
    expect(examples.length).toBeGreaterThan(7);
  });

  it.each(examples)("$file:$line is a configuration", async ({ text }) => {
    const object = parse(text) as Configuration;
    const problems = await loadSettings({ object, cwd: ROOT, env: {} }).then(
      ({ warnings }) => warnings,
      (error: ProblemsError) => error.problems,
    );
    // The secrets that it names are not on this machine.
    expect(problems.filter(({ rule }) => rule !== "configuration.file-unreadable")).toEqual([]);
  });
});

describe("links", () => {
  const all = pages().flatMap((file) => links(file).map((to) => ({ file, to })));

  it("are found", () => {
    expect(all.length).toBeGreaterThan(30);
  });

  it.each(all)("$file leads to $to", ({ file, to }) => {
    const [target, anchor] = to.split("#") as [string, string | undefined];
    const page = target === "" ? file : path.join(path.dirname(file), target);
    expect(existsSync(path.join(ROOT, page)), `${page} exists`).toBe(true);
    const known = anchor === undefined || !page.endsWith(".md") || anchors(page).has(anchor);
    expect(known, `${page} has a heading ${anchor}`).toBe(true);
  });
});

describe("pictures", () => {
  const pictures = readdirSync(path.join(ROOT, "docs/pictures")).map((name) => `pictures/${name}`);
  const shown = new Set(pages().flatMap((file) => links(file)));

  it("are few and small: every clone has them for good", () => {
    const sizes = pictures.map((name) => statSync(path.join(ROOT, "docs", name)).size);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  it.each(pictures)("%s is shown by a page", (name) => {
    expect(shown).toContain(name);
  });
});

describe("practices", () => {
  it.each([...PRACTICES, ...SINKS])("the page of %s has at most 120 lines", (name) => {
    expect(readText(`docs/${name}.md`).split("\n").length).toBeLessThanOrEqual(121);
  });
});
