// Guards signed notes and checkpoints: the formats of C2SP, and that no other key and no other text passes.
import { describe, expect, it } from "vitest";
import { makeNoteKey, noteSigner, noteVerifier } from "../../../src/cryptography/signed-note.ts";
import { notesOf, openCheckpoint } from "../../../src/monitoring/index.ts";
import { signCheckpoint } from "../../../src/monitoring/evidence/checkpoint.ts";

/** The example of Go's package golang.org/x/mod/sumdb/note. */
const GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

describe("a signed note", () => {
  it("is the one that Go's package makes of the same key and text", () => {
    expect(noteSigner(GO_SECRET)?.publicText).toBe(GO_PUBLIC);
    expect(noteSigner(GO_SECRET)?.sign(GO_TEXT)).toBe(GO_NOTE);
    expect(noteVerifier(GO_PUBLIC)?.open(GO_NOTE)).toBe(GO_TEXT);
  });

  it("is refused when a byte of text, name or signature is another", () => {
    const verifier = noteVerifier(GO_PUBLIC);
    for (const changed of [
      GO_NOTE.replace("problem is", "problem Is"),
      GO_NOTE.replace("x08go/ZJ", "x08go/ZK"),
      GO_NOTE.replace("x08go", "x08gp"),
      GO_NOTE.replace("— Peter", "— Pete"),
      GO_NOTE.replace("\n\n", "\n"),
      GO_TEXT,
      "",
    ]) {
      expect(verifier?.open(changed)).toBeUndefined();
    }
    const other = noteSigner(makeNoteKey("PeterNeumann"));
    expect(noteVerifier(other?.publicText ?? "")?.open(GO_NOTE)).toBeUndefined();
  });

  it("needs keys that are whole", () => {
    for (const text of ["", "x", GO_SECRET.replace("c74f20a3", "c74f20a4"), GO_SECRET.slice(0, -8), GO_PUBLIC]) {
      expect(noteSigner(text)).toBeUndefined();
    }
    for (const text of ["", GO_SECRET, GO_PUBLIC.replace("Peter", "Pete"), `${GO_PUBLIC}AAAA`]) {
      expect(noteVerifier(text)).toBeUndefined();
    }
    // A + in the key's own base64 is no separator.
    for (let i = 0; i < 50; i += 1) expect(noteSigner(makeNoteKey("a.example/audit"))).toBeDefined();
  });
});

describe("a checkpoint", () => {
  const signer = noteSigner(makeNoteKey("api.example.com/audit"))!;
  const verifier = noteVerifier(signer.publicText)!;
  const hash = Buffer.alloc(32, 7).toString("base64");
  const note = signCheckpoint({ count: 12, hash, time: "2026-11-26T08:00:00.000Z" }, signer);

  it("has origin, count and hash in its lines", () => {
    expect(note.split("\n").slice(0, 5)).toEqual([
      "api.example.com/audit",
      "12",
      hash,
      "time 2026-11-26T08:00:00.000Z",
      "",
    ]);
    expect(openCheckpoint(note, verifier)).toEqual({
      origin: "api.example.com/audit",
      count: 12,
      hash,
      time: "2026-11-26T08:00:00.000Z",
    });
  });

  it("is found among others in a file", () => {
    expect(notesOf(`${note}\n${note}\n`)).toEqual([note, note]);
    expect(notesOf("")).toEqual([]);
    expect(openCheckpoint(note.replace("\n12\n", "\n13\n"), verifier)).toBeUndefined();
    expect(openCheckpoint(signer.sign("another text\n"), verifier)).toBeUndefined();
    expect(openCheckpoint(signer.sign(`elsewhere\n1\n${hash}\n`), verifier)).toBeUndefined();
  });
});
