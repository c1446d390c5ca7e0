// Lets a file's oldest parts go only once its record says so: else what retention removed and what somebody took away would look alike.
// What may go is known from what was rotated here, never from what lies in the folder: whoever can put files there must not have real ones removed.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { SystemEvent } from "../core/record.ts";
import type { Level } from "./classification.ts";
import type { SpooledRecord } from "./delivery/destination.ts";
import type { SpoolFiles } from "./spool/files.ts";
import { RETENTION, retentionEvent } from "./spool/words.ts";

/** A file that was moved aside here. */
interface Rotated {
  /** As it was named then; `.gz` comes later. */
  readonly name: string;
  /** The last position that can stand in it. */
  readonly last: number;
}

/** `rotated-HASH.json` in the spool's folder: by the file's place, whatever its sink is named. */
interface Memory {
  readonly place: string;
  readonly rotated: Rotated[];
}

export class Retention {
  readonly #place: string;
  readonly #sink: string;
  readonly #level: Level;
  #say: ((event: SystemEvent) => void) | undefined;
  #files: SpoolFiles | undefined;
  /** Oldest first. */
  #rotated: Rotated[] = [];
  #saving: Promise<void> = Promise.resolve();
  /** The last position that is said to be removed, and the last of which that stands in the file, durably. */
  #said = 0;
  #kept = 0;

  constructor(place: string, sink: string, level: Level) {
    this.#place = place;
    this.#sink = sink;
    this.#level = level;
  }

  connect(say: (event: SystemEvent) => void): void {
    this.#say = say;
  }

  /** What was rotated before, and where that is kept; `moved`: where the file was until now. */
  async remember(files: SpoolFiles, moved: string | undefined): Promise<void> {
    this.#files = files;
    for (const place of [this.#place, moved]) {
      if (place === undefined || this.#rotated.length > 0) continue;
      this.#rotated = rotatedIn((await files.readAll(memoryName(place)))?.toString("utf8"), place);
    }
    if (moved !== undefined) this.#save();
  }

  /** The file was moved aside, and has nothing behind that position. */
  rotated(name: string, last: number): void {
    this.#rotated.push({ name, last });
    this.#save();
  }

  /** Those that were rotated here, and one behind them: a kill comes before that is written down. */
  mayPack(files: readonly string[]): readonly string[] {
    const known = new Set(this.#rotated.map(({ name }) => name));
    const last = this.#rotated.at(-1)?.name ?? "";
    const next = files.find((file) => basename(file) > last);
    return files.filter((file) => file === next || known.has(basename(file)));
  }

  /** Which of the rotated files, full paths and oldest first, may be removed now so that `keep` stay. */
  mayRemove(files: readonly string[], keep: number): readonly string[] {
    // A file that takes only part of the events is no whole chain anyway, and would never see the event.
    if (this.#level !== "info") {
      this.#rotated = this.#rotated.slice(-keep - 1);
      return files.slice(0, Math.max(0, files.length - keep));
    }
    const say = this.#say;
    const beyond = this.#rotated.slice(0, Math.max(0, this.#rotated.length - keep));
    const newest = beyond.at(-1);
    if (say === undefined || newest === undefined) return [];
    // One more: it is what others are older than, also after a restart.
    this.#rotated = this.#rotated.slice(beyond.length - 1);
    const due = upTo(files, newest);
    if (due.length > 0 && newest.last > this.#said) {
      this.#said = newest.last;
      say(retentionEvent(this.#sink, newest.last, due.length));
    }
    const told = beyond.findLast(({ last }) => last <= this.#kept);
    return told === undefined ? [] : upTo(files, told);
  }

  /** These stand in the file now. True where what was said is among them. */
  kept(records: readonly SpooledRecord[]): boolean {
    if (this.#said === this.#kept) return false;
    const isThere = stands(records, RETENTION, `"data":{"sink":"${this.#sink}","last":${this.#said},`);
    if (isThere) this.#kept = this.#said;
    return isThere;
  }

  /** What cannot be written down now is with the next rotation; what was never written down is kept longer. */
  #save(): void {
    const files = this.#files;
    if (files === undefined) return;
    const write = () => {
      const memory: Memory = { place: this.#place, rotated: this.#rotated };
      return files.replace(memoryName(this.#place), `${JSON.stringify(memory)}\n`);
    };
    this.#saving = this.#saving.then(write).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#saving;
  }
}

/** Names sort as files were moved aside. */
function upTo(files: readonly string[], { name }: Rotated): string[] {
  return files.filter((file) => basename(file).replace(/\.gz$/, "") <= name);
}

function memoryName(place: string): string {
  return `rotated-${createHash("sha256").update(place).digest("hex").slice(0, 16)}.json`;
}

/** Nothing where it is not there, not of that file, or broken: then it is begun anew. */
function rotatedIn(text: string | undefined, place: string): Rotated[] {
  try {
    const found = JSON.parse(text ?? "{}") as Partial<Memory>;
    const { rotated } = found;
    const isWhole = (one: Partial<Rotated> | null) =>
      typeof one?.name === "string" && Number.isSafeInteger(one.last) && (one.last as number) >= 0;
    return found.place === place && Array.isArray(rotated) && rotated.every(isWhole) ? rotated : [];
  } catch {
    return [];
  }
}

function stands(records: readonly SpooledRecord[], code: string, data: string): boolean {
  return records.some(({ json }) => {
    const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
    return bytes.includes(`"code":"${code}"`) && bytes.includes(data);
  });
}
