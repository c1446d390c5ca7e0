// Keeps who is held back: in memory for the guards, in a file for restarts and people, and on record when it begins, is lifted and ends.
import type { DenyList } from "../../authentication/index.ts";
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { AddressSet } from "../../http/address-set.ts";
import type { AddressPrefixes } from "../../http/addresses.ts";
import type { Detection, ResponseMeasure } from "../../monitoring/index.ts";
import { type SanctionMeasure, Sanctions, SANCTIONS_MAX } from "../../rate-limiting/index.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { fileFailingEvent, fullEvent } from "./sanction-events.ts";
import { hasEnded, newSanction, sanctionsOf } from "./sanction-file.ts";
import { activeOf, holding, holds } from "./sanction-held.ts";
import { SanctionIndex } from "./sanction-index.ts";
import { endsOf, merged, newsOf, onRecord, revised, sparedWhy, vanished, withChanges } from "./sanction-list.ts";
import { type Change, SanctionStore } from "./sanction-store.ts";
import { type SanctionTarget, targetOf } from "./sanction-target.ts";
import { SessionEnding } from "./session-ending.ts";
import { Writing } from "./writing.ts";

export interface SanctionKeeperOptions {
  readonly file: string;
  /** Never held back: trusted proxies, and what the owner names. */
  readonly spared: AddressSet;
  readonly prefixes?: AddressPrefixes | undefined;
  readonly clock: Clock;
  /** How often the file is looked at. */
  readonly everyMs?: number;
}

type Say = (event: SystemEvent) => void;

const EVERY_MS = 1_000;
const WRITE_AGAIN_MS = 1_000;

export class SanctionKeeper {
  readonly sanctions = new Sanctions();
  /** Never held back: a reload may name others. */
  spared: AddressSet;
  /** Asked like any deny list. */
  readonly denied: DenyList = { denies: ({ names }, nowMs) => this.sanctions.revokes(names, nowMs) };
  /** Of revoked sessions: has their issuer end them. */
  readonly sessions = new SessionEnding((id) => this.#sessionEnded(id));
  readonly #options: SanctionKeeperOptions;
  #entries: SanctionIndex;
  readonly #store: SanctionStore;
  /** Not in the file yet: new, or on record since. */
  readonly #changed = new Map<string, WrittenSanction>();
  /** Begun here, and not in the file yet: nobody else can tell of them. */
  readonly #own = new Set<string>();
  /** Ended, on record, and perhaps in the file still. */
  readonly #toldEnds = new Set<string>();
  /** Something has ended that the file still has. */
  #isDue = false;
  /** When the next one ends. */
  #nextEndMs = Number.POSITIVE_INFINITY;
  /** Said of the file, once. */
  #trouble: string | undefined;
  #isFullTold = false;
  #say: Say | undefined;
  #flush: () => Promise<void> = () => Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  readonly #writing: Writing;
  #closed = false;

  constructor(options: SanctionKeeperOptions) {
    this.#options = options;
    this.spared = options.spared;
    this.#entries = new SanctionIndex(options.prefixes);
    this.#store = new SanctionStore(options.file, options.clock);
    this.#writing = new Writing({
      write: () => this.#write(),
      isLeft: () => this.#changed.size > 0,
      // As long as the last one took: writing takes half of the time at most.
      pauseMs: (isWritten) => (isWritten ? this.#store.lastWriteMs : WRITE_AGAIN_MS),
    });
  }

  /** How many are held back now, by what is done to them. */
  active(): ReadonlyMap<SanctionMeasure, number> {
    return activeOf(this.#entries.values(), this.#options.clock.nowMs(), this.#options.prefixes);
  }

  readonly isSpared = (address: string): boolean => this.spared.has(address);

  /** Reads the file, where there is one. Throws KeptFileError for one that is broken: nothing that was banned comes back by a slip. */
  async load(): Promise<void> {
    const list = await this.#store.look();
    if (list !== undefined && list !== "gone") this.#take(list);
  }

  /** From now on the record hears of it, and the file is followed. `flush`: resolves when the record has kept what it heard. */
  connect(say: Say, flush: () => Promise<void> = this.#flush): void {
    this.#say = say;
    this.#flush = flush;
    this.#tell();
    this.#next();
  }

  /** Does what a rule responds with, from the next request on. Never throws. */
  readonly respond = (detection: Detection, measures: readonly ResponseMeasure[], isRepeated = false): void => {
    for (const measure of measures) {
      const target = targetOf(measure, detection.last);
      if (target !== undefined) this.#begin(measure, target, detection.rule.name, isRepeated);
    }
  };

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.sessions.close();
    await this.#writing.close();
    if (this.#changed.size > 0 || this.#isDue) await this.#write();
  }

  #begin(measure: ResponseMeasure, target: SanctionTarget, rule: string, isRepeated: boolean): void {
    const { clock, prefixes } = this.#options;
    const nowMs = clock.nowMs();
    const written = newSanction(measure, target, rule, nowMs);
    const alike = [...this.#entries.alike(written)];
    const spared = sparedWhy(alike, written, { nowMs, prefixes, isSpared: this.isSpared });
    if (spared !== undefined) return isRepeated ? undefined : this.#tellLater(spared);
    if (isRepeated && holds(alike, written, nowMs, prefixes)) return;
    if (this.#entries.size >= SANCTIONS_MAX) this.#dropEnded(nowMs);
    if (this.#entries.size >= SANCTIONS_MAX) return this.#tellFull();
    this.#isFullTold = false;
    this.#know(written);
    this.#own.add(written.id);
    this.#nextEndMs = Math.min(this.#nextEndMs, Date.parse(written.until));
    for (const sanction of sanctionsOf(written, prefixes)) this.sanctions.add(sanction);
    this.sessions.take([written]);
    // Told when the file has it, behind the alert that it follows.
    if (this.#say !== undefined) this.#writing.soon();
  }

  #sessionEnded(id: string): void {
    const written = this.#entries.get(id);
    if (written?.what !== "revoke") return;
    this.#know({ ...written, sessionEnded: true });
    this.#writing.soon();
  }

  #tellFull(): void {
    if (!this.#isFullTold) this.#tellLater(fullEvent(SANCTIONS_MAX));
    this.#isFullTold = true;
  }

  #tellLater(event: SystemEvent): void {
    queueMicrotask(() => this.#say?.(event));
  }

  /** There is no room for what has ended, nor for waiting until the file is rid of it. */
  #dropEnded(nowMs: number): void {
    const ended = [...this.#entries.values()].filter((written) => hasEnded(written, nowMs));
    if (ended.length === 0) return;
    for (const { id } of ended) this.#entries.delete(id);
    const untold = ended.filter(({ id, lifted }) => lifted === undefined && !this.#toldEnds.has(id));
    for (const { id } of untold) this.#toldEnds.add(id);
    for (const event of endsOf(untold, this.#entries.values(), this.#options.prefixes)) this.#tellLater(event);
    this.#apply();
  }

  #apply(): void {
    const { active, nextEndMs, isAnyOver } = holding(this.#entries.values(), this.#options.clock.nowMs());
    this.#isDue = isAnyOver;
    this.#nextEndMs = nextEndMs;
    this.sanctions.replace(active.flatMap((written) => sanctionsOf(written, this.#options.prefixes)));
    this.sessions.replace(active);
  }

  /** What the record does not have yet is told by whoever holds the lock of the file. */
  #tell(): void {
    if (this.#say === undefined) return;
    if (this.#entries.hasUntold || this.#isDue || this.#changed.size > 0) this.#writing.soon();
  }

  /** What began here, where the file cannot be written: nobody else can tell of it. */
  #tellUnkept(): void {
    for (const written of [...this.#own].flatMap((id) => this.#entries.get(id) ?? [])) {
      for (const event of newsOf(written)) this.#say?.(event);
      if (this.#say !== undefined) this.#know(onRecord(written));
    }
  }

  #know(written: WrittenSanction): void {
    this.#entries.set(written);
    this.#changed.set(written.id, written);
  }

  /** Takes over what the file holds; what is not in it any more was lifted by whoever wrote it. */
  #take(list: readonly WrittenSanction[]): void {
    const before = this.#entries;
    this.#entries = new SanctionIndex(this.#options.prefixes);
    for (const written of [...list, ...this.#changed.values()]) {
      const { id } = written;
      if (!this.#entries.has(id) && !this.#toldEnds.has(id)) this.#entries.set(merged(before.get(id), written));
    }
    const isThere = (id: string) => this.#entries.has(id) || this.#toldEnds.has(id);
    for (const event of vanished(before.values(), isThere, this.#options.clock.nowMs())) this.#say?.(event);
    this.#apply();
    this.#tell();
  }

  #next(): void {
    if (this.#closed) return;
    const { everyMs = EVERY_MS } = this.#options;
    this.#timer = setTimeout(() => void this.#follow().finally(() => this.#next()), everyMs).unref();
  }

  async #follow(): Promise<void> {
    try {
      if (this.#isDue || this.#options.clock.nowMs() >= this.#nextEndMs) {
        this.#apply();
        this.#writing.soon();
      }
      const list = await this.#store.look();
      if (list === undefined) return;
      if (list === "gone") return this.#writeAnew();
      this.#take(list);
      this.#trouble = undefined;
    } catch (error) {
      this.#troubled((error as Error).message);
    }
  }

  /** Lifting is done by a command, or line by line; not by a file that is gone. */
  #writeAnew(): void {
    if (this.#entries.size === 0) return;
    this.#troubled("it is gone; it is written anew");
    for (const written of this.#entries.values()) this.#changed.set(written.id, written);
    this.#writing.soon();
  }

  #troubled(message: string): void {
    if (this.#trouble === message) return;
    this.#trouble = message;
    this.#say?.(fileFailingEvent(message));
  }

  /** Whether it is in the file now. What others wrote there meanwhile stays. */
  async #write(): Promise<boolean> {
    const changes = new Map(this.#changed);
    const { clock, prefixes } = this.#options;
    const say = this.#say;
    let gone: readonly string[] = [];
    try {
      const change: Change = async (list, keep) => {
        // Nobody hears of a sanction that a kill could undo.
        if (say !== undefined && [...changes.keys()].some((id) => this.#own.has(id)))
          await keep(withChanges(list, changes));
        const to = revised(list, {
          changes,
          told: this.#toldEnds,
          tells: say !== undefined,
          nowMs: clock.nowMs(),
          prefixes,
        });
        for (const event of to.events) say?.(event);
        // Also where the file cannot be written: it is not told again.
        for (const written of to.recorded) {
          // What is known of it since is written next.
          const isMore = this.#changed.has(written.id) && this.#changed.get(written.id) !== changes.get(written.id);
          this.#know(isMore ? merged(this.#entries.get(written.id), written) : written);
          changes.set(written.id, written);
        }
        for (const id of to.ended) this.#toldEnds.add(id);
        // A kill in between has it told again, and never lost.
        if (to.events.length > 0) await this.#flush();
        gone = to.ended;
        return to.list;
      };
      await this.#store.edit(change);
      for (const [id, written] of changes) {
        this.#own.delete(id);
        if (this.#changed.get(id) === written) this.#changed.delete(id);
      }
      for (const id of gone) {
        this.#toldEnds.delete(id);
        this.#entries.delete(id);
        this.#changed.delete(id);
      }
      if (gone.length > 0 || this.#isDue) this.#apply();
      return true;
    } catch (error) {
      this.#troubled((error as Error).message);
      this.#tellUnkept();
      return false;
    }
  }
}
