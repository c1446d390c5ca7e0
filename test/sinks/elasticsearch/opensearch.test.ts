// A real OpenSearch: set up by the command, taking events, killed and started again while they flow.
import { readFileSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import { createRecorder, type Destination, type SpooledRecord } from "../../../src/monitoring/index.ts";
import { run } from "../../cli/running.ts";
import { DOCUMENT, OAUTH } from "../../configuration/composing.ts";
import { folderWith } from "../../configuration/folder.ts";
import { answeredExchange, fullExchange, MemorySink } from "../../monitoring/exchanges.ts";
import { NEEDS_OPENSEARCH, type OpenSearch, OPENSEARCH_HOME, startOpenSearch } from "../../servers/opensearch.ts";
import { stopwatch } from "../../servers/stopwatch.ts";
import { loadedGate } from "./loaded-gate.ts";
import { deliver, destinationFor, optionsFor } from "./delivering.ts";
import { STREAM } from "./stand-in.ts";

interface Found {
  readonly hits: { readonly total: { readonly value: number } };
}

interface Hits {
  readonly hits: {
    readonly hits: readonly { readonly _source: { readonly http: { readonly request: { readonly id: string } } } }[];
  };
}

interface SetupJson {
  readonly sinks: readonly { readonly steps: readonly { readonly what: string; readonly action: string }[] }[];
}

/** Events as the recorder makes them, of a service of this name. */
function events(name: string, count: number): SpooledRecord[] {
  const sink = new MemorySink();
  const recorder = createRecorder({ sinks: [sink], clock: systemClock, service: name });
  for (let i = 0; i < count; i += 1) recorder.exchange(i % 10 === 0 ? fullExchange() : answeredExchange());
  return sink.events().map(({ event: { id } }, i) => {
    return { id, position: i, timeMs: 0, json: Buffer.from(sink.lines[i] as string) };
  });
}

describe.skipIf(OPENSEARCH_HOME === undefined)(`OpenSearch (${NEEDS_OPENSEARCH})`, { timeout: 300_000 }, () => {
  let server: OpenSearch;
  let to: Destination;

  beforeAll(async () => {
    server = await startOpenSearch();
    to = destinationFor(optionsFor(server.url, { answerTimeoutMs: 30_000, timeoutMs: 60_000 }), systemClock);
  }, 240_000);

  afterAll(async () => {
    await to?.close();
    await server?.close();
  });

  async function setup(...flags: string[]): Promise<{ code: number; actions: string[] }> {
    const cwd = folderWith({
      "openapi.yaml": DOCUMENT,
      "portcullis.yaml": `openapi: openapi.yaml\n${OAUTH}monitoring: { sinks: [{ elasticsearch: { url: "${server.url}" } }] }\n`,
    });
    const { code, out, err } = await run(["monitoring", "setup", "elasticsearch", "--json", ...flags], { cwd });
    expect(err).toBe("");
    const { sinks } = JSON.parse(out) as SetupJson;
    return { code, actions: sinks.flatMap(({ steps }) => steps.map(({ what, action }) => `${action} ${what}`)) };
  }

  async function found(query: object): Promise<number> {
    const { hits } = await server.ask<Found>("POST", `/${STREAM}/_search`, { query, size: 0, track_total_hits: true });
    return hits.total.value;
  }

  const NO_ISM = "skip lifecycle policy (ISM)";

  it("is waited for until it is set up", async () => {
    expect(await deliver(to, events("early", 1))).toEqual({
      kind: "unavailable",
      reason: `there is no data stream ${STREAM}: run \`portcullis monitoring setup elasticsearch\``,
    });
  });

  it("is set up once, and never behind anybody's back", async () => {
    expect(await setup("--dry-run")).toEqual({
      code: 0,
      actions: [NO_ISM, "create index template", "create data stream"],
    });
    expect(await server.ask("GET", `/_index_template/${STREAM}`)).toMatchObject({ status: 404 });
    const foreign = { index_patterns: [STREAM], data_stream: {}, priority: 7 };
    await server.ask("PUT", `/_index_template/${STREAM}`, foreign);
    expect(await setup()).toEqual({ code: 1, actions: [NO_ISM, "refuse index template"] });
    await server.ask("DELETE", `/_index_template/${STREAM}`);
    expect((await setup()).actions).toEqual([NO_ISM, "create index template", "create data stream"]);
    expect((await setup()).actions).toEqual([NO_ISM, "keep index template", "keep data stream"]);
  });

  it("takes the template of integrations/elastic as it is", async () => {
    const file = new URL("../../../integrations/elastic/opensearch-index-template.json", import.meta.url);
    const written = JSON.parse(readFileSync(file, "utf8")) as object;
    expect(await server.ask("PUT", `/_index_template/${STREAM}`, written)).toEqual({ acknowledged: true });
    expect((await setup()).actions).toEqual([NO_ISM, "keep index template", "keep data stream"]);
  });

  it("begins a new index where the one that is written to has other mappings", async () => {
    await server.ask("DELETE", `/_data_stream/${STREAM}`);
    await server.ask("DELETE", `/_index_template/${STREAM}`);
    await server.ask("PUT", `/_index_template/${STREAM}`, { index_patterns: [STREAM], data_stream: {} });
    await server.ask("PUT", `/_data_stream/${STREAM}`);
    expect((await setup("--replace")).actions).toEqual([NO_ISM, "replace index template", "update data stream"]);
    expect((await setup()).actions).toEqual([NO_ISM, "keep index template", "keep data stream"]);
  });

  it("takes every event once, sets a poisonous one aside alone, and finds them by their fields", async () => {
    const batch = events("first", 200);
    batch[3] = {
      ...(batch[3] as SpooledRecord),
      json: Buffer.from('{"@timestamp":"2026-11-26T08:00:00Z","client":{"ip":"x"}}'),
    };
    for (let i = 0; i < 2; i += 1) {
      const answer = await deliver(to, batch);
      const outcomes = answer.kind === "answered" ? answer.outcomes : [];
      expect(outcomes.filter((outcome) => outcome === "delivered")).toHaveLength(199);
      expect(outcomes[3]).toEqual({
        dead: expect.stringContaining("400 mapper_parsing_exception: failed to parse field [client.ip]") as string,
      });
    }
    await server.ask("POST", `/${STREAM}/_refresh`);
    expect(await found({ term: { "service.name": "first" } })).toBe(199);
    expect(await found({ term: { "client.ip": "2001:db8::/32" } })).toBe(20);
    expect(await found({ term: { "portcullis.notes.reason": "validation.request-invalid" } })).toBe(20);
    expect(await found({ range: { "event.duration": { gte: 3_000_000 } } })).toBe(199);
    expect(await found({ match: { "portcullis.internal": "operation orders" } })).toBe(20);
  });

  it("never gets a field more than it was set up with", async () => {
    const wild = Array.from({ length: 300 }, (_, i) => ({
      id: `wild-${i}`,
      position: i,
      timeMs: 0,
      json: Buffer.from(
        `{"@timestamp":"2026-11-26T08:00:00.000Z","new${i}":{"a":1},"portcullis":{"data":{"k${i}":"v${i}"}}}`,
      ),
    }));
    const before = JSON.stringify(await server.ask("GET", `/${STREAM}/_mapping`));
    expect((await deliver(to, wild)).kind).toBe("answered");
    await server.ask("POST", `/${STREAM}/_refresh`);
    expect(JSON.stringify(await server.ask("GET", `/${STREAM}/_mapping`))).toBe(before);
    expect(await found({ term: { "portcullis.data.k7": "v7" } })).toBe(1);
    expect(await found({ exists: { field: "new7" } })).toBe(0);
  });

  it("finds one event that spoils a whole request", async () => {
    const batch = events("spoilt", 8);
    batch[5] = { ...(batch[5] as SpooledRecord), json: Buffer.from("\u0000\u0001 not JSON at all") };
    const answer = await deliver(to, batch);
    const outcomes = answer.kind === "answered" ? answer.outcomes : [];
    expect(outcomes.map((outcome) => (typeof outcome === "string" ? outcome : "dead"))).toEqual([
      ...Array.from({ length: 5 }, () => "delivered"),
      "dead",
      "delivered",
      "delivered",
    ]);
  });

  it("gets every event of a gate under load once, finds a new one within 5 s, and may be killed meanwhile", async ({
    annotate,
  }) => {
    const gate = await loadedGate(server.url);
    const { requestId } = await gate.ask("/orders/marker");
    const passedMs = stopwatch();
    while ((await found({ term: { "http.request.id": requestId } })) === 0) await after(50);
    const foundMs = passedMs();
    await annotate(`found ${Math.round(foundMs)} ms after its answer`);
    expect(foundMs).toBeLessThan(5_000);
    await server.stop();
    await server.start();
    const ids = await gate.finish();
    const mine = {
      bool: { filter: [{ term: { "service.name": "Loaded" } }, { term: { "event.dataset": "portcullis.audit" } }] },
    };
    while ((await found(mine)) < ids.length) await after(200);
    const all = await server.ask<Hits>("POST", `/${STREAM}/_search`, {
      query: mine,
      size: 10_000,
      _source: ["http.request.id"],
    });
    expect(all.hits.hits.map(({ _source }) => _source.http.request.id).sort()).toEqual(ids.sort());
  });
});
