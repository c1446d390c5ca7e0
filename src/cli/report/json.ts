// The report for programs.
import type { Row } from "./findings.ts";
import type { Item } from "./items.ts";
import type { Report } from "./outline.ts";
import { ClientTally, type Tally } from "./tally.ts";

export function toJson(report: Report, top: number): unknown {
  const { read, rows, used, noise, hidden, unknownOperations, patch, reached } = report;
  return {
    read,
    wouldDeny: rows["would-deny"].slice(0, top).map(row),
    denied: rows.denied.slice(0, top).map(row),
    notJudged: rows["not-judged"].slice(0, top).map(row),
    undeclared: used.slice(0, top).map(item),
    notProposed: noise.slice(0, top).map(item),
    hiddenPaths: hidden.count,
    unknownOperations,
    ...(patch === undefined
      ? {}
      : { patch: { ...patch, problems: patch.problems.map(({ rule, message }) => ({ rule, message })) } }),
    boundsReached: reached,
  };
}

function row(one: Row): unknown {
  return { operation: one.operation, reason: one.reason, ...tally(one) };
}

function item({ kind, operation, what, type, tally: counted, because }: Item): unknown {
  return { kind, operation, what, type, proposed: because === undefined, because, ...tally(counted) };
}

function tally(counted: Tally): Record<string, unknown> {
  const { count, first, last, example } = counted;
  const own = { count, first, last, example };
  if (!(counted instanceof ClientTally)) return own;
  const clients = [...counted.clients].sort(([, a], [, b]) => b.count - a.count);
  return {
    ...own,
    clients: clients.map(([client, one]) => ({ client, ...tally(one) })),
    otherRequests: counted.others,
  };
}
