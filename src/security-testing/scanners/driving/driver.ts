// Another tool that is run: where it is, what it finds, and how to get it where it is missing.
import type { Untested } from "../../finding.ts";
import type { Kind } from "../../rule.ts";
import type { FolderContext } from "../../tester.ts";
import type { Foreign } from "../foreign.ts";

export interface Driven {
  readonly foreign: readonly Foreign[];
  readonly untested: readonly Untested[];
}

export interface Driver {
  readonly name: string;
  readonly kind: Kind;
  /** Its name on the path. */
  readonly program: string;
  /** How to get it: a command. */
  readonly install: string;
  run(program: string, context: FolderContext): Promise<Driven | Missing>;
}

export const MISSING = Symbol("there is no such program");
export type Missing = typeof MISSING;

export const NOTHING: Driven = { foreign: [], untested: [] };
