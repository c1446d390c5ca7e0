// A disk for tests: it forgets what was not synced when the power goes, can be full, read-only or broken, and can be looked into.
import type { SpoolFile, SpoolFiles } from "../../../src/monitoring/spool/files.ts";

interface Content {
  /** As programs see it. */
  bytes: Buffer;
  /** As the disk has it. */
  durable: Buffer;
}

/** One folder. `powerFails` gives the folder as it is found afterwards. */
export class TestDisk implements SpoolFiles {
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  /** Every write fails with this code, as does every sync where `failSync` says so. */
  fault: string | undefined;
  syncFault: string | undefined;
  /** Bytes that fit; beyond that writes are cut short and then fail with ENOSPC. */
  capacity = Number.POSITIVE_INFINITY;
  syncs = 0;
  /** Operations that change it. */
  operations = 0;
  /** At this operation the process dies: it is half done, and none after it is done at all. */
  dieAt = Number.POSITIVE_INFINITY;
  /** What is there then: for another process, and after the loss of power. */
  left: { readonly killed: TestDisk; readonly powerless: TestDisk } | undefined;

  constructor(content: ReadonlyMap<string, Buffer> = new Map()) {
    for (const [name, bytes] of content) {
      const made = { bytes: Buffer.from(bytes), durable: Buffer.from(bytes) };
      this.#names.set(name, made);
      this.#durableNames.set(name, made);
    }
  }

  /** What is left when the machine loses its power now: of what was not synced, nothing, or the begin of it. */
  powerFails(keptOfUnsynced: (bytes: number) => number = () => 0): TestDisk {
    const left = new Map<string, Buffer>();
    for (const [name, { bytes, durable }] of this.#durableNames) {
      const extra = Math.max(0, bytes.length - durable.length);
      left.set(name, Buffer.concat([durable, bytes.subarray(durable.length, durable.length + keptOfUnsynced(extra))]));
    }
    return new TestDisk(left);
  }

  /** As the folder is now: what another process finds when this one was killed. */
  processDies(): TestDisk {
    return new TestDisk(new Map([...this.#names].map(([name, { bytes }]) => [name, bytes])));
  }

  text(name: string): string {
    return (this.#names.get(name)?.bytes ?? Buffer.alloc(0)).toString("utf8");
  }

  size(name: string): number {
    return this.#names.get(name)?.bytes.length ?? 0;
  }

  /** Changes a file behind the program's back. */
  edit(name: string, change: (bytes: Buffer) => Buffer): void {
    const content = this.#names.get(name);
    if (content === undefined) throw new Error(`there is no ${name}`);
    content.bytes = change(Buffer.from(content.bytes));
    content.durable = Buffer.from(content.bytes);
  }

  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  segments(): string[] {
    return this.names().filter((name) => name.endsWith(".log"));
  }

  async list(): Promise<string[]> {
    return this.names();
  }

  async open(name: string, access: "read" | "write"): Promise<SpoolFile> {
    let content = this.#names.get(name);
    if (content === undefined) {
      if (access === "read") throw failure("ENOENT");
      this.#check();
      content = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) };
      this.#names.set(name, content);
    }
    return this.#file(content);
  }

  #file(content: Content): SpoolFile {
    return {
      size: content.bytes.length,
      write: async (bytes, offset, position) => {
        const isLast = this.#isLast();
        if (!isLast) this.#check();
        // What is there already takes no more room.
        const room = this.#room() + Math.max(0, content.bytes.length - position);
        const length = Math.min(bytes.length - offset, room, isLast ? (bytes.length - offset) >> 1 : Infinity);
        if (isLast && length === 0) this.#die();
        if (length <= 0) throw failure("ENOSPC");
        const end = position + length;
        const grown = Buffer.alloc(Math.max(content.bytes.length, end));
        content.bytes.copy(grown);
        grown.set(bytes.subarray(offset, offset + length), position);
        content.bytes = grown;
        if (isLast) this.#die();
        return length;
      },
      read: async (into, position) => {
        const part = content.bytes.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      sync: async () => {
        this.syncs += 1;
        if (this.syncFault !== undefined) {
          // As Linux does it: the pages count as clean from then on, and are gone with the power.
          throw failure(this.syncFault);
        }
        this.#check();
        content.durable = Buffer.from(content.bytes);
      },
      truncate: async (size) => {
        this.#check();
        content.bytes = Buffer.from(content.bytes.subarray(0, size));
      },
      close: async () => undefined,
    };
  }

  async readAll(name: string): Promise<Buffer | undefined> {
    return this.#names.get(name)?.bytes;
  }

  async replace(name: string, text: string): Promise<void> {
    this.#check();
    const bytes = Buffer.from(text);
    // Both are there for a moment.
    if (bytes.length > this.#room()) throw failure("ENOSPC");
    this.#names.set(name, { bytes, durable: bytes });
    this.#durableNames = new Map(this.#names);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check();
    const content = this.#names.get(from);
    if (content === undefined) throw failure("ENOENT");
    this.#names.delete(from);
    this.#names.set(to, content);
  }

  async remove(name: string): Promise<void> {
    if (this.fault !== "ENOSPC") this.#check();
    this.#names.delete(name);
  }

  async syncFolder(): Promise<void> {
    this.#check();
    this.#durableNames = new Map(this.#names);
  }

  #room(): number {
    let used = 0;
    for (const { bytes } of this.#names.values()) used += bytes.length;
    return this.capacity - used;
  }

  #isLast(): boolean {
    return this.left === undefined && this.operations + 1 >= this.dieAt;
  }

  #die(): never {
    this.left ??= { killed: this.processDies(), powerless: this.powerFails() };
    throw failure("EIO");
  }

  #check(): void {
    this.operations += 1;
    if (this.operations >= this.dieAt) this.#die();
    if (this.fault !== undefined) throw failure(this.fault);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
