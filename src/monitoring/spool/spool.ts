// The spool: events on disk until every destination has them, in a bounded space, with honest counts.
import type { SystemEvent } from "../../core/record.ts";
import { codeOf } from "../fault-fields.ts";
import { beginsAt, headOf } from "./cursors.ts";
import { Drops } from "./drops.ts";
import { RecordLog } from "./record-log.ts";
import type { RecordHead } from "./record-group.ts";
import { MakingRoom } from "./making-room.ts";
import { dropsAbove, isFull, isNoRoom, neededFrom, segmentSize, takesBeyond, WAITING_BYTES_MAX } from "./room.ts";
import type { FoundSegments, Segment } from "./segments.ts";
import type { Remembered, SpoolConsumer, SpoolOptions, SpoolSnapshot } from "./spool-port.ts";
import { SpoolReader } from "./spool-reader.ts";
import { cursorFile, type CursorState, type Signed, type SpoolState, stateText, withAnchor } from "./state-file.ts";
import { StateKeeper } from "./state-keeper.ts";
import { Voice } from "./voice.ts";
import { damagedEvent, fullEvent, roomEvent, tornEvent, failingEvent, workingEvent } from "./words.ts";
import { countIn } from "./ranges.ts";

export class Spool {
  readonly #options: SpoolOptions;
  readonly #log: RecordLog;
  readonly #keeper: StateKeeper;
  readonly #state: SpoolState;
  readonly #found: FoundSegments;
  readonly #cursors: Map<string, CursorState>;
  readonly #setAside: Remembered["setAside"];
  readonly #drops: Drops;
  readonly #room: MakingRoom;
  readonly #voice = new Voice();
  readonly #readers: (() => void)[] = [];
  /** What comes now begins here: what is not in a segment before it is lost. */
  readonly #begunAt: number;
  #full = false;
  #closing = false;

  constructor(options: SpoolOptions, remembered: Remembered, found: FoundSegments) {
    const { state, cursors, setAside } = remembered;
    this.#options = options;
    this.#state = state;
    this.#keeper = new StateKeeper(state, options.files);
    this.#found = found;
    this.#cursors = cursors;
    this.#setAside = setAside;
    this.#begunAt = beginsAt(found, remembered);
    const segmentBytesMax = options.segmentBytesMax ?? segmentSize(options.bytesMax);
    this.#log = new RecordLog(
      found,
      { next: this.#begunAt, previous: headOf(found, state) },
      { ...options, segmentBytesMax, sync: options.durability === "fsync" },
      {
        committed: () => this.#committed(),
        failing: (code) => this.#failing(code),
        working: () => this.#working(),
        begun: (first, previous) => this.#keeper.noteNext(first, previous),
        mayLeave: (code) => isNoRoom(code) && options.whenFull === "drop-oldest",
        makeRoom: async (code, isLeft) => isNoRoom(code) && (await this.#room.dropOldest(isLeft ? "left" : "kept")),
      },
    );
    options.spare?.watch({
      changed: () => this.#judgeRoom(),
      makeRoom: async () => (await this.#room.dropOldest("idle")) || this.#release(),
    });
    this.#drops = new Drops(remembered, options.files, () => this.#log.group.next);
    this.#room = new MakingRoom({
      options,
      state,
      keeper: this.#keeper,
      log: this.#log,
      drops: this.#drops,
      cursors,
      bytes: () => this.#bytes(),
      full: () => this.#full,
      remove: (segment) => this.#delete(segment),
      dropped: () => {
        this.#announce();
        // For what came meanwhile.
        this.#judgeRoom();
      },
    });
  }

  /** Goes on where the folder ends. Called once, by `openSpool`. */
  async begin(damages: readonly string[]): Promise<void> {
    const { tornBytes } = this.#found;
    await this.#log.open(tornBytes);
    if (tornBytes > 0) this.#voice.tell(tornEvent(tornBytes));
    for (const what of damages) this.#voice.tell(damagedEvent(what));
    this.#drops.begin();
    await this.#room.begin();
    this.#judgeRoom();
  }

  /** From now on events about the spool go there; earlier ones at once. */
  connect(say: (event: SystemEvent) => void): void {
    this.#voice.connect(say);
    this.#announce();
  }

  /** Whether requests must be refused, as what happens could not be recorded. */
  get blocked(): boolean {
    return this.#full && this.#options.whenFull === "block";
  }

  /** What events that name a destination speak of. */
  get generation(): number {
    return this.#state.generation;
  }

  /** The end of the chain, as far as it is durable. */
  get head(): { readonly count: number; readonly hash: string } {
    return this.#log.head;
  }

  /** Remembers the last checkpoint that stands somewhere, also after the end: else nobody would miss it. */
  signed(checkpoint: Signed): Promise<void> {
    Object.assign(this.#state, { signed: checkpoint, anchors: withAnchor(this.#state.anchors, checkpoint) });
    return this.#keeper.save().catch(() => undefined);
  }

  /** Called each time that more is durable. */
  onCommit(then: () => void): void {
    this.#readers.push(then);
  }

  get failing(): boolean {
    return this.#log.failing;
  }

  /** How many positions from one to before another were removed to make room. */
  droppedIn(from: number, to = Number.POSITIVE_INFINITY): number {
    return countIn(this.#state.dropped, from, to);
  }

  /** Takes one event, or says that there is no room for it: then it is counted. */
  append(json: Uint8Array, length: number, head: RecordHead): boolean {
    // Only what the spool itself says comes so late: what must be known is in its state, and said at the next start.
    if (this.#closing) return false;
    if (!this.#takes(length)) {
      this.refuse();
      return false;
    }
    this.#log.append(json, length, head);
    if (this.#log.failing) this.#keeper.atRisk(this.#waitingRecords);
    this.#judgeRoom();
    return true;
  }

  #takes(length: number): boolean {
    const { waitingBytesMax = WAITING_BYTES_MAX } = this.#options;
    if (this.#log.waitingBytes + length > waitingBytesMax) return false;
    return !this.#full || takesBeyond(this.#bytes() + length, this.#options);
  }

  /** Counts an event that was not even made. */
  refuse(): void {
    this.#keeper.refused();
  }

  /** Where a destination goes on. */
  consumer(name: string, onCommit: () => void): SpoolConsumer {
    const cursor = this.#cursors.get(name);
    if (cursor === undefined) throw new Error(`the spool was not opened for ${name}`);
    this.#readers.push(onCommit);
    const reader = new SpoolReader(this.#options.files, this.#log.segments, cursor.next, this.#begunAt);
    this.#drops.readBy(name, reader);
    return {
      cursor,
      reader,
      setAside: this.#setAside.get(name) ?? new Set(),
      save: async (changed) => {
        await this.#options.files.replace(cursorFile(name), stateText(changed));
        this.#cursors.set(name, { ...changed });
        await this.#release();
      },
    };
  }

  snapshot(): SpoolSnapshot {
    return {
      bytes: this.#bytes(),
      bytesMax: this.#options.bytesMax,
      last: this.#log.group.next - 1,
      refused: this.#state.refused,
      full: this.#full,
      failing: this.#log.failing,
    };
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }

  /** Before the end: what is being dropped is said as well. */
  async settle(): Promise<void> {
    do {
      await this.#room.underWay;
      await this.#log.flush();
    } while (this.#room.underWay !== undefined && !this.#log.failing);
  }

  /** Writes what it can in bounded time. Resolves to how many events were lost. */
  async close(): Promise<number> {
    this.#closing = true;
    const lost = await this.#log.close();
    await this.#options.spare?.close();
    this.#keeper.givenUp(lost);
    if (lost === 0) this.#keeper.noteNext(this.#log.group.next, this.#log.group.previous);
    await this.#keeper.close();
    return lost;
  }

  get #waitingRecords(): number {
    return this.#log.group.next - 1 - this.#log.head.count;
  }

  #bytes(): number {
    let bytes = this.#log.waitingBytes;
    for (const segment of this.#log.segments) bytes += segment.bytes;
    return bytes;
  }

  #committed(): void {
    this.#keeper.atRisk(this.#log.failing ? this.#waitingRecords : 0);
    if (this.#drops.committed(this.#log.head.count)) this.#keeper.saveSoon();
    for (const wake of this.#readers) wake();
    // Once nothing is being written any more.
    if (this.#full) setImmediate(() => this.#judgeRoom());
    this.#announce();
  }

  /** Of what was dropped, what the record does not say yet, once it can. */
  #announce(): void {
    const { say } = this.#voice;
    const { whenFull, waitingBytesMax = WAITING_BYTES_MAX } = this.#options;
    const isQuiet = !this.#full && this.#room.underWay === undefined && this.#log.waitingBytes <= waitingBytesMax / 2;
    if (say === undefined || !isQuiet || this.#closing) return;
    this.#drops.say(say);
    const { refusedUnsaid } = this.#drops;
    if (refusedUnsaid > 0) this.#drops.sayRefused(say, roomEvent(whenFull, refusedUnsaid));
  }

  #failing(code: string): void {
    this.#keeper.atRisk(this.#waitingRecords);
    this.#judgeRoom();
    this.#voice.tell(failingEvent(code));
  }

  #working(): void {
    this.#voice.tell(workingEvent());
    this.#judgeRoom();
  }

  #judgeRoom(): void {
    if (this.#bytes() > dropsAbove(this.#options)) void this.#room.dropOldest();
    const { whenFull } = this.#options;
    if (whenFull === "drop-oldest") return;
    const bytes = this.#bytes();
    const disk = { isFailing: this.#log.failing, isFull: this.#options.spare?.isSpent === true };
    const full = isFull(this.#full, bytes, disk, this.#options);
    if (full === this.#full) return;
    this.#full = full;
    if (full) this.#voice.tell(fullEvent(whenFull, bytes, disk.isFull));
    else queueMicrotask(() => this.#announce());
  }

  async #release(): Promise<void> {
    const lowest = neededFrom(this.#cursors, this.#log.group.next);
    for (;;) {
      const [first, second] = this.#log.segments;
      // The last record stays: a start goes on with its hash.
      if (first === undefined || second === undefined || second.last < second.first || first.last >= lowest) break;
      await this.#remove(first);
    }
    const last = this.#log.segments.at(-1);
    const bytesMin = this.#options.spare?.isSpent === true ? 0 : undefined;
    if (this.#full && last !== undefined && this.#log.retire(lowest, bytesMin)) {
      this.#keeper.noteNext(this.#log.group.next, this.#log.group.previous);
      await this.#keeper.save();
      await this.#remove(last);
    }
    if (this.#drops.forget(lowest)) this.#keeper.saveSoon();
    this.#judgeRoom();
  }

  async #remove(segment: Segment): Promise<void> {
    const at = this.#log.segments.indexOf(segment);
    if (at < 0) return;
    this.#log.segments.splice(at, 1);
    await this.#delete(segment);
  }

  async #delete(segment: Segment): Promise<void> {
    await this.#options.files.remove(segment.name).catch((error: unknown) => {
      this.#voice.tell(damagedEvent(`${segment.name} cannot be removed (${codeOf(error) ?? "unknown"})`));
    });
    this.#judgeRoom();
  }
}
