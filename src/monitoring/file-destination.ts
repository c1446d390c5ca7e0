// A file that is fed from the spool: whole lines, durable before they count as delivered, each event once, also after a kill.
import { access } from "node:fs/promises";
import { basename } from "node:path";
import { type Clock, systemClock } from "../core/clock.ts";
import type { SystemEvent } from "../core/record.ts";
import { auditFiles } from "./audit-files.ts";
import type { Level } from "./classification.ts";
import type { Delivery, Destination, SpooledRecord } from "./delivery/destination.ts";
import { codeOf } from "./fault-fields.ts";
import { placeOf } from "./file-place.ts";
import type { Rotation } from "./file-rotation.ts";
import { Retention } from "./retention.ts";
import { unrotatedEvent } from "./outlet.ts";
import { idsOf, runsOf, TAIL_BYTES, tailOf } from "./file-tails.ts";
import { RotatedFile } from "./rotated-file.ts";
import type { SpoolFiles } from "./spool/files.ts";
import type { HeldRun } from "./spool/spool-port.ts";
import { readCursor } from "./spool/state-file.ts";

export interface FileDestinationOptions {
  readonly path: string;
  /** For messages and its cursor. */
  readonly name: string;
  readonly level: Level;
  /** Undefined: somebody else rotates and calls `reopen()`. */
  readonly rotation: Rotation | undefined;
  /** How long an event may wait for others, so that they are made durable together. */
  readonly lingerMs?: number;
  readonly clock?: Clock;
}

const RECORDS_MAX = 2_000;
const BYTES_MAX = 1024 * 1024;
const CHUNK_BYTES = BYTES_MAX + RECORDS_MAX;
const LINE_BREAK = 0x0a;

/** Throws at once where the file cannot be opened. */
export function fileDestination(options: FileDestinationOptions): Destination {
  return new FileDestination(options);
}

class FileDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly place: string;
  readonly recordsMax = RECORDS_MAX;
  readonly bytesMax = BYTES_MAX;
  readonly assurance = "at-least-once";
  readonly lingerMs?: number;
  readonly #file: RotatedFile;
  readonly #retention: Retention;
  /** Ids that the file ends with, as long as they may come again. */
  #known: ReadonlySet<string> | undefined;
  /** Position of the first event that is written now: what is behind it is in no file yet. */
  #next = 1;
  #say: (event: SystemEvent) => void = () => undefined;
  /** Made once: one of that size for each batch costs more than the batch. */
  #chunk = Buffer.alloc(0);

  constructor(options: FileDestinationOptions) {
    const { path, name, level, rotation, lingerMs, clock = systemClock } = options;
    this.name = name;
    this.level = level;
    if (lingerMs !== undefined) this.lingerMs = lingerMs;
    this.#file = new RotatedFile({
      rotated: (moved) => this.#retention.rotated(moved, this.#next - 1),
      mayRemove: (files, keep) => this.#retention.mayRemove(files, keep),
      mayPack: (files) => this.#retention.mayPack(files),
      path,
      rotation,
      clock,
      unrotated: (code) => this.#say(unrotatedEvent(name, name, code)),
    });
    this.place = this.#file.place;
    this.#retention = new Retention(this.place, name, level);
  }

  async remember(files: SpoolFiles): Promise<void> {
    const was = (await readCursor(files, this.name))?.place;
    const isMoved = was !== undefined && (await this.follows(was));
    await this.#retention.remember(files, isMoved ? was : undefined);
  }

  async holds(): Promise<readonly HeldRun[]> {
    return runsOf((await this.#tails()).toReversed());
  }

  /** A file of that name that is no longer there, or is reached by another path. */
  async follows(place: string): Promise<boolean> {
    if (place === this.place || basename(place) !== basename(this.place)) return false;
    const there = await placeOf(place).catch(() => undefined);
    if (there === undefined || there === this.place) return true;
    return access(place).then(
      () => false,
      () => true,
    );
  }

  connect(say: (event: SystemEvent) => void): void {
    this.#say = say;
    this.#retention.connect(say);
    this.#file.tidy();
  }

  async deliver(records: readonly SpooledRecord[]): Promise<Delivery> {
    try {
      this.#file.reopenAsked();
      this.#known ??= await this.#recall();
      const known = this.#known;
      const fresh = known.size === 0 ? records : records.filter(({ id }) => !known.has(id));
      const chunk = this.#linesOf(fresh);
      this.#next = fresh[0]?.position ?? this.#next;
      for (let offset = 0; offset < chunk.length;) offset += await this.#file.append(chunk, offset);
      await this.#file.sync();
      if (this.#retention.kept(records)) this.#file.tidy();
      // They come in their order: behind the first that is new, all are.
      if (fresh.length > 0) this.#known = NONE;
      return { kind: "answered", outcomes: records.map(() => "delivered") };
    } catch (error) {
      this.#known = undefined;
      this.#file.lookAgain();
      return { kind: "unavailable", reason: `the file cannot be written (${codeOf(error) ?? "unknown"})` };
    }
  }

  /** Good until the next call. */
  #linesOf(records: readonly SpooledRecord[]): Buffer {
    let bytes = 0;
    for (const { json } of records) bytes += json.length + 1;
    if (bytes > this.#chunk.length) this.#chunk = Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES));
    const chunk = this.#chunk;
    let end = 0;
    for (const { json } of records) {
      chunk.set(json, end);
      end += json.length;
      chunk[end++] = LINE_BREAK;
    }
    return chunk.subarray(0, end);
  }

  /** Opens the path anew: with the next batch, or now where none is under way. */
  async reopen(): Promise<void> {
    const asked = this.#file.askReopen();
    this.#file.reopenAsked();
    await asked;
  }

  async close(): Promise<void> {
    await this.#file.close(true);
    await this.#retention.close();
  }

  /** The ids at the end of what was written before a kill or a failure; a line that was not written to its end is cut off. */
  async #recall(): Promise<ReadonlySet<string>> {
    this.#file.cutTorn();
    return new Set((await this.#tails()).flatMap(idsOf));
  }

  /** The ends of the last files, the newest first: small ones are rotated often, as many as hold what may come again. */
  async #tails(): Promise<Buffer[]> {
    const tails = [this.#file.tail(TAIL_BYTES)];
    const before = (await auditFiles(this.#file.path)).filter((file) => file !== this.#file.path);
    for (let bytes = (tails[0] as Buffer).length; bytes < TAIL_BYTES && before.length > 0;) {
      const older = await tailOf(before.pop() as string);
      tails.push(older);
      bytes += older.length;
    }
    return tails;
  }
}

const NONE: ReadonlySet<string> = new Set();
