// Guards a file of checkpoints against what a full disk, a kill or a change of the key leaves in it: what is there counts, and no false alarm lasts.
import { describe, expect, it } from "vitest";
import { makeNoteKey, noteSigner, noteVerifier } from "../../../src/cryptography/signed-note.ts";
import { openNotes } from "../../../src/monitoring/index.ts";
import { signCheckpoint } from "../../../src/monitoring/evidence/checkpoint.ts";
import { checkpointFile } from "../../../src/monitoring/evidence/checkpointer.ts";
import { NO_PREVIOUS } from "../../../src/monitoring/spool/chain.ts";
import { TestDisk } from "../spool/disk.ts";

const signer = noteSigner(makeNoteKey("shop/audit"))!;
const verifier = noteVerifier(signer.publicText)!;
const noteOf = (count: number, by = signer) =>
  signCheckpoint({ count, hash: NO_PREVIOUS, time: "2026-11-26T08:00:00.000Z" }, by);
const { signal } = new AbortController();

function writing(disk: TestDisk) {
  const sink = checkpointFile(disk, "notes", "/notes");
  return { write: (count: number) => sink.write(noteOf(count), signal), text: () => disk.text("notes") };
}

function opened(text: string) {
  const { checkpoints, forged, others } = openNotes(text, verifier);
  return { counts: checkpoints.map(({ count }) => count), forged, others };
}

const LENGTH = Buffer.byteLength(`${noteOf(10)}\n`);

describe("a note whose write broke off", () => {
  it("is cut back where that works", async () => {
    const disk = new TestDisk();
    const { write, text } = writing(disk);
    await write(10);
    disk.capacity = LENGTH + 50;
    await expect(write(20)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(text()).toBe(`${noteOf(10)}\n`);
    disk.capacity = Number.POSITIVE_INFINITY;
    await write(30);
    expect(opened(text())).toEqual({ counts: [10, 30], forged: 0, others: 0 });
  });

  it("hides no other, wherever it broke off", async () => {
    const seen = new Set<string>();
    for (let bytes = 0; bytes < LENGTH; bytes += 1) {
      const disk = new TestDisk(
        new Map([["notes", Buffer.from(`${noteOf(10)}\n${noteOf(20)}\n`).subarray(0, LENGTH + bytes)]]),
      );
      const { write, text } = writing(disk);
      const before = opened(text());
      expect([before.counts[0], before.forged], `${bytes} ${text()}`).toEqual([10, 0]);
      await write(30);
      await write(40);
      const { counts, forged, others } = opened(text());
      expect([counts.filter((count) => count !== 20), forged], `${bytes} ${text()}`).toEqual([[10, 30, 40], 0]);
      expect(others).toBeLessThanOrEqual(1);
      seen.add(counts.join(" "));
    }
    expect(seen).toContain("10 20 30 40");
    expect(seen).toContain("10 30 40");
  });

  it("hides no other where an earlier version went on behind it", () => {
    for (let bytes = 0; bytes < LENGTH - 2; bytes += 1) {
      const torn = Buffer.from(noteOf(20)).subarray(0, bytes).toString("latin1");
      const { counts, forged } = opened(`${noteOf(10)}\n${torn}${noteOf(30)}\n${noteOf(40)}\n`);
      expect([counts[0], counts.at(-1), forged], `${bytes}`).toEqual([10, 40, 0]);
    }
  });
});

describe("a note", () => {
  it("of another key vouches for nothing, also where the key has the same name", () => {
    for (const name of ["shop/audit", "other"]) {
      const other = noteSigner(makeNoteKey(name))!;
      expect(opened(`${noteOf(10, other)}\n${noteOf(20)}\n`)).toEqual({ counts: [20], forged: 0, others: 1 });
    }
  });

  it("that says that the key signed it is forged where it did not", () => {
    const forged = noteOf(20).replace("\n20\n", "\n21\n");
    expect(opened(`${noteOf(10)}\n${forged}\n${noteOf(30)}\n`)).toEqual({ counts: [10, 30], forged: 1, others: 0 });
  });
});
