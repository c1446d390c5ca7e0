// Pairs of templates that one path can match: the rule of precedence decides, and `check` shows where that changes the policy.
import { MixedPattern } from "./mixed-segment.ts";
import { parseTemplate, type Segment } from "./path-template.ts";

export interface Crossing {
  /** The template that wins where both match. */
  readonly first: string;
  readonly second: string;
  /** `narrower`: all paths of the first also match the second. `crossing`: each also matches paths that the other does not. */
  readonly kind: "narrower" | "crossing";
}

interface Parsed {
  readonly template: string;
  readonly segments: readonly Segment[];
}

/** All pairs of unlike templates that some path matches both. */
export function findCrossings(templates: Iterable<string>): Crossing[] {
  const byLength = new Map<number, Parsed[]>();
  for (const template of new Set(templates)) {
    const parsed = parseTemplate(template);
    if ("fault" in parsed) continue;
    const alike = byLength.get(parsed.segments.length);
    const entry = { template, segments: parsed.segments };
    if (alike === undefined) byLength.set(parsed.segments.length, [entry]);
    else alike.push(entry);
  }
  const found: Crossing[] = [];
  for (const alike of byLength.values()) {
    alike.forEach((a, i) => {
      for (let j = i + 1; j < alike.length; j += 1) {
        const crossing = cross(a, alike[j] as Parsed);
        if (crossing !== undefined) found.push(crossing);
      }
    });
  }
  return found;
}

function cross(a: Parsed, b: Parsed): Crossing | undefined {
  let first: Parsed | undefined;
  let aNarrower = false;
  let bNarrower = false;
  for (let i = 0; i < a.segments.length; i += 1) {
    const order = compare(a.segments[i] as Segment, b.segments[i] as Segment);
    if (order === undefined) return undefined;
    if (order !== 0) first ??= order < 0 ? a : b;
    if (order < 0) aNarrower = true;
    if (order > 0) bNarrower = true;
  }
  if (first === undefined) return undefined;
  const second = first === a ? b : a;
  return { first: first.template, second: second.template, kind: aNarrower && bNarrower ? "crossing" : "narrower" };
}

/** Which of two segments comes first where one text matches both: negative for `a`; undefined where no text does. */
function compare(a: Segment, b: Segment): number | undefined {
  if (a.kind === "literal" && b.kind === "literal") return a.literal === b.literal ? 0 : undefined;
  if (a.kind === "literal") return fits(a.literal, b) ? -1 : undefined;
  if (b.kind === "literal") return fits(b.literal, a) ? 1 : undefined;
  if (a.kind === "parameter") return b.kind === "parameter" ? 0 : 1;
  if (b.kind === "parameter") return -1;
  const [headA, headB] = [a.literals[0] as string, b.literals[0] as string];
  const [tailA, tailB] = [a.literals.at(-1) as string, b.literals.at(-1) as string];
  const canMeet =
    (headA.startsWith(headB) || headB.startsWith(headA)) && (tailA.endsWith(tailB) || tailB.endsWith(tailA));
  if (!canMeet) return undefined;
  if (a.literals.join("{") === b.literals.join("{")) return 0;
  const [patternA, patternB] = [MixedPattern.of(a), MixedPattern.of(b)];
  return patternB.weight - patternA.weight || headB.length - headA.length || -1;
}

/** Whether that text is one of this segment's. */
export function fits(literal: string, segment: Segment): boolean {
  if (segment.kind === "literal") return literal === segment.literal;
  if (segment.kind === "parameter") return literal !== "";
  return MixedPattern.of(segment).read(literal, [], 0) === "one";
}
