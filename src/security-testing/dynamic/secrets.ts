// Every credential that the run holds, so that no report shows one.
import type { Caller, Callers } from "./callers.ts";

export class Secrets implements Iterable<string> {
  readonly #values = new Set<string>();

  [Symbol.iterator](): Iterator<string> {
    return this.#values.values();
  }

  add(value: string): void {
    // `Bearer …`, `session=…`: the credential itself is what follows.
    this.#values.add(/^(?:[A-Za-z]+ |[^=;\s]+=)(\S+)$/.exec(value)?.[1] ?? value);
  }

  /** The same callers; what they carry is remembered. */
  watching(callers: Callers): Callers {
    const known = <T extends Caller | undefined>(caller: T): T => {
      for (const [, value] of [...(caller?.fields ?? []), ...(caller?.query ?? [])]) this.add(value);
      return caller;
    };
    return {
      nobody: callers.nobody,
      isAlone: callers.isAlone,
      // New credentials each time they are asked for: signing one out ends no other.
      get a() {
        return known(callers.a);
      },
      get b() {
        return known(callers.b);
      },
      allowed: async (operationId, user) => known(await callers.allowed(operationId, user)),
      withRights: async (rights, user, operationId) => known(await callers.withRights(rights, user, operationId)),
      alike: async (operationId) => (await callers.alike(operationId)).map(known),
      forged: async (operationId, url) => {
        const forged = await callers.forged(operationId, url);
        for (const { caller } of forged) known(caller);
        return forged;
      },
    };
  }
}
