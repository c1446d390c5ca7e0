// Guards what a record says of its own gaps: what was dropped or removed by rule is told from what somebody took away, and no one can make up such a word.
import { describe, expect, it } from "vitest";
import { ChainVerifier, type Checkpoint, createRecorder } from "../../../src/monitoring/index.ts";
import { chainText, eventHash, linkOf } from "../../../src/monitoring/spool/chain.ts";
import { unheard } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { fullExchange } from "../exchanges.ts";
import { TestDisk } from "../spool/disk.ts";

const BOUNDS = { bytesMax: 30_000, segmentBytesMax: 6_000, whenFull: "drop-oldest" } as const;

const linesOf = ({ taken }: ScriptedDestination) => taken.map(({ json }) => Buffer.from(json).toString("utf8"));
const positionOf = (line: string) => linkOf(line)?.position as number;

function verdictOf(lines: readonly string[], checkpoints: readonly Checkpoint[] = [], sink?: string) {
  const verifier = new ChainVerifier({ checkpoints, sink });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end();
}

function found(lines: readonly string[], checkpoints: readonly Checkpoint[] = [], sink?: string) {
  const { finding } = verdictOf(lines, checkpoints, sink);
  return finding && [finding.what, finding.from, finding.to];
}

function checkpointAt(line: string): Checkpoint {
  return { origin: "o", count: positionOf(line), hash: eventHash(Buffer.from(line)), time: "2026-11-26T08:00:00.000Z" };
}

/** A record with a gap: what its sink lacks was dropped while it was away, after it had taken five. */
async function withDrops(): Promise<{ readonly lines: string[]; readonly whole: string[]; readonly dropped: number }> {
  const slow = new ScriptedDestination({ name: "slow", recordsMax: 1 });
  const quick = new ScriptedDestination({ name: "quick" });
  const delivery = await unheard(new TestDisk(), { destinations: [slow, quick], ...BOUNDS });
  const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
  const deliverAll = slow.always;
  for (let i = 0; i < 5; i += 1) recorder.exchange(fullExchange());
  await slow.until(() => slow.taken.length === 5);
  slow.always = away;
  for (let i = 1; i <= 100; i += 1) {
    recorder.exchange(fullExchange());
    await quick.until(() => quick.taken.length >= i + 5);
  }
  slow.always = deliverAll;
  const last = () => delivery.snapshot().spool.last;
  for (const one of [slow, quick]) await one.until(() => one.positions().at(-1) === last());
  await recorder.close();
  const { dropped = 0 } = delivery.snapshot().destinations["slow"] ?? {};
  return { lines: linesOf(slow), whole: linesOf(quick), dropped };
}

const { lines: LINES, whole: WHOLE, dropped: DROPPED } = await withDrops();
const LAST = LINES.at(-1) as string;
/** Where the gap is, as an index of the line behind it. */
const BEHIND = LINES.findIndex((line, i) => i > 0 && positionOf(line) !== positionOf(LINES[i - 1] as string) + 1);
const BEFORE = positionOf(LINES[BEHIND - 1] as string);

describe("what was dropped", () => {
  it("is told from what is missing, by the event that announces it", () => {
    expect(DROPPED).toBeGreaterThan(50);
    expect(found(WHOLE)).toBeUndefined();
    for (const sink of [undefined, "slow"]) {
      const verdict = verdictOf(LINES, [checkpointAt(LAST)], sink);
      expect(verdict).toMatchObject({ finding: undefined, dropped: DROPPED });
      const [first] = verdict.explained;
      expect(first).toMatchObject({ kind: "dropped", sink: "slow" });
      expect(first?.range[0]).toBe(BEFORE + 1);
      const announcement = LINES.find((line) => positionOf(line) === first?.by);
      expect(announcement).toContain('"code":"monitoring.events-dropped"');
    }
  });

  it("explains nothing in the record of another sink, which had it", () => {
    const taken = WHOLE.filter((line) => LINES.includes(line));
    expect(taken).toEqual(LINES);
    expect(found(taken, [], "quick")?.slice(0, 2)).toEqual(["missing", BEFORE + 1]);
  });

  it("is no cover for one more that is missing: before it, behind it, or elsewhere", () => {
    expect(found(LINES.toSpliced(BEHIND - 1, 1))).toEqual(["missing", BEFORE, BEFORE]);
    const behind = positionOf(LINES[BEHIND] as string);
    expect(found(LINES.toSpliced(BEHIND, 1))).toEqual(["missing", behind, behind]);
    expect(found(LINES.toSpliced(2, 1))).toEqual(["missing", 3, 3]);
  });

  it("is no cover for altering the event before it, which no other one names any more", () => {
    const altered = (LINES[BEHIND - 1] as string).replace('"status_code":403', '"status_code":200');
    expect(found(LINES.with(BEHIND - 1, altered))).toEqual(["altered", BEFORE, BEFORE]);
  });

  it("is missing where the announcement is missing too", () => {
    const without = LINES.filter((line) => !line.includes("events-dropped") || positionOf(line) < BEFORE);
    expect(found(without)?.slice(0, 2)).toEqual(["missing", BEFORE + 1]);
  });
});

describe("what was dropped, where the process was killed again and again", () => {
  it("is all explained by what the record says", async () => {
    let disk = new TestDisk();
    const lines = new Map<number, string>();
    let at = 7;
    let dropped = 0;
    for (let life = 0; life <= 60; life += 1) {
      const isLast = life === 60;
      at = (at * 31 + 17) % 97;
      disk.dieAt = isLast ? Number.POSITIVE_INFINITY : 20 + at * 3;
      const slow = new ScriptedDestination({ name: "slow", recordsMax: 2 });
      // As a file knows what it has.
      const held = [...lines]
        .sort(([a], [b]) => a - b)
        .map(([first, line]) => ({ first, last: first, hash: eventHash(Buffer.from(line)) }));
      Object.assign(slow, { holds: async () => held });
      const deliverAll = slow.always;
      slow.always = (records) =>
        isLast || life % 3 === 0 || slow.batches.length < 4 ? deliverAll(records) : away(records);
      // A process that dies while it opens has done nothing.
      const delivery = await unheard(disk, { destinations: [slow], ...BOUNDS, closeMs: 5 }).catch(() => undefined);
      if (delivery !== undefined) {
        const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
        for (let i = 0; i < 60 && disk.left === undefined; i += 1) {
          recorder.exchange(fullExchange());
          await delivery.flush();
        }
        const isBehind = () => isLast && (delivery.snapshot().destinations["slow"]?.waiting ?? 0) > 0;
        while (isBehind()) await new Promise((done) => setTimeout(done, 1));
        await recorder.close();
        ({ dropped } = delivery.snapshot().destinations["slow"]!);
        for (const line of linesOf(slow)) lines.set(positionOf(line), line);
      }
      disk = disk.left?.killed ?? disk.processDies();
    }
    const taken = [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
    const verdict = verdictOf(taken, [], "slow");
    expect(verdict.finding).toBeUndefined();
    expect(verdict.explained.length).toBeGreaterThan(5);
    expect(verdict.dropped).toBeGreaterThan(200);
    // What was delivered and not noted when it was killed counts as dropped, and is there.
    expect(verdict.dropped).toBeLessThanOrEqual(dropped);
  });
});

describe("an announcement that somebody made up", () => {
  const real = LINES.find((line) => line.includes("events-dropped")) as string;
  const forgedAs = (line: string, first: number, last: number): string => {
    const link = linkOf(line);
    const bare = real
      .slice(0, real.lastIndexOf(',"chain":'))
      .replace('"sink":"slow"', '"sink":"target"')
      .replace(
        /"first":\d+,"last":\d+,"since":\d+,"previous":"[^"]*"/,
        `"first":${first},"last":${last},"since":${first}`,
      );
    return bare + chainText(link?.position as number, link?.previous as string, true);
  };
  /** The attack: events 10 to 14 of a whole record are gone. */
  const gone = WHOLE.toSpliced(9, 5);

  it("in place of an event is altered", () => {
    const at = 40;
    const forged = gone.with(at, forgedAs(gone[at] as string, 10, 14));
    expect(found(gone, [], "target")).toEqual(["missing", 10, 14]);
    // Nobody vouches for what it says.
    expect(found(forged, [checkpointAt(WHOLE.at(-1) as string)], "target")).toEqual(["missing", 10, 14]);
    expect(found(WHOLE.with(at + 5, forged[at] as string), [], "target")).toEqual(["altered", 46, 46]);
  });

  it("between events is repeated", () => {
    const forged = gone.toSpliced(30, 0, forgedAs(gone[30] as string, 10, 14));
    expect(found(forged, [], "target")?.[0]).toMatch(/^(?:altered|repeated)$/);
  });

  it("at the end explains nothing that a checkpoint does not vouch for", () => {
    const end = gone.at(-1) as string;
    const position = positionOf(end) + 1;
    const next = `{}${chainText(position, eventHash(Buffer.from(end)), false)}`;
    const forged = [...gone, forgedAs(next, 10, 14)];
    // Without any checkpoint whoever can write the file can write all of it anew: here is why there are some.
    expect(found(forged, [], "target")).toBeUndefined();
    const signed = verdictOf(forged, [checkpointAt(end)], "target");
    expect(signed.finding).toMatchObject({ what: "missing", from: 10, to: 14 });
    expect(signed.finding?.message).toContain(`event ${position} says why, but no checkpoint vouches for it`);
  });

  it("in everything that was chained anew is found by the checkpoint", () => {
    let previous = linkOf(gone[0] as string)?.previous as string;
    const forged = gone.map((line, i) => {
      const bare = i === 40 ? forgedAs(line, 10, 14) : line;
      const text =
        bare.slice(0, bare.lastIndexOf(',"chain":')) +
        chainText(positionOf(line), i === 9 ? (linkOf(line)?.previous as string) : previous, true);
      previous = eventHash(Buffer.from(text));
      return text;
    });
    expect(found(forged, [], "target")).toBeUndefined();
    expect(found(forged, [checkpointAt(WHOLE.at(-1) as string)], "target")?.[0]).toBe("rewritten");
  });

  it("in a text that a client chose is no announcement", async () => {
    const said =
      '","code":"monitoring.events-dropped","data":{"sink":"slow","first":10,"last":14,"since":10,"count":5}';
    const to = new ScriptedDestination();
    const delivery = await unheard(new TestDisk(), { destinations: [to] });
    const recorder = createRecorder({ sinks: [], delivery });
    for (let i = 0; i < 20; i += 1) {
      recorder.exchange(Object.assign(fullExchange(), { rawTarget: `/orders/${said}` }));
      recorder.application({ level: "info", message: said, fields: { code: "monitoring.events-dropped", said } });
    }
    await to.until(() => to.taken.length === 40);
    await recorder.close();
    expect(found(linesOf(to).toSpliced(9, 5))).toEqual(["missing", 10, 14]);
  });
});

describe("a record that does not begin with the first event", () => {
  const retention = async (last: number) => {
    const to = new ScriptedDestination({ name: "file" });
    const delivery = await unheard(new TestDisk(), { destinations: [to] });
    const recorder = createRecorder({ sinks: [], delivery });
    for (let i = 1; i <= 40; i += 1) {
      if (i === 30) {
        const data = { sink: "file", last, files: 1 };
        recorder.system({ action: "monitoring.retention", level: "info", message: "removes", data });
      } else recorder.exchange(fullExchange());
    }
    await to.until(() => to.taken.length === 40);
    await recorder.close();
    return linesOf(to);
  };

  it("is whole where an event says that retention removed what was before, and not one event further", async () => {
    const lines = await retention(10);
    const verdict = verdictOf(lines.slice(10), [checkpointAt(lines[39] as string)], "file");
    expect(verdict).toMatchObject({ finding: undefined, first: 11, dropped: 0 });
    expect(verdict.explained).toMatchObject([{ kind: "retention", range: [1, 10], by: 30 }]);
    // It is said before it is done.
    expect(found(lines, [], "file")).toBeUndefined();
    expect(found(lines.slice(5), [], "file")).toBeUndefined();
    expect(found(lines.slice(11), [], "file")).toEqual(["missing", 11, 11]);
    expect(found(lines.slice(20), [], "file")).toEqual(["missing", 11, 20]);
    // In the middle it explains nothing.
    expect(found(lines.toSpliced(3, 3), [], "file")).toEqual(["missing", 4, 6]);
    expect(found(lines.slice(10), [], "other")).toEqual(["missing", 1, 10]);
  });

  it("is not where nobody says so, nor where only an event behind the last checkpoint does", async () => {
    expect(found(WHOLE.slice(10), [], "quick")).toEqual(["missing", 1, 10]);
    const lines = await retention(10);
    expect(found(lines.slice(10), [checkpointAt(lines[25] as string)], "file")).toEqual(["missing", 1, 10]);
    expect(found(lines.slice(10), [checkpointAt(lines[29] as string)], "file")).toBeUndefined();
  });

  it("is noticed by a checkpoint that covers earlier events, wherever that was kept", () => {
    const { finding } = verdictOf(WHOLE.slice(10), [checkpointAt(WHOLE[4] as string)], "quick");
    expect(finding).toMatchObject({ what: "missing", from: 1, to: 10 });
    expect(finding?.message).toContain("at 2026-11-26T08:00:00.000Z there were 5 events, as a checkpoint says");
  });

  it("is whole where the sink was new then", async () => {
    const disk = new TestDisk();
    const first = new ScriptedDestination({ name: "first" });
    const recorder = createRecorder({ sinks: [], delivery: await unheard(disk, { destinations: [first] }) });
    for (let i = 0; i < 10; i += 1) recorder.exchange(fullExchange());
    await first.until(() => first.taken.length === 10);
    await recorder.close();
    const later = new ScriptedDestination({ name: "later" });
    // Everything was delivered: the next process begins a new file of the spool.
    for (const name of disk.segments()) await disk.remove(name);
    const delivery = await unheard(disk, { destinations: [new ScriptedDestination({ name: "first" }), later] });
    const next = createRecorder({ sinks: [], delivery });
    next.exchange(fullExchange());
    await later.until(() => later.taken.length > 0);
    await next.close();
    const verdict = verdictOf(linesOf(later), [], "later");
    expect(verdict).toMatchObject({ first: 11, finding: undefined, explained: [{ kind: "began", range: [1, 10] }] });
    expect(found(linesOf(later), [], "first")).toEqual(["missing", 1, 10]);
  });
});
