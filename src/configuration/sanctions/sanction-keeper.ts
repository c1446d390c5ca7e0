// Keeps who is held back: in memory for the guards, in a file for restarts and people, and on record when it begins, is lifted and ends.
import type { DenyList } from "../../authentication/index.ts";
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { AddressSet } from "../../http/address-set.ts";
import type { AddressPrefixes } from "../../http/addresses.ts";
import type { Detection, ResponseMeasure } from "../../monitoring/index.ts";
import { type SanctionMeasure, Sanctions, SANCTIONS_MAX } from "../../rate-limiting/index.ts";
import { editKept, readKept, stampOf } from "../kept-file.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { fullEvent, liftedEvent } from "./sanction-events.ts";
import { hasEnded, newSanction, SANCTION_FILE, sanctionsOf } from "./sanction-file.ts";
import { activeOf, endsOf, holds, merged, newsOf, onRecord, revised, sparedWhy } from "./sanction-list.ts";
import { type SanctionTarget, targetOf } from "./sanction-target.ts";
import { SessionEnding } from "./session-ending.ts";

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
/** What several alerts at once lead to is written once. */
const WRITE_AFTER_MS = 200;
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
  #entries = new Map<string, WrittenSanction>();
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
  #stamp = "";
  #say: Say | undefined;
  #flush: () => Promise<void> = () => Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: SanctionKeeperOptions) {
    this.#options = options;
    this.spared = options.spared;
  }

  /** How many are held back now, by what is done to them. */
  active(): ReadonlyMap<SanctionMeasure, number> {
    return activeOf(this.#entries.values(), this.#options.clock.nowMs(), this.#options.prefixes);
  }

  readonly isSpared = (address: string): boolean => this.spared.has(address);
  /** Reads the file, where there is one. Throws KeptFileError for one that is broken: nothing that was banned comes back by a slip. */
  async load(): Promise<void> {
    const stamp = await stampOf(this.#options.file);
    if (stamp !== undefined) this.#take(await readKept(this.#options.file, SANCTION_FILE), stamp);
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
    await this.#writing;
    if (this.#changed.size > 0 || this.#isDue) await this.#write();
  }

  #begin(measure: ResponseMeasure, target: SanctionTarget, rule: string, isRepeated: boolean): void {
    const { clock, prefixes } = this.#options;
    const nowMs = clock.nowMs();
    const written = newSanction(measure, target, rule, nowMs);
    const spared = sparedWhy(this.#entries.values(), written, { nowMs, prefixes, isSpared: this.isSpared });
    if (spared !== undefined) return isRepeated ? undefined : this.#tellLater(spared);
    if (isRepeated && holds(this.#entries.values(), written, nowMs, prefixes)) return;
    if (this.#entries.size >= SANCTIONS_MAX) this.#dropEnded(nowMs);
    if (this.#entries.size >= SANCTIONS_MAX) return this.#tellFull();
    this.#isFullTold = false;
    this.#entries.set(written.id, written);
    this.#changed.set(written.id, written);
    this.#own.add(written.id);
    this.#nextEndMs = Math.min(this.#nextEndMs, Date.parse(written.until));
    for (const sanction of sanctionsOf(written, prefixes)) this.sanctions.add(sanction);
    this.sessions.take([written]);
    // Behind the alert that it follows, which is being recorded just now.
    queueMicrotask(() => this.#tell());
  }

  #sessionEnded(id: string): void {
    const written = this.#entries.get(id);
    if (written?.what !== "revoke") return;
    this.#know({ ...written, sessionEnded: true });
    this.#writeSoon(WRITE_AFTER_MS);
  }

  #tellFull(): void {
    if (this.#isFullTold) return;
    this.#isFullTold = true;
    this.#tellLater(fullEvent(SANCTIONS_MAX));
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
    const nowMs = this.#options.clock.nowMs();
    this.#isDue = false;
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    const active: WrittenSanction[] = [];
    for (const written of this.#entries.values()) {
      if (hasEnded(written, nowMs)) this.#isDue = true;
      else {
        this.#nextEndMs = Math.min(this.#nextEndMs, Date.parse(written.until));
        if (written.lifted === undefined) active.push(written);
      }
    }
    this.sanctions.replace(active.flatMap((written) => sanctionsOf(written, this.#options.prefixes)));
    this.sessions.replace(active);
  }

  /** What the record does not have yet: of what began here at once, of others by whoever holds the lock of the file. */
  #tell(): void {
    const say = this.#say;
    if (say === undefined) return;
    let isAnyOther = false;
    for (const written of this.#entries.values()) {
      const news = newsOf(written);
      if (news.length === 0) continue;
      if (this.#own.has(written.id)) {
        for (const event of news) say(event);
        this.#know(onRecord(written));
      } else isAnyOther = true;
    }
    if (isAnyOther || this.#isDue) this.#writeSoon(0);
    else if (this.#changed.size > 0) this.#writeSoon(WRITE_AFTER_MS);
  }

  #know(written: WrittenSanction): void {
    this.#entries.set(written.id, written);
    this.#changed.set(written.id, written);
  }

  /** Takes over what the file holds; what is not in it any more was lifted by whoever wrote it. */
  #take(list: readonly WrittenSanction[], stamp: string): void {
    const nowMs = this.#options.clock.nowMs();
    const before = this.#entries;
    this.#entries = new Map();
    for (const written of [...list, ...this.#changed.values()]) {
      const { id } = written;
      if (!this.#entries.has(id) && !this.#toldEnds.has(id)) this.#entries.set(id, merged(before.get(id), written));
    }
    for (const [id, written] of before) {
      if (this.#entries.has(id) || this.#toldEnds.has(id) || hasEnded(written, nowMs)) continue;
      if (written.lifted === undefined) this.#say?.(liftedEvent(written));
    }
    this.#stamp = stamp;
    this.#apply();
    this.#tell();
  }

  #next(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#follow().finally(() => this.#next());
    }, this.#options.everyMs ?? EVERY_MS).unref();
  }

  async #follow(): Promise<void> {
    try {
      if (this.#isDue || this.#options.clock.nowMs() >= this.#nextEndMs) {
        this.#apply();
        this.#writeSoon(0);
      }
      const stamp = await stampOf(this.#options.file);
      if (stamp === this.#stamp) return;
      if (stamp === undefined) return this.#stamp === "" ? undefined : this.#writeAnew();
      this.#take(await readKept(this.#options.file, SANCTION_FILE), stamp);
      this.#trouble = undefined;
    } catch (error) {
      this.#troubled((error as Error).message);
    }
  }

  /** Lifting is done by a command, or line by line; not by a file that is gone. */
  #writeAnew(): void {
    if (this.#entries.size === 0) return;
    this.#troubled("it is gone; it is written anew");
    for (const [id, written] of this.#entries) this.#changed.set(id, written);
    this.#writeSoon(0);
  }

  #troubled(message: string): void {
    if (this.#trouble === message) return;
    this.#trouble = message;
    this.#say?.({
      action: "detection.sanctions-file-failing",
      level: "error",
      message: `file of sanctions: ${message}`,
    });
  }

  #writeSoon(afterMs: number): void {
    if (this.#closed) return;
    this.#writing ??= new Promise((resolve) => setTimeout(resolve, afterMs))
      .then(() => this.#write())
      .then((isWritten) => {
        this.#writing = undefined;
        if (this.#changed.size > 0 && !this.#closed) this.#writeSoon(isWritten ? WRITE_AFTER_MS : WRITE_AGAIN_MS);
      });
  }

  /** Whether it is in the file now. What others wrote there meanwhile stays. */
  async #write(): Promise<boolean> {
    const changes = new Map(this.#changed);
    const { file, clock, prefixes } = this.#options;
    const say = this.#say;
    let gone: readonly string[] = [];
    try {
      const change = async (list: readonly WrittenSanction[]): Promise<readonly WrittenSanction[]> => {
        const tells = say !== undefined;
        const to = revised(list, { changes, told: this.#toldEnds, tells, nowMs: clock.nowMs(), prefixes });
        for (const event of to.events) say?.(event);
        // Also where the file cannot be written: it is not told again.
        for (const written of to.recorded) {
          this.#know(written);
          changes.set(written.id, written);
        }
        for (const id of to.ended) this.#toldEnds.add(id);
        // A kill in between has it told again, and never lost.
        if (to.events.length > 0) await this.#flush();
        gone = to.ended;
        return to.list;
      };
      await editKept(file, SANCTION_FILE, change, { make: true });
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
      return false;
    }
  }
}
