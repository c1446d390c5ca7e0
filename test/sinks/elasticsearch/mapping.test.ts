// The mappings: types as ECS has them, every field that the product writes, nothing that can grow.
import { EcsFlat } from "@elastic/ecs";
import { describe, expect, it } from "vitest";
import { createRecorder } from "../../../src/monitoring/index.ts";
import { alertJson } from "../../../src/monitoring/alert-event.ts";
import type { Detection } from "../../../src/monitoring/detection/engine.ts";
import { FIELDS } from "../../../src/sinks/elasticsearch/setup/fields.ts";
import { type Flavour, indexTemplate } from "../../../src/sinks/elasticsearch/setup/index-template.ts";
import { answeredExchange, clock, exchangeOf, fullExchange, MemorySink } from "../../monitoring/exchanges.ts";
import { record } from "../../monitoring/record.ts";

const ECS = EcsFlat as unknown as Readonly<Record<string, { type: string; ignore_above?: number } | undefined>>;
/** What ECS says, and what stands for it: of the same family for every search, and known to every server. */
const FAMILY: Readonly<Record<string, string>> = { wildcard: "keyword", match_only_text: "text" };

interface Mapping {
  readonly type?: string;
  readonly ignore_above?: number;
  readonly properties?: Readonly<Record<string, Mapping>>;
}

interface Template {
  readonly index_patterns: readonly string[];
  readonly template: {
    readonly settings: { readonly index: Readonly<Record<string, unknown>> };
    readonly mappings: Mapping & { readonly dynamic: string };
  };
}

function leaves({ properties = {} }: Mapping, path = ""): Map<string, Mapping> {
  const found = new Map<string, Mapping>();
  for (const [name, mapping] of Object.entries(properties)) {
    if (mapping.properties === undefined) found.set(path + name, mapping);
    else for (const [inner, leaf] of leaves(mapping, `${path}${name}.`)) found.set(inner, leaf);
  }
  return found;
}

const OPAQUE = ["portcullis.data", "portcullis.application.fields"];

/** Dotted names of what an event holds; lists have the names of what they hold. */
function namesIn(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => namesIn(item, path));
  if (typeof value !== "object" || value === null || OPAQUE.includes(path)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => namesIn(inner, path === "" ? name : `${path}.${name}`));
}

/** Everything that an alert can say. */
function alert(): object {
  const group = { "user.id": "alice", "client.address": "2001:db8::7", "portcullis.operation.id": "getOrder" };
  const rule = {
    id: "i",
    name: "n",
    title: "t",
    level: "high",
    techniques: ["T1110"],
    correlation: { type: "event_count" },
  };
  const detection = { rule: { ...rule, timespanMs: 60_000 }, group, measured: 1.5, examples: ["r"] };
  const recording = { id: "a", sequence: 1, timestamp: "2026-11-26T08:00:00.000Z", service: "orders" };
  return JSON.parse(alertJson(detection as unknown as Detection, "enforce", recording)) as object;
}

const template = (flavour: Flavour, policy?: string) => indexTemplate(flavour, "logs-a-b", policy) as Template;
const FLAVOURS: readonly Flavour[] = ["elasticsearch", "opensearch"];

describe.each(FLAVOURS)("the template for %s", (flavour) => {
  const { mappings, settings } = template(flavour).template;
  const mapped = leaves(mappings);

  it("has the type of ECS for every field that is not ours", () => {
    const strange: string[] = [];
    let compared = 0;
    for (const [name, { type, ignore_above }] of mapped) {
      if (name.startsWith("portcullis.")) continue;
      compared += 1;
      const said = ECS[name];
      if (said === undefined) strange.push(`${name} is not in ECS`);
      else if ((FAMILY[said.type] ?? said.type) !== type) strange.push(`${name}: ${type}, ECS says ${said.type}`);
      else if (said.ignore_above !== undefined && said.ignore_above !== ignore_above) strange.push(`${name}: length`);
    }
    expect(strange).toEqual([]);
    expect(compared).toBeGreaterThan(35);
  });

  it("has every field that an event can have", () => {
    const sink = new MemorySink();
    const recorder = createRecorder({ sinks: [sink], clock, service: "orders" });
    recorder.system({ action: "gateway.started", level: "info", message: "Listening.", data: { port: 1, a: "b" } });
    recorder.application(
      { level: "warn", message: "m", logger: "shop", error: { message: "e", stack: "s" }, fields: { order: 7 } },
      { id: "req-1" },
    );
    const events: readonly object[] = [
      ...sink.lines.map((line) => JSON.parse(line) as object),
      alert(),
      record(fullExchange(), { service: "orders", hashKey: "0123456789abcdef" }).event,
      record(answeredExchange()).event,
      record(exchangeOf({ clientAddress: "unknown", peerAddress: "/run/socket" })).event,
    ];
    const names = new Set(events.flatMap((event) => namesIn(event)));
    expect([...names].filter((name) => !mapped.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(60);
  });

  it("cannot grow: unknown fields are no fields, texts are cut off, their number is bounded", () => {
    expect(mappings.dynamic).toBe("false");
    expect([...mapped].filter(([, { type, ignore_above }]) => type === "keyword" && ignore_above !== 1_024)).toEqual(
      [],
    );
    expect(settings.index["mapping"]).toEqual({ total_fields: { limit: "256" } });
    // Objects count as well.
    expect(mapped.size * 1.5).toBeLessThan(256);
    expect(mapped.size).toBe(Object.keys(FIELDS).length);
  });

  it("is for that one data stream, and names its lifecycle only where there is one", () => {
    expect(template(flavour).index_patterns).toEqual(["logs-a-b"]);
    expect(template(flavour).template.settings.index).not.toHaveProperty("lifecycle");
    expect(template(flavour, "logs-a-b").template.settings.index["lifecycle"]).toEqual({ name: "logs-a-b" });
  });
});

it("what has names of its own inside is one field, in the word of each server", () => {
  const data = FLAVOURS.map((flavour) => leaves(template(flavour).template.mappings).get("portcullis.data")?.type);
  expect(data).toEqual(["flattened", "flat_object"]);
});
