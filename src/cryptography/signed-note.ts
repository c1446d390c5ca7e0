// Signed notes (C2SP signed-note): a text with the Ed25519 signatures of named keys below it, as checkpoints of logs have them.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

/** What a note is signed with. Texts are those of Go's `note` package and the tools around it. */
export interface NoteSigner {
  readonly name: string;
  /** Without `PRIVATE+KEY`: for whoever verifies. */
  readonly publicText: string;
  /** The note of a text that ends with a line break. */
  sign(text: string): string;
}

export interface NoteVerifier {
  readonly name: string;
  /** The text of a note, or undefined where this key did not sign it. */
  open(note: string): string | undefined;
  /** The text of a note that says that this key signed it. */
  claimed(note: string): string | undefined;
}

const ED25519 = 1;
const SEED_BYTES = 32;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** DER around the bare numbers: RFC 8410. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const NAME = /^[^\s+]{1,200}$/u;
const SIGNATURE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/u;

export function isNoteName(name: string): boolean {
  return NAME.test(name);
}

/** A new key, as text: keep it secret. */
export function makeNoteKey(name: string): string {
  const der = generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" });
  const seed = der.subarray(der.length - SEED_BYTES);
  return `PRIVATE+KEY+${name}+${hex(keyId(name, publicBytes(privateKey(seed))))}+${keyText(seed)}`;
}

/** Undefined where the text is no such key. */
export function noteSigner(text: string): NoteSigner | undefined {
  const found = /^PRIVATE\+KEY\+([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text.trim());
  const seed = found === null ? undefined : keyBytes(found[3] as string);
  if (found === null || seed === undefined) return undefined;
  const key = privateKey(seed);
  const signerName = found[1] as string;
  const bytes = publicBytes(key);
  const ownId = keyId(signerName, bytes);
  if (hex(ownId) !== found[2]) return undefined;
  return {
    name: signerName,
    publicText: `${signerName}+${hex(ownId)}+${keyText(bytes)}`,
    sign(noteText) {
      const signature = Buffer.concat([ownId, sign(undefined, Buffer.from(noteText), key)]);
      return `${noteText}\n\u2014 ${signerName} ${signature.toString("base64")}\n`;
    },
  };
}

/** Undefined where the text is no public key. */
export function noteVerifier(text: string): NoteVerifier | undefined {
  const found = /^([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text.trim());
  const bytes = found === null ? undefined : keyBytes(found[3] as string);
  if (found === null || bytes === undefined) return undefined;
  const name = found[1] as string;
  const id = keyId(name, bytes);
  if (hex(id) !== found[2]) return undefined;
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });
  const isSigned = (text: string, signature: Buffer) => verify(undefined, Buffer.from(text), key, signature);
  return {
    name,
    open: (note) => openNote(note, name, id, isSigned),
    claimed: (note) => openNote(note, name, id, () => true),
  };
}

function openNote(
  note: string,
  name: string,
  id: Buffer,
  isSigned: (text: string, signature: Buffer) => boolean,
): string | undefined {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2).split("\n")) {
    const found = SIGNATURE.exec(line);
    if (found?.[1] !== name) continue;
    const bytes = Buffer.from(found[2] as string, "base64");
    if (bytes.length !== KEY_ID_BYTES + SIGNATURE_BYTES || !bytes.subarray(0, KEY_ID_BYTES).equals(id)) continue;
    if (isSigned(text, bytes.subarray(KEY_ID_BYTES))) return text;
  }
  return undefined;
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI.length);
}

/** `SHA-256(name || 0x0A || 0x01 || key)[:4]` */
function keyId(name: string, bytes: Buffer): Buffer {
  const digest = createHash("sha256").update(`${name}\n`).update(Buffer.of(ED25519)).update(bytes).digest();
  return digest.subarray(0, KEY_ID_BYTES);
}

function keyText(bytes: Buffer): string {
  return Buffer.concat([Buffer.of(ED25519), bytes]).toString("base64");
}

function keyBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 1 + SEED_BYTES && bytes[0] === ED25519 ? bytes.subarray(1) : undefined;
}

function hex(id: Buffer): string {
  return id.toString("hex");
}
