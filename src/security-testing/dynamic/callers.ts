// Who asks in a dynamic test: people with rights, strangers, and whoever made a credential up.
import type { Believed } from "./isolation.ts";
import type { Field, Proof } from "./wire.ts";

export interface Rights {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

export interface Caller {
  /** As reports say it: `user A`, `a customer`, `nobody`. */
  readonly name: string;
  /** What credentials name; undefined for nobody. */
  readonly subject: string | undefined;
  /** Fields that carry the credential. Empty for nobody. */
  readonly fields: readonly Field[];
  /** Query parameters that do, for schemes with `in: query`. */
  readonly query: readonly Field[];
  /** Whose budget a gate takes it from: whoever the credential names first. Undefined: nobody's, or nobody knows. */
  readonly countedAs?: string | undefined;
  /** Where each request must be proven. */
  readonly proof?: Proof | undefined;
  readonly rights: Rights;
}

/** A credential that must not be believed, and why. */
export interface Forged {
  /** In words that the next run uses again: `signed with none`. */
  readonly name: string;
  /** `J05`, where the catalogue of attacks has it. */
  readonly attack?: string | undefined;
  /** The rule that is broken where it is believed. */
  readonly rule: string;
  readonly caller: Caller;
  /** Tried at every operation, not only once for each way to come in. */
  readonly isCore: boolean;
  /** Good the first time, and never again. */
  readonly isReplay?: true | undefined;
  /** The API itself need not know of it. */
  readonly only?: "gate" | undefined;
  /** By a stranger's key: whatever it says of itself, it is to be refused in the same words. */
  readonly isStrangers?: true | undefined;
}

/** Where the tester has the keys of a test issuer, or can sign people in. */
export interface Callers {
  readonly nobody: Caller;
  /** Two ordinary people of equal rights, enough for every operation that such people may use. Another credential each time. */
  readonly a: Caller;
  /** Nobody where there is no second one. */
  readonly b: Caller;
  /** There is no second one of equal rights: nothing can be another's. */
  readonly isAlone: boolean;
  /** Someone who may do all that the operation asks for; `user` tells apart. Undefined: nobody of that kind can be had. */
  allowed(operationId: string, user?: "a" | "b"): Promise<Caller | undefined>;
  /**
   * Someone with exactly these rights, by credentials that `operationId` takes. Undefined where the run cannot make such
   * credentials: keys of an API are made before a gate begins, for the rights of the matrix alone.
   */
  withRights(rights: Rights, user?: "a" | "b", operationId?: string): Promise<Caller | undefined>;
  /** The same person by good credentials in less usual forms; empty where the run cannot make credentials. */
  alike(operationId: string): Promise<readonly Caller[]>;
  /**
   * Everything that must not be believed at this operation; empty where the run cannot make credentials. `url`: where
   * tokens say that their keys are.
   */
  forged(operationId: string, url?: string): Promise<readonly Forged[]>;
}

/** Callers with keys of the run's own; a gate that the run starts believes those, and no others. */
export interface IsolatedCallers extends Callers {
  readonly believed: Believed;
}
