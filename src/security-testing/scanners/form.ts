// A form that another tool writes its findings in.
import type { Kind } from "../rule.ts";
import type { Foreign } from "./foreign.ts";

export interface ReportContext {
  /** The folder that paths are relative to. */
  readonly cwd: string;
}

export interface ReportForm {
  /** What stands before the colon of `--import zap:FILE`. */
  readonly name: string;
  /** What it is to people: `a report of OWASP ZAP in JSON`. */
  readonly what: string;
  /** Kinds of findings that it always tells: an empty report says that there are none. */
  readonly finds: readonly Kind[];
  recognises(value: unknown): boolean;
  /** Throws ReportError where the value is not what the tool writes. */
  read(value: unknown, context: ReportContext): readonly Foreign[];
}
