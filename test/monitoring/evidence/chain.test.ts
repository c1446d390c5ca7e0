// Guards the chain: whatever is done to a record that was written is found, and named.
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import { makeNoteKey, noteSigner, noteVerifier } from "../../../src/cryptography/signed-note.ts";
import {
  ChainVerifier,
  type Checkpoint,
  createRecorder,
  notesOf,
  openCheckpoint,
} from "../../../src/monitoring/index.ts";
import { Checkpointer, checkpointFile } from "../../../src/monitoring/evidence/checkpointer.ts";
import { chainText, eventHash, NO_PREVIOUS } from "../../../src/monitoring/spool/chain.ts";
import { delivering } from "../delivery/delivering.ts";
import { ScriptedDestination } from "../delivery/scripted-destination.ts";
import { fullExchange } from "../exchanges.ts";
import { TestDisk } from "../spool/disk.ts";

/** A chain of events as a file has it. */
async function recorded(count: number, disk = new TestDisk()): Promise<string[]> {
  const to = new ScriptedDestination();
  const { delivery } = await delivering(disk, { destinations: [to] });
  const recorder = createRecorder({ sinks: [], delivery });
  for (let i = 0; i < count; i += 1) recorder.exchange(fullExchange());
  await to.until(() => to.taken.length === count);
  await recorder.close();
  return to.taken.map(({ json }) => Buffer.from(json).toString("utf8"));
}

function verdictOf(lines: readonly string[], checkpoints: readonly Checkpoint[] = [], isPart = false) {
  const verifier = new ChainVerifier({ checkpoints });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end({ isPart });
}

function found(lines: readonly string[], checkpoints: readonly Checkpoint[] = [], isPart = false) {
  const { finding } = verdictOf(lines, checkpoints, isPart);
  return finding === undefined ? undefined : [finding.what, finding.from, finding.to];
}

/** Somebody who can write everything but has no key makes the chain fit again. */
function rechained(lines: readonly string[]): string[] {
  let previous = NO_PREVIOUS;
  return lines.map((line, i) => {
    const bare = line.slice(0, line.lastIndexOf(',"chain":'));
    const text = bare + chainText(i + 1, previous, true);
    previous = eventHash(Buffer.from(text));
    return text;
  });
}

function checkpointAt(lines: readonly string[], count: number): Checkpoint {
  const hash = eventHash(Buffer.from(lines[count - 1] as string));
  return { origin: "o", count, hash, time: "2026-11-26T08:00:00.000Z" };
}

const LINES = await recorded(20);

describe("a whole record", () => {
  it("is whole, over restarts too, and wherever it is looked at from", async () => {
    expect(verdictOf(LINES)).toMatchObject({ finding: undefined, events: 20, first: 1, last: 20 });
    expect(found(LINES.slice(7), [], true)).toBeUndefined();
    const disk = new TestDisk();
    const lines = [...(await recorded(5, disk)), ...(await recorded(5, disk)), ...(await recorded(1, disk))];
    expect(verdictOf(lines)).toMatchObject({ finding: undefined, last: 11 });
  });

  it("agrees with its checkpoints", () => {
    const checkpoints = [checkpointAt(LINES, 5), checkpointAt(LINES, 20)];
    expect(verdictOf(LINES, checkpoints)).toMatchObject({ finding: undefined, checkpoints: 2, vouched: 20 });
    expect(verdictOf(LINES, [checkpointAt(LINES, 5)])).toMatchObject({ checkpoints: 1, vouched: 5 });
  });

  it("agrees with checkpoints that were made while it was read, and not where it was made anew", () => {
    const late = (lines: readonly string[]) => {
      const verifier = new ChainVerifier({ checkpoints: [checkpointAt(LINES, 5)] });
      for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
      // One more was signed when all was read: nobody asks for what came then.
      const beyond = { ...checkpointAt(LINES, 20), count: 25 };
      verifier.late([checkpointAt(LINES, 5), checkpointAt(LINES, 12), beyond]);
      return verifier.end();
    };
    expect(late(LINES)).toMatchObject({ finding: undefined, checkpoints: 2, vouched: 12 });
    const altered = LINES.with(7, (LINES[7] as string).replace('"status_code":403', '"status_code":200'));
    const tail = rechained(altered).slice(5);
    expect(late([...LINES.slice(0, 5), ...tail])).toMatchObject({ finding: { what: "rewritten", from: 6, to: 12 } });
  });

  it("may follow lines from before there was a chain", () => {
    expect(verdictOf(['{"old":1}', ...LINES])).toMatchObject({ finding: undefined, unchained: 1 });
  });
});

describe("an altered event", () => {
  it.each([1, 2, 11, 19])("%i is named, whichever of its bytes it is", (position) => {
    const line = LINES[position - 1] as string;
    const at = position - 1;
    for (let byte = 0; byte < line.length; byte += 1) {
      const other = line[byte] === "0" ? "1" : "0";
      const changed = line.slice(0, byte) + other + line.slice(byte + 1);
      const lines = LINES.with(at, changed);
      const result = found(lines, [checkpointAt(LINES, 20)]);
      expect(result, `byte ${byte}`).toBeDefined();
      const [what, from] = result as [string, number, number];
      // The event itself, or the one before where its link no longer is one; a position of another may look like a gap.
      expect(["altered", "foreign", "missing", "reordered", "repeated", "rewritten"]).toContain(what);
      expect(what !== "altered" || Math.abs(from - position) <= 1).toBe(true);
    }
  });

  it("is named alone where its content was changed", () => {
    for (const position of [1, 2, 10, 19]) {
      const line = LINES[position - 1] as string;
      const changed = line.replace('"status_code":403', '"status_code":200');
      expect(changed).not.toBe(line);
      expect(found(LINES.with(position - 1, changed))).toEqual(["altered", position, position]);
    }
  });

  it("at the very end is found by the checkpoint, and only by it", () => {
    const changed = (LINES[19] as string).replace('"status_code":403', '"status_code":200');
    expect(found(LINES.with(19, changed))).toBeUndefined();
    expect(found(LINES.with(19, changed), [checkpointAt(LINES, 20)])).toEqual(["rewritten", 1, 20]);
  });

  it("in a record that was chained anew is found by the checkpoint", () => {
    const changed = (LINES[8] as string).replace('"status_code":403', '"status_code":200');
    const lines = rechained(LINES.with(8, changed));
    expect(found(lines)).toBeUndefined();
    expect(found(lines, [checkpointAt(LINES, 5), checkpointAt(LINES, 15)])).toEqual(["rewritten", 6, 15]);
  });
});

describe("events", () => {
  it("taken out are named", () => {
    expect(found(LINES.toSpliced(4, 1))).toEqual(["missing", 5, 5]);
    expect(found(LINES.toSpliced(4, 3))).toEqual(["missing", 5, 7]);
    expect(found(rechained(LINES.toSpliced(4, 1)), [checkpointAt(LINES, 10)])).toEqual(["rewritten", 1, 10]);
  });

  it("swapped are named", () => {
    const [a, b] = [LINES[4] as string, LINES[5] as string];
    expect(found(LINES.with(4, b).with(5, a))).toEqual(["reordered", 5, 5]);
    expect(found(LINES.with(4, LINES[9] as string).with(9, a))?.[0]).toBe("reordered");
    // Of those that should stand there, the one that stands elsewhere.
    expect(found([...LINES.toSpliced(4, 4), LINES[5] as string])).toEqual(["reordered", 6, 6]);
  });

  it("cut off at the end are named by the checkpoint", () => {
    expect(found(LINES.slice(0, 15))).toBeUndefined();
    expect(found(LINES.slice(0, 15), [checkpointAt(LINES, 18)])).toEqual(["truncated", 16, 18]);
    expect(found([], [checkpointAt(LINES, 18)])).toEqual(["truncated", 1, 18]);
  });

  it("cut in the middle of a line are named", () => {
    expect(found([...LINES.slice(0, 15), (LINES[15] as string).slice(0, 100)])?.[0]).toBe("foreign");
  });

  it("replayed are named: an old tail in place of the new one, or behind it", async () => {
    expect(found([...LINES, ...LINES.slice(15)])).toEqual(["repeated", 16, 16]);
    const disk = new TestDisk();
    const old = await recorded(10, disk);
    const backup = disk.processDies();
    const signed = [...old, ...(await recorded(5, disk))];
    const replayed = [...old, ...(await recorded(5, backup))];
    // The spool and the file were put back to what they had been, and the gate went on from there.
    expect(found(replayed)).toBeUndefined();
    expect(found(replayed, [checkpointAt(signed, 15)])).toEqual(["rewritten", 1, 15]);
  });

  it("put between are named", () => {
    expect(found(LINES.toSpliced(5, 0, '{"event":"forged"}'))).toEqual(["foreign", 5, 5]);
    expect(found(LINES.toSpliced(5, 0, LINES[2] as string))).toEqual(["repeated", 3, 3]);
  });
});

describe("checkpoints", () => {
  const signer = noteSigner(makeNoteKey("api"))!;
  const verifier = noteVerifier(signer.publicText)!;
  const read = (disk: TestDisk) => notesOf(disk.text("checkpoints")).map((note) => openCheckpoint(note, verifier));

  it("are made after so many events, and at the end, and fit the record", async () => {
    const disk = new TestDisk();
    const notes = new TestDisk();
    const to = new ScriptedDestination();
    const { delivery } = await delivering(disk, {
      destinations: [to],
      checkpoints: {
        signer,
        sinks: [checkpointFile(notes, "checkpoints", "/checkpoints")],
        everyMs: 3_600_000,
        everyRecords: 10,
      },
    });
    const recorder = createRecorder({ sinks: [], delivery });
    for (let i = 0; i < 25; i += 1) {
      recorder.exchange(fullExchange());
      await recorder.flush();
    }
    await recorder.close();
    const made = read(notes);
    expect(made.map((one) => one?.count)).toEqual([10, 20, 25]);
    const lines = to.taken.map(({ json }) => Buffer.from(json).toString("utf8"));
    expect(verdictOf(lines, made as Checkpoint[])).toMatchObject({ finding: undefined, checkpoints: 3, vouched: 25 });
  });

  it("are made after so long, also when nothing happens, and told once when they cannot be written", async () => {
    const notes = new TestDisk();
    const said: string[] = [];
    const made = Promise.withResolvers<void>();
    const sink = checkpointFile(notes, "checkpoints", "/checkpoints");
    let count = 0;
    const checkpointer = new Checkpointer({
      signer,
      head: () => ({ count: 3, hash: NO_PREVIOUS }),
      clock: systemClock,
      everyMs: 5,
      everyRecords: 1_000,
      say: ({ action }) => said.push(action),
      sinks: [
        {
          name: "file",
          write: async (note, signal) => {
            count += 1;
            notes.fault = count === 2 || count === 3 ? "ENOSPC" : undefined;
            await sink.write(note, signal).finally(() => (count === 5 ? made.resolve() : undefined));
          },
        },
      ],
    });
    await made.promise;
    await checkpointer.close();
    expect(read(notes).length).toBeGreaterThanOrEqual(3);
    expect(read(notes).every((one) => one?.count === 3)).toBe(true);
    expect(said).toEqual(["monitoring.checkpoint-failed", "monitoring.checkpoint-written"]);
  });
});
