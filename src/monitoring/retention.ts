// Lets a file's oldest parts go only once its record says so: else what retention removed and what somebody took away would look alike.
// What may go is known from what was rotated here, never from what lies in the folder: whoever can put files there must not have real ones removed.
import { basename } from "node:path";
import type { SystemEvent } from "../core/record.ts";
import type { Level } from "./classification.ts";
import type { SpooledRecord } from "./delivery/destination.ts";
import type { SpoolFiles } from "./spool/files.ts";
import { RETENTION, retentionEvent, SINK_RENAMED } from "./spool/words.ts";

/** A file that was moved aside here. */
interface Rotated {
  /** As it was named then; `.gz` comes later. */
  readonly name: string;
  /** The last position that can stand in it. */
  readonly last: number;
}

/** `rotated-NAME.json` in the spool's folder. */
interface Memory {
  readonly path: string;
  readonly rotated: Rotated[];
  readonly formerly?: string | undefined;
}

export class Retention {
  readonly #path: string;
  readonly #sink: string;
  readonly #level: Level;
  #say: ((event: SystemEvent) => void) | undefined;
  #files: SpoolFiles | undefined;
  /** Oldest first. */
  #rotated: Rotated[] = [];
  /** The sink's name until now, as long as the file itself does not say so. */
  #formerly: string | undefined;
  #saving: Promise<void> = Promise.resolve();
  /** The last position that is said to be removed, and the last of which that stands in the file, durably. */
  #said = 0;
  #kept = 0;

  constructor(path: string, sink: string, level: Level) {
    this.#path = path;
    this.#sink = sink;
    this.#level = level;
  }

  connect(say: (event: SystemEvent) => void): void {
    this.#say = say;
  }

  /** What was rotated before, and where that is kept. Resolves to the name that the sink had until now, where it had another. */
  async remember(files: SpoolFiles): Promise<string | undefined> {
    this.#files = files;
    const own = memoryName(this.#sink);
    const memories = (await files.list()).filter((name) => MEMORY.test(name) && name !== own);
    let found = "";
    for (const name of [own, ...memories]) {
      const memory = parsed((await files.readAll(name))?.toString("utf8"), this.#path);
      if (memory === undefined) continue;
      this.#rotated = memory.rotated;
      this.#formerly = name === own ? memory.formerly : MEMORY.exec(name)?.[1];
      found = name;
      break;
    }
    if (found === own) return this.#formerly;
    this.#save();
    await this.#saving;
    if (found !== "") await files.remove(found);
    return this.#formerly;
  }

  /** The file was moved aside, and has nothing behind that position. */
  rotated(name: string, last: number): void {
    this.#rotated.push({ name, last });
    this.#save();
  }

  /** Which of the rotated files, full paths and oldest first, may be removed now so that `keep` stay. */
  mayRemove(files: readonly string[], keep: number): readonly string[] {
    // A file that takes only part of the events is no whole chain anyway, and would never see the event.
    if (this.#level !== "info") return files.slice(0, Math.max(0, files.length - keep));
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
    if (this.#formerly !== undefined && stands(records, SINK_RENAMED, `"data":{"sink":"${this.#sink}",`)) {
      this.#formerly = undefined;
      this.#save();
    }
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
      const memory: Memory = { path: this.#path, rotated: this.#rotated, formerly: this.#formerly };
      return files.replace(memoryName(this.#sink), `${JSON.stringify(memory)}\n`);
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

const MEMORY = /^rotated-([a-z0-9-]{1,40})\.json$/;

function memoryName(sink: string): string {
  return `rotated-${sink}.json`;
}

/** Undefined where it is not there, not of that file, or broken: then it is begun anew. */
function parsed(text: string | undefined, path: string): Memory | undefined {
  if (text === undefined) return undefined;
  try {
    const found = JSON.parse(text) as Partial<Memory>;
    const { rotated, formerly } = found;
    if (found.path !== path || !Array.isArray(rotated) || !["string", "undefined"].includes(typeof formerly)) return;
    const isWhole = (one: Partial<Rotated> | null) =>
      typeof one?.name === "string" && Number.isSafeInteger(one.last) && (one.last as number) >= 0;
    return rotated.every(isWhole) ? (found as Memory) : undefined;
  } catch {
    return undefined;
  }
}

function stands(records: readonly SpooledRecord[], code: string, data: string): boolean {
  return records.some(({ json }) => {
    const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
    return bytes.includes(`"code":"${code}"`) && bytes.includes(data);
  });
}
