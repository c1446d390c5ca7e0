// Routes that no rule can tell apart: one method and one shape. They stop the start.
import { parseTemplate, type Segment } from "./path-template.ts";
import type { Route } from "./route.ts";

export interface Ambiguity<T> {
  readonly first: Route<T>;
  readonly second: Route<T>;
}

/** Each route whose method and shape an earlier one has, with that earlier one. */
export function findAmbiguities<T>(routes: readonly Route<T>[]): Ambiguity<T>[] {
  const seen = new Map<string, Route<T>>();
  const shapes = new Map<string, string>();
  const found: Ambiguity<T>[] = [];
  for (const route of routes) {
    let shape = shapes.get(route.template);
    if (shape === undefined) shapes.set(route.template, (shape = templateShape(route.template)));
    const key = `${route.method} ${shape}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, route);
    else found.push({ first, second: route });
  }
  return found;
}

/** A template without the names of its parameters and without percent-encoding: equal for templates that mean the same paths. */
function templateShape(template: string): string {
  const parsed = parseTemplate(template);
  return "fault" in parsed ? template : `/${parsed.segments.map(segmentShape).join("/")}`;
}

function segmentShape(segment: Segment): string {
  if (segment.kind === "parameter") return "{}";
  if (segment.kind === "literal") return decoded(segment.literal);
  return segment.literals.map(decoded).join("{}");
}

function decoded(literal: string): string {
  try {
    return decodeURIComponent(literal).replaceAll("/", "%2F").replaceAll("{", "%7B");
  } catch {
    return literal;
  }
}
