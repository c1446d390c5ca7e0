// Which operations each entry of `operations` means, and in which order the entries of one operation are laid over each other.
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Operation } from "../../openapi/operation.ts";
import { nearest } from "../did-you-mean.ts";
import type { OperationSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import { pathSelector, precedence, reachesBelow, selects, type PathSelector } from "./selector.ts";

interface Selected {
  readonly rank: number;
  readonly operations: readonly Operation[];
}

/** The entries that apply to each operation: tags first, then wide paths, so that the more precise ones win. */
export function selectOverrides(judgement: Judgement): ReadonlyMap<Operation, readonly OperationSettings[]> {
  const ranked = new Map<Operation, { rank: number; entry: OperationSettings }[]>();
  for (const entry of judgement.settings.operations) {
    const { rank, operations } = select(entry, judgement);
    for (const operation of operations) {
      const entries = ranked.get(operation);
      if (entries === undefined) ranked.set(operation, [{ rank, entry }]);
      else entries.push({ rank, entry });
    }
  }
  const overrides = new Map<Operation, readonly OperationSettings[]>();
  for (const [operation, entries] of ranked) {
    const sorted = entries.sort((a, b) => a.rank - b.rank);
    overrides.set(
      operation,
      sorted.map(({ entry }) => entry),
    );
  }
  return overrides;
}

function select(entry: OperationSettings, judgement: Judgement): Selected {
  const { api } = judgement;
  const place = { settings: entry.at };
  const named = api.operations.filter(({ id }) => id === entry.selector);
  const tagged = api.operations.filter(({ tags }) => tags.includes(entry.selector));
  const path = named.length + tagged.length === 0 ? pathSelector(entry.selector) : undefined;
  if (path !== undefined) return selectByPath(entry, path, judgement);
  if (named.length > 0 && tagged.length > 0) {
    judgement.error(
      "selector-ambiguous",
      place,
      `"${entry.selector}" is both an operationId and a tag`,
      "Name the operation by method and path, such as `GET /orders`.",
    );
  } else if (named.length + tagged.length === 0) unmatched(entry, judgement);
  return named.length > 0
    ? { rank: precedence("operation", undefined), operations: named }
    : { rank: precedence("tag", undefined), operations: tagged };
}

function selectByPath(entry: OperationSettings, path: PathSelector, judgement: Judgement): Selected {
  const { api } = judgement;
  const operations = api.operations.filter((operation) => selects(path, operation));
  if (operations.length === 0) unmatched(entry, judgement);
  if (!path.isBelow) {
    return { rank: precedence(path.method === undefined ? "path" : "operation", path), operations };
  }
  for (const operation of api.operations) {
    if (operations.includes(operation) || !reachesBelow(path, operation)) continue;
    judgement.warn(
      "selector-crossed",
      { settings: entry.at },
      `"${entry.selector}" does not mean ${operation.method} ${operation.documentTemplate}, which takes paths there too`,
      `Where it must hold for that one as well, add an entry "${operation.method} ${operation.documentTemplate}".`,
    );
  }
  return { rank: precedence("below", path), operations };
}

function unmatched(entry: OperationSettings, judgement: Judgement): void {
  const message = `no operation of the document is "${entry.selector}"`;
  judgement.error("selector-unmatched", { settings: entry.at }, message, remedyFor(entry.selector, judgement.api));
}

function remedyFor(selector: string, api: ApiDescription): string {
  const known = new Set<string>();
  for (const operation of api.operations) {
    known.add(operation.id);
    known.add(`${operation.method} ${operation.documentTemplate}`);
    for (const tag of operation.tags) known.add(tag);
  }
  const near = nearest(selector, known);
  if (near !== undefined) return `Did you mean "${near}"?`;
  return "Write an operationId, a tag, a method and path such as `DELETE /orders/{id}`, or all below a path: `/admin/*`.";
}
