// Keeps who is held back: in memory for the guards, in a file for restarts and people, and on record when it begins and is lifted.
import { stat } from "node:fs/promises";
import type { DenyList } from "../../authentication/index.ts";
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { AddressSet } from "../../http/address-set.ts";
import { type AddressPrefixes, normalizeAddress } from "../../http/addresses.ts";
import type { Detection, ResponseMeasure } from "../../monitoring/index.ts";
import { Sanctions, SANCTIONS_MAX } from "../../rate-limiting/index.ts";
import { editKept, readKept } from "../kept-file.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import {
  beganEvent,
  hasEnded,
  liftedEvent,
  moment,
  newSanctionId,
  SANCTION_FILE,
  SANCTION_MS_MAX,
  sanctionOf,
} from "./sanction-file.ts";
import { targetOf } from "./sanction-target.ts";

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
  /** Asked like any deny list. */
  readonly denied: DenyList;
  readonly #options: SanctionKeeperOptions;
  #entries = new Map<string, WrittenSanction>();
  /** Not in the file yet: new, or on record since. */
  readonly #changed = new Map<string, WrittenSanction>();
  /** Said of the file, once. */
  #trouble: string | undefined;
  #isFullTold = false;
  #stamp = "";
  #say: Say | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: SanctionKeeperOptions) {
    this.#options = options;
    const { sanctions } = this;
    this.denied = {
      denies: ({ names }, nowMs) =>
        sanctions.hasTokens && names.some((name) => nowMs < (sanctions.ofToken(name)?.revoke?.untilMs ?? 0)),
    };
  }

  readonly isSpared = (address: string): boolean => this.#options.spared.has(address);

  /** Reads the file, where there is one. Throws KeptFileError for one that is broken: nothing that was banned comes back by a slip. */
  async load(): Promise<void> {
    const stamp = await this.#look();
    if (stamp !== undefined) this.#take(await readKept(this.#options.file, SANCTION_FILE), stamp);
  }

  /** From now on the record hears of it, and the file is followed. */
  connect(say: Say): void {
    this.#say = say;
    this.#tell();
    this.#next();
  }

  /** Does what a rule responds with, from the next request on. Never throws. */
  readonly respond = (detection: Detection, measures: readonly ResponseMeasure[]): void => {
    for (const measure of measures) {
      const target = targetOf(measure, detection.last);
      if (target !== undefined) this.#begin(measure, target, detection.rule.name);
    }
  };

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#changed.size > 0) await this.#write();
  }

  #begin(measure: ResponseMeasure, target: NonNullable<ReturnType<typeof targetOf>>, rule: string): void {
    const nowMs = this.#options.clock.nowMs();
    if ("address" in target && (normalizeAddress(target.address) === undefined || this.isSpared(target.address))) {
      const message = `rule ${rule} would have held back ${target.address}, which is never`;
      this.#tellLater({ action: "detection.sanction-spared", level: "info", message, data: { ...target, rule } });
      return;
    }
    if (this.#entries.size >= SANCTIONS_MAX) this.#dropEnded(nowMs);
    if (this.#entries.size >= SANCTIONS_MAX) return this.#tellFull();
    this.#isFullTold = false;
    const written = {
      id: newSanctionId(),
      what: measure.what,
      ...target,
      ...(measure.what === "limit" ? measure.limit : {}),
      began: moment(nowMs),
      until: moment(nowMs + Math.min(measure.forMs, SANCTION_MS_MAX)),
      by: rule,
    } as WrittenSanction;
    this.#entries.set(written.id, written);
    this.#changed.set(written.id, written);
    this.sanctions.add(sanctionOf(written, this.#options.prefixes));
    // Behind the alert that it follows, which is being recorded just now.
    queueMicrotask(() => this.#tell());
  }

  #tellFull(): void {
    if (this.#isFullTold) return;
    this.#isFullTold = true;
    const message = `${SANCTIONS_MAX} addresses and callers are held back: no more are taken`;
    this.#tellLater({ action: "detection.sanctions-full", level: "error", message });
  }

  #tellLater(event: SystemEvent): void {
    queueMicrotask(() => this.#say?.(event));
  }

  #dropEnded(nowMs: number): void {
    const { size } = this.#entries;
    for (const [id, written] of this.#entries) if (hasEnded(written, nowMs)) this.#entries.delete(id);
    if (this.#entries.size < size) this.#apply();
  }

  #apply(): void {
    const active = [...this.#entries.values()].filter(({ lifted }) => lifted === undefined);
    this.sanctions.replace(active.map((written) => sanctionOf(written, this.#options.prefixes)));
  }

  /** What the record does not have yet. */
  #tell(): void {
    if (this.#say === undefined) return;
    for (const [id, written] of this.#entries) {
      const { recorded, lifted } = written;
      if (recorded === true && (lifted === undefined || lifted.recorded === true)) continue;
      if (recorded !== true) this.#say(beganEvent(written));
      if (lifted !== undefined && lifted.recorded !== true) this.#say(liftedEvent(written));
      const now = {
        ...written,
        recorded: true as const,
        ...(lifted && { lifted: { ...lifted, recorded: true as const } }),
      };
      this.#entries.set(id, now);
      this.#changed.set(id, now);
    }
    if (this.#changed.size > 0) this.#writeSoon(WRITE_AFTER_MS);
  }

  /** Takes over what the file holds; what is not in it any more was lifted by whoever wrote it. */
  #take(list: readonly WrittenSanction[], stamp: string): void {
    const nowMs = this.#options.clock.nowMs();
    const before = this.#entries;
    this.#entries = new Map();
    for (const written of list) {
      if (!hasEnded(written, nowMs)) this.#entries.set(written.id, merged(before.get(written.id), written));
    }
    for (const [id, written] of this.#changed) if (!this.#entries.has(id)) this.#entries.set(id, written);
    for (const [id, written] of before) {
      if (this.#entries.has(id) || hasEnded(written, nowMs)) continue;
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
      this.#dropEnded(this.#options.clock.nowMs());
      const stamp = await this.#look();
      if (stamp === this.#stamp) return;
      if (stamp === undefined) return this.#writeAnew();
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

  /** Undefined where there is none. */
  async #look(): Promise<string | undefined> {
    const found = await stat(this.#options.file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
  }

  #writeSoon(afterMs: number): void {
    if (this.#closed) return;
    this.#writing ??= new Promise((resolve) => setTimeout(resolve, afterMs))
      .then(() => this.#write())
      .then((isWritten) => {
        this.#writing = undefined;
        if (this.#changed.size > 0) this.#writeSoon(isWritten ? WRITE_AFTER_MS : WRITE_AGAIN_MS);
      });
  }

  /** Whether it is in the file now. What others wrote there meanwhile stays. */
  async #write(): Promise<boolean> {
    const changes = new Map(this.#changed);
    const nowMs = this.#options.clock.nowMs();
    const { file } = this.#options;
    try {
      const change = (list: readonly WrittenSanction[]): readonly WrittenSanction[] => {
        const known = new Set(list.map(({ id }) => id));
        const all = list.map((written) => merged(changes.get(written.id), written));
        for (const [id, written] of changes) if (!known.has(id)) all.push(written);
        return all.filter((written) => !hasEnded(written, nowMs));
      };
      await editKept(file, SANCTION_FILE, change, { make: true });
      for (const [id, written] of changes) if (this.#changed.get(id) === written) this.#changed.delete(id);
      return true;
    } catch (error) {
      this.#troubled((error as Error).message);
      return false;
    }
  }
}

/** What either knows of it: that it is on record, and that it is lifted. */
function merged(known: WrittenSanction | undefined, written: WrittenSanction): WrittenSanction {
  if (known === undefined) return written;
  const lifted = written.lifted ?? known.lifted;
  const isLiftRecorded = written.lifted?.recorded ?? known.lifted?.recorded;
  return {
    ...written,
    ...((written.recorded ?? known.recorded) ? { recorded: true } : {}),
    ...(lifted && { lifted: { ...lifted, ...(isLiftRecorded && { recorded: true as const }) } }),
  };
}
