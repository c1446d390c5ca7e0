// Guards gaps that an event explains: nobody can put events into them, words of their own least of all, nor change what stands before them.
import { describe, expect, it } from "vitest";
import { ChainVerifier, type Checkpoint, createRecorder } from "../../../src/monitoring/index.ts";
import { chainText, eventHash, linkOf, NO_PREVIOUS } from "../../../src/monitoring/spool/chain.ts";
import { unheard } from "../delivery/delivering.ts";
import { ScriptedDestination } from "../delivery/scripted-destination.ts";
import { fullExchange } from "../exchanges.ts";
import { TestDisk } from "../spool/disk.ts";

const positionOf = (line: string) => linkOf(line)?.position as number;
const previousOf = (line: string) => linkOf(line)?.previous as string;
const hashOf = (line: string) => eventHash(Buffer.from(line));

/** A record whose sink was taken out for a while: it lacks what the spool had no more when it was put back. */
async function withGap(): Promise<string[]> {
  let disk = new TestDisk();
  const lines: string[] = [];
  for (const names of [["file", "other"], ["other"], ["file", "other"]]) {
    const destinations = names.map((name) => new ScriptedDestination({ name }));
    const delivery = await unheard(disk, { destinations, bytesMax: 200_000, segmentBytesMax: 6_000 });
    const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
    for (let i = 0; i < 40; i += 1) {
      recorder.exchange(fullExchange());
      await delivery.flush();
    }
    const isBehind = () => Object.values(delivery.snapshot().destinations).some(({ waiting }) => waiting > 0);
    while (isBehind()) await new Promise((done) => setTimeout(done, 1));
    await recorder.close();
    const [file] = destinations;
    if (file?.name === "file") lines.push(...file.taken.map(({ json }) => Buffer.from(json).toString("utf8")));
    disk = disk.processDies();
  }
  return lines;
}

const LINES = await withGap();
/** The line behind the gap. */
const BEHIND = LINES.findIndex((line, i) => i > 0 && positionOf(line) > positionOf(LINES[i - 1] as string) + 1);
const BEFORE = LINES[BEHIND - 1] as string;
const checkpointAt = (line: string): Checkpoint => {
  return { origin: "o", count: positionOf(line), hash: hashOf(line), time: "2026-11-26T08:00:00.000Z" };
};
const SIGNED = [checkpointAt(LINES.at(-1) as string)];

function found(lines: readonly string[], checkpoints: readonly Checkpoint[] = SIGNED) {
  const verifier = new ChainVerifier({ checkpoints, sink: "file" });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end().finding;
}

/** An event of the product itself, in the place of another. */
function said(code: string, data: object, position: number, previous: string): string {
  const word = LINES.find((line) => line.includes('"code":"monitoring.sink-began"')) as string;
  const bare = word
    .slice(0, word.lastIndexOf(',"chain":'))
    .replace('"code":"monitoring.sink-began"', `"code":"${code}"`)
    .replace(/"data":\{[^}]*\}/, `"data":${JSON.stringify({ sink: "file", ...data })}`);
  return bare + chainText(position, previous, true);
}

/** All that is chained to the first, after it was changed. */
function rechained(lines: readonly string[]): string[] {
  let previous = previousOf(lines[0] as string);
  return lines.map((line) => {
    const text = line.slice(0, line.lastIndexOf(',"chain":')) + chainText(positionOf(line), previous, true);
    previous = hashOf(text);
    return text;
  });
}

describe("a gap that an event explains", () => {
  const from = positionOf(BEFORE) + 1;
  const middle = from + 5;

  it("is whole as it is", () => {
    expect(positionOf(LINES[BEHIND] as string)).toBeGreaterThan(from + 20);
    expect(found(LINES)).toBeUndefined();
  });

  it.each([
    ["at its beginning, chained to what stands before", from, hashOf(BEFORE)],
    ["in its middle", middle, NO_PREVIOUS],
  ])("takes no event %s", (_where, position, previous) => {
    const line = BEFORE.slice(0, BEFORE.lastIndexOf(',"chain":')) + chainText(position, previous, true);
    expect(found(LINES.toSpliced(BEHIND, 0, line))).toMatchObject({ what: "foreign", from: position, to: position });
  });

  it.each([
    ["retention", "monitoring.retention", { last: middle - 1, files: 3, generation: 9 }],
    ["what was dropped", "monitoring.events-dropped", { since: 1, last: from - 1, generation: 9 }],
    ["a sink that is new", "monitoring.sink-began", { since: 1, first: from, until: 0, generation: 9 }],
  ])("takes no word of %s that excuses what is gone before it", (_what, code, data) => {
    for (const previous of [NO_PREVIOUS, hashOf(BEFORE)]) {
      const position = previous === NO_PREVIOUS ? middle : from;
      const word = said(code, data, position, previous);
      const without = [word, ...LINES.slice(BEHIND)];
      expect([code, found(without)?.what]).toEqual([code, expect.stringMatching(/^(?:missing|foreign)$/)]);
    }
  });

  it("takes no words that explain it otherwise, one around the other", () => {
    const first = positionOf(LINES[BEHIND] as string);
    const words = [
      said("monitoring.sink-began", { since: 1, first: from, until: 0, generation: 99 }, from, NO_PREVIOUS),
      said("monitoring.sink-began", { since: from + 2, first, until: 100, generation: 100 }, from + 1, NO_PREVIOUS),
    ];
    expect(found([...words, ...LINES.slice(BEHIND)])?.what).toMatch(/^(?:missing|foreign)$/);
  });

  it("lets nothing before it be changed, though all of that is chained anew", () => {
    const at = 7;
    const altered = (LINES[at] as string).replace('"status_code":403', '"status_code":200');
    expect(altered).not.toBe(LINES[at]);
    const before = rechained(LINES.slice(0, BEHIND).with(at, altered));
    expect(found([...before, ...LINES.slice(BEHIND)])).toMatchObject({ what: "altered", to: from - 1 });
    // The attack, where the word names no hash.
    const unnamed = LINES.map((line) => line.replace(/,"previous":"[0-9a-f:]+"/, ""));
    const last = unnamed.at(-1) as string;
    const tail = rechained(unnamed.slice(BEHIND));
    expect(found([...before, ...tail], [checkpointAt(tail.at(-1) ?? last)])).toBeUndefined();
  });
});
