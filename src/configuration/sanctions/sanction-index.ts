// Who is held back, by id and by whom it is of: what a rule asks of ten thousand must not cost a look at each.
import type { AddressPrefixes } from "../../http/addresses.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { sanctionsOf } from "./sanction-file.ts";
import { newsOf } from "./sanction-list.ts";

export class SanctionIndex {
  readonly #prefixes: AddressPrefixes | undefined;
  readonly #byId = new Map<string, WrittenSanction>();
  /** By each name that it has: a session has those of its tokens. */
  readonly #byName = new Map<string, Set<string>>();
  /** The record does not have all of them. */
  readonly #untold = new Set<string>();

  constructor(prefixes: AddressPrefixes | undefined, entries: Iterable<WrittenSanction> = []) {
    this.#prefixes = prefixes;
    for (const written of entries) this.set(written);
  }

  get size(): number {
    return this.#byId.size;
  }

  get hasUntold(): boolean {
    return this.#untold.size > 0;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get(id: string): WrittenSanction | undefined {
    return this.#byId.get(id);
  }

  values(): Iterable<WrittenSanction> {
    return this.#byId.values();
  }

  /** Those that do the same to the same, and such as share a name with it. */
  *alike(written: WrittenSanction): Iterable<WrittenSanction> {
    const seen = new Set<string>();
    for (const name of this.#namesOf(written)) {
      for (const id of this.#byName.get(name) ?? []) {
        if (seen.has(id)) continue;
        seen.add(id);
        yield this.#byId.get(id) as WrittenSanction;
      }
    }
  }

  set(written: WrittenSanction): void {
    const { id } = written;
    const before = this.#byId.get(id);
    this.#byId.set(id, written);
    if (newsOf(written).length > 0) this.#untold.add(id);
    else this.#untold.delete(id);
    // What is known of it later never changes whom it is of.
    if (before !== undefined) return;
    for (const name of this.#namesOf(written)) {
      const ids = this.#byName.get(name);
      if (ids === undefined) this.#byName.set(name, new Set([id]));
      else ids.add(id);
    }
  }

  delete(id: string): void {
    const written = this.#byId.get(id);
    if (written === undefined) return;
    this.#byId.delete(id);
    this.#untold.delete(id);
    for (const name of this.#namesOf(written)) {
      const ids = this.#byName.get(name);
      ids?.delete(id);
      if (ids?.size === 0) this.#byName.delete(name);
    }
  }

  #namesOf(written: WrittenSanction): string[] {
    return sanctionsOf(written, this.#prefixes).map(({ what, of, key }) => `${what} ${of} ${key}`);
  }
}
