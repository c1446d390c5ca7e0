// A value that tries a bound of a schema, and what is known when one is made.
import type { HeldSchema } from "./held-schema.ts";
import type { Slot } from "./slot.ts";

export interface Mutation {
  /** What is wrong with it, or right, after "a value": `below its minimum of 1`. */
  readonly name: string;
  readonly value: unknown;
  readonly isRefused: boolean;
}

export interface Trying {
  readonly schema: HeldSchema;
  /** A value that fits. */
  readonly base: unknown;
  readonly place: Slot["place"];
  readonly isText: boolean;
  /** Longer ones are not sent. */
  readonly charactersMax: number;
}
