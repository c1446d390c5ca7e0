// Members of foreign JSON: what a tool always writes must be there, or the file is not what it seems to be.
import { ReportError } from "./report-error.ts";

export type Json = Readonly<Record<string, unknown>>;

/** `at` says where: `results[3]` */
export function needText(entry: Json, name: string, at: string): string {
  const value = entry[name];
  if (typeof value === "string" && value !== "") return value;
  throw missing(name, at);
}

export function needList(entry: Json, name: string, at: string): readonly Json[] {
  const value = entry[name];
  if (!Array.isArray(value)) throw missing(name, at);
  return objects(value, at === "" ? name : `${at}.${name}`);
}

export function objects(list: readonly unknown[], at: string): readonly Json[] {
  return list.map((value, i) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
    throw new ReportError(`${at}[${i}] is no object`, CUT);
  });
}

/** A line or column: 1 where the tool gives none that can be one. */
export function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 1;
}

function missing(name: string, at: string): ReportError {
  return new ReportError(`${at === "" ? "it" : at} has no "${name}"`, CUT);
}

const CUT = "Have the tool write the report anew: this one is cut off, or was changed.";
