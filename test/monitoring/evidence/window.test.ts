// Guards the part of a record that is asked about: all of it is judged, and no altered time hides what it stands in.
import { describe, expect, it } from "vitest";
import { ChainVerifier, type Checkpoint, type Times } from "../../../src/monitoring/index.ts";
import { chainText, eventHash, NO_PREVIOUS } from "../../../src/monitoring/spool/chain.ts";

const timeOf = (minute: number) => new Date(Date.UTC(2026, 10, 26, 8, 0, minute * 60)).toISOString();

/** One event for each minute. */
function chained(minutes: readonly number[]): string[] {
  let previous = NO_PREVIOUS;
  return minutes.map((minute, i) => {
    const text = `{"@timestamp":"${timeOf(minute)}","message":"m","portcullis":{"a":1${chainText(i + 1, previous, true)}`;
    previous = eventHash(Buffer.from(text));
    return text;
  });
}

const LINES = chained(Array.from({ length: 20 }, (_, i) => i + 1));

function verdictOf(lines: readonly string[], times: Times, checkpoints: readonly Checkpoint[] = []) {
  const verifier = new ChainVerifier({ checkpoints, times });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end({ isPart: times.from !== undefined });
}

function found(lines: readonly string[], times: Times, checkpoints: readonly Checkpoint[] = []) {
  const { finding } = verdictOf(lines, times, checkpoints);
  return finding && [finding.what, finding.from, finding.to];
}

const checkpointAt = (lines: readonly string[], count: number): Checkpoint => {
  return { origin: "o", count, hash: eventHash(Buffer.from(lines[count - 1] as string)), time: timeOf(count) };
};
const at = (minute: number, lines: readonly string[], time: string) =>
  lines.with(minute - 1, (lines[minute - 1] as string).replace(timeOf(minute), time));
const altered = (minute: number, lines: readonly string[] = LINES) =>
  lines.with(minute - 1, (lines[minute - 1] as string).replace('"m"', '"x"'));

const PART = { from: timeOf(6), to: timeOf(10) };

describe("a part of a record", () => {
  it("has the events of those times", () => {
    expect(verdictOf(LINES, PART)).toMatchObject({ finding: undefined, part: { first: 6, last: 10, events: 5 } });
    expect(verdictOf(LINES, { from: timeOf(6) }).part).toEqual({ first: 6, last: 20, events: 15 });
    expect(verdictOf(LINES, { to: timeOf(10) }).part).toEqual({ first: 1, last: 10, events: 10 });
    expect(verdictOf(LINES, {}).part).toBeUndefined();
  });

  it.each([
    ["altered", (n: number) => altered(n)],
    ["missing", (n: number) => LINES.toSpliced(n - 1, 1)],
    ["foreign", (n: number) => LINES.toSpliced(n, 0, "{}")],
  ])("is judged where an event was %s in it, and not where that was elsewhere", (what, change) => {
    for (const n of [6, 7, 9, 10]) expect(found(change(n), PART)?.[0], `${what} ${n}`).toBe(what);
    for (const n of [2, 3, 14, 18]) expect(found(change(n), PART), `${what} ${n}`).toBeUndefined();
    for (const n of [2, 3, 14, 18]) expect(found(change(n), {})?.[0], `${what} ${n}`).toBe(what);
  });

  it.each(["1970-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z", "no time"])(
    "is not made smaller by an altered time (%s)",
    (time) => {
      for (let n = 6; n <= 10; n += 1) {
        expect(found(at(n, LINES, time), PART)?.[0], `${n}`).toBe("altered");
        // Nor is what follows hidden.
        expect(found(altered(10, at(n, LINES, time)), PART)?.[0], `${n}`).toBe("altered");
      }
      for (const n of [9, 8]) expect(found(at(10, at(n, LINES, time), time), PART)?.[0]).toBe("altered");
      for (const n of [6, 7]) expect(found(at(6, at(n + 1, LINES, time), time), PART)?.[0]).toBe("altered");
    },
  );

  it.each([51, 0])("is rewritten where its events were chained anew with other times (:%i)", (minute) => {
    const anew = chained(Array.from({ length: 20 }, (_, i) => (i < 5 ? i + 1 : minute)));
    const checkpoints = [5, 10, 20].map((count) => checkpointAt(LINES, count));
    expect(found(anew, PART, checkpoints)).toEqual(["rewritten", 6, 10]);
    expect(found(anew, { from: timeOf(6) }, checkpoints)).toEqual(["rewritten", 6, 10]);
  });

  it("needs words of later events that say what is not in it", () => {
    const word = `{"@timestamp":"${timeOf(30)}","event":{"code":"monitoring.events-dropped","dataset":"portcullis.system"},"portcullis":{"data":{"sink":"file","since":8,"last":9}`;
    const last = eventHash(Buffer.from(LINES.at(-1) as string));
    const lines = [...LINES.toSpliced(7, 2), word + chainText(21, last, true)];
    expect(verdictOf(lines, PART)).toMatchObject({ finding: undefined, dropped: 2 });
    expect(found(lines.slice(0, -1), PART)).toEqual(["missing", 8, 9]);
    expect(verdictOf(lines, { from: timeOf(12) })).toMatchObject({ finding: undefined, dropped: 0 });
  });

  it("has what was taken from it among slow requests, which stand where they ended", () => {
    const minutes = [1, 2, 3, 6, 5.5, 5.6, 7, 8, 9.5, 10.6, 10.7, 10, 10.8, 12, 13, 14];
    const lines = chained(minutes);
    expect(found(lines, PART)).toBeUndefined();
    for (const at of [3, 11]) expect(found(lines.toSpliced(at, 1), PART)).toEqual(["missing", at + 1, at + 1]);
  });
});

describe("the end of a record", () => {
  const most = checkpointAt(LINES, 20);

  it("is asked for as long as nothing later was seen", () => {
    for (const to of [timeOf(15), timeOf(18)]) {
      expect(found(LINES.slice(0, 15), { to }, [most])).toEqual(["truncated", 16, 20]);
      expect(found(LINES.slice(0, 15), { from: timeOf(18) }, [most])).toEqual(["truncated", 16, 20]);
    }
    expect(found(LINES.slice(0, 15), { to: timeOf(8) }, [checkpointAt(LINES, 12), most])).toBeUndefined();
    // Whoever cuts it off may put something later there.
    const forged = chained(Array.from({ length: 14 }, (_, i) => (i < 10 ? i + 1 : 51)));
    expect(found(forged, { to: timeOf(12) }, [checkpointAt(LINES, 10), most])?.[0]).toBe("truncated");
  });

  it("may be before the part begins", () => {
    expect(verdictOf(LINES, { from: timeOf(40) }, [most])).toMatchObject({ finding: undefined, part: { events: 0 } });
    expect(verdictOf(LINES.slice(3), { to: timeOf(2), from: timeOf(1) })).toMatchObject({
      finding: undefined,
      part: { events: 0 },
    });
  });
});

describe("a beginning that is not asked for", () => {
  it("takes no event that comes later", () => {
    expect(found(LINES.slice(7), { from: timeOf(1) })).toBeUndefined();
    expect(found([...LINES.slice(7), LINES[2] as string], { from: timeOf(1) })).toEqual(["reordered", 3, 3]);
    expect(found(LINES.slice(7).toSpliced(4, 0, LINES[6] as string), { from: timeOf(1) })?.[0]).toBe("reordered");
  });
});
