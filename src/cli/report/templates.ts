// From guessed templates to templates of the document: base paths left out, values named.
import { VALUE } from "./path-guess.ts";

/** The template below the longest base path that it begins with; undefined where it begins with none. */
export function belowBase(template: string, bases: readonly string[]): string | undefined {
  const fitting = bases
    .filter((base) => base === "" || template === base || template.startsWith(`${base}/`))
    .sort((a, b) => b.length - a.length);
  const [base] = fitting;
  if (base === undefined) return undefined;
  const rest = template.slice(base.length);
  return rest === "" ? "/" : rest;
}

/** Names the values: as declared templates call them at that place, else after the segment before. */
export function named(template: string, declared: readonly string[]): string {
  const segments = template.split("/");
  const used = new Set<string>();
  for (const [index, segment] of segments.entries()) {
    if (segment !== VALUE) continue;
    const known = declared.map((one) => one.split("/")).find((one) => agrees(one, segments, index));
    const name = known?.[index]?.slice(1, -1) ?? nameAfter(segments[index - 1] ?? "");
    let own = name;
    for (let i = 2; used.has(own); i += 1) own = `${name}${i}`;
    used.add(own);
    segments[index] = `{${own}}`;
  }
  return segments.join("/");
}

/** Whether both are the same up to this place, where the declared one has a parameter. */
function agrees(declared: readonly string[], segments: readonly string[], index: number): boolean {
  if (!isParameter(declared[index])) return false;
  for (let i = 0; i < index; i += 1) {
    const one = declared[i];
    const isSame = one === segments[i] || (isParameter(one) && isParameter(segments[i]));
    if (!isSame) return false;
  }
  return true;
}

function isParameter(segment: string | undefined): boolean {
  return segment !== undefined && /^\{[^{}]*\}$/.test(segment);
}

/** `customers` → `customerId`, `order-lines` → `orderLineId`. */
function nameAfter(segment: string): string {
  if (isParameter(segment)) return "id";
  const words = segment
    .replaceAll(/[^A-Za-z0-9]+/g, " ")
    .trim()
    .split(" ");
  const [first = "", ...rest] = words;
  if (!/^[A-Za-z]/.test(first)) return "id";
  const camel =
    first.charAt(0).toLowerCase() +
    first.slice(1) +
    rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return `${singular(camel)}Id`;
}

function singular(word: string): string {
  if (/(?:ss|us|is)$/i.test(word)) return word;
  if (/ies$/i.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:sses|shes|ches|xes|zes)$/i.test(word)) return word.slice(0, -2);
  return word.replace(/s$/i, "");
}
