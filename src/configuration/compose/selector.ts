// What the key of an entry under `operations` says: an operationId or tag, a path for all of its methods, a method and path, or all below a path.
import type { Operation } from "../../openapi/operation.ts";
import { fits } from "../../openapi/crossings.ts";
import { parseTemplate } from "../../openapi/path-template.ts";

const PATH = /^(?:([A-Z]+) )?(\/\S*)$/;

export type SelectorKind = "tag" | "below" | "path" | "operation";

export interface PathSelector {
  readonly method: string | undefined;
  /** Without its `/*`. */
  readonly path: string;
  readonly isBelow: boolean;
}

/** Undefined where the text is a name: of an operation or a tag. */
export function pathSelector(text: string): PathSelector | undefined {
  const [, method, path] = PATH.exec(text) ?? [];
  if (path === undefined) return undefined;
  return path.endsWith("/*") ? { method, path: path.slice(0, -2), isBelow: true } : { method, path, isBelow: false };
}

/** `/admin/*` means `/admin` and all below it. Templates count as they are written, with or without the servers' base path. */
export function selects({ method, path, isBelow }: PathSelector, operation: Operation): boolean {
  if (method !== undefined && method !== operation.method) return false;
  return [operation.documentTemplate, ...operation.templates].some(
    (template) => template === path || (isBelow && unnamed(template).startsWith(`${unnamed(path)}/`)),
  );
}

/** Among entries of one operation the later wins: tags, wide paths, narrow ones, the operation itself. */
export function precedence(kind: SelectorKind, selector: PathSelector | undefined): number {
  const method = selector?.method === undefined ? 0 : 0.5;
  if (kind === "tag") return 0;
  if (kind === "below") return 1 + (selector as PathSelector).path.split("/").length + method;
  return kind === "path" ? 10_000 : 20_000;
}

/**
 * Whether a request for a path below can be one of this operation, though its template does not stand there: `/{section}/users`
 * also takes `/admin/users`, which somebody who wrote `/admin/*` would not expect.
 */
export function reachesBelow({ method, path }: PathSelector, operation: Operation): boolean {
  if (method !== undefined && method !== operation.method) return false;
  const wanted = parseTemplate(path === "" ? "/" : path);
  if ("fault" in wanted) return false;
  return [operation.documentTemplate, ...operation.templates].some((template) => {
    const parsed = parseTemplate(template);
    if ("fault" in parsed || parsed.segments.length < wanted.segments.length) return false;
    return wanted.segments.every((segment, i) => {
      const other = parsed.segments[i];
      if (other === undefined) return false;
      return segment.kind === "literal" ? fits(segment.literal, other) : other.kind !== "literal";
    });
  });
}

/** Parameters are alike whatever they are called. */
function unnamed(template: string): string {
  return template.replaceAll(/\{[^}]*\}/g, "{}");
}
