// Which operations an entry of `operations` means: an operationId, a tag, or a method and path of the document.
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Operation } from "../../openapi/operation.ts";
import { nearest } from "../did-you-mean.ts";
import type { OperationSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";

const METHOD_AND_PATH = /^([A-Z]+) (\/\S*)$/;

/** The entries that apply to each operation: those by tag first, so that the more precise ones win. */
export function selectOverrides(judgement: Judgement): ReadonlyMap<Operation, readonly OperationSettings[]> {
  const byTag = new Map<Operation, OperationSettings[]>();
  const exact = new Map<Operation, OperationSettings[]>();
  for (const entry of judgement.settings.operations) {
    const found = select(entry, judgement);
    const target = found.by === "tag" ? byTag : exact;
    for (const operation of found.operations) {
      const entries = target.get(operation);
      if (entries === undefined) target.set(operation, [entry]);
      else entries.push(entry);
    }
  }
  for (const [operation, entries] of exact) byTag.set(operation, [...(byTag.get(operation) ?? []), ...entries]);
  return byTag;
}

function select(
  entry: OperationSettings,
  judgement: Judgement,
): { by: "tag" | "exact"; operations: readonly Operation[] } {
  const { api } = judgement;
  const place = { settings: entry.at };
  const exact = api.operations.filter((operation) => isMeant(operation, entry.selector));
  const tagged = api.operations.filter((operation) => operation.tags.includes(entry.selector));
  if (exact.length > 0 && tagged.length > 0) {
    judgement.error(
      "selector-ambiguous",
      place,
      `"${entry.selector}" is both an operationId and a tag`,
      "Name the operation by method and path, such as `GET /orders`.",
    );
  } else if (exact.length + tagged.length === 0) {
    judgement.error(
      "selector-unmatched",
      place,
      `no operation of the document is "${entry.selector}"`,
      remedyFor(entry.selector, api),
    );
  }
  return exact.length > 0 ? { by: "exact", operations: exact } : { by: "tag", operations: tagged };
}

function isMeant(operation: Operation, selector: string): boolean {
  if (operation.id === selector) return true;
  const match = METHOD_AND_PATH.exec(selector);
  if (match === null || match[1] !== operation.method) return false;
  const path = match[2] as string;
  return operation.documentTemplate === path || operation.templates.includes(path);
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
  return "Write an operationId, a tag, or a method and path such as `DELETE /orders/{id}`.";
}
