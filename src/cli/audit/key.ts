// `portcullis audit key`: the key that signs checkpoints.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isNoteName, makeNoteKey, noteSigner } from "../../cryptography/signed-note.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

export async function keyCommand([file, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  const name = given.text("name");
  if (file === undefined || more.length > 0 || name === undefined || !isNoteName(name)) {
    throw new UsageError(
      "audit key needs a file, and --name: whose record it signs, without spaces and +",
      "Example: portcullis audit key audit.key --name api.example.com/audit",
    );
  }
  const key = makeNoteKey(name);
  const publicKey = noteSigner(key)?.publicText as string;
  try {
    await writeFile(resolve(io.cwd, file), `${key}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code = "unknown error" } = error as { code?: string };
    throw new UsageError(`${file} cannot be written: ${code}`, "An existing key is never written over.");
  }
  // What is said to people goes elsewhere: `> key.pub` keeps the key alone.
  io.stdout.write(given.has("json") ? `${JSON.stringify({ file, publicKey })}\n` : `${publicKey}\n`);
  if (!given.has("json")) {
    io.stderr.write(
      `That is the public key: keep it where the record is verified. ${file} is secret:\n` +
        `  monitoring: { checkpoints: { key: { file: ${file} } } }\n`,
    );
  }
  return EXIT_OK;
}
