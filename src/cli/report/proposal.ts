// From findings to a proposal: what is used and not declared, and what would be added to the document for it.
import { Additions } from "../../openapi/amend/additions.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { Findings as DocumentFindings } from "../../openapi/findings.ts";
import { basePaths } from "../../openapi/servers.ts";
import { isObject } from "../../openapi/pointer.ts";
import { DeclaredGaps } from "./declared-gaps.ts";
import type { Findings } from "./findings.ts";
import type { Item } from "./items.ts";
import { endpointItem, proposeOperations } from "./new-operations.ts";
import { noiseOf } from "./noise.ts";
import { PathGuesser } from "./path-guess.ts";

export interface Proposal {
  /** Most used first. */
  readonly items: readonly Item[];
  /** By file of the document. */
  readonly additions: ReadonlyMap<string, Additions>;
  /** Operations in the records that the document does not have: it is another one. */
  readonly unknownOperations: readonly string[];
}

/** Knows the document's templates: what they call a parameter is one. */
export function guesserFor(api: ApiDescription | undefined): PathGuesser {
  const guesser = new PathGuesser();
  for (const { templates, parameters } of api?.operations ?? []) {
    const numeric = parameters.filter(({ in: where, schema }) => {
      const type = where === "path" && isObject(schema?.value) ? schema.value["type"] : undefined;
      return type === "integer" || type === "number";
    });
    for (const template of templates) guesser.declare(template, new Set(numeric.map(({ name }) => name)));
  }
  return guesser;
}

/** `hasDefault`: whether the configuration says what operations ask for where the document is silent. */
export function propose(findings: Findings, api: ApiDescription, hasDefault: boolean): Proposal {
  const additions = new Map<string, Additions>();
  const to = (file: string) => {
    let own = additions.get(file);
    if (own === undefined) additions.set(file, (own = new Additions()));
    return own;
  };
  const bases = basePaths(new DocumentFindings(api.set), [api.set.root]);
  const endpoints = [...findings.found.values(), ...findings.notFound.values()];
  const security = hasDefault || api.set.child(api.set.root, "security").value !== undefined ? undefined : usual(api);
  const operations = proposeOperations(endpoints, { api, bases, security, to });
  const gaps = new DeclaredGaps(api, to);
  const byId = new Map(api.operations.map((operation) => [operation.id, operation]));
  const unknownOperations: string[] = [];
  for (const [id, usage] of findings.used) {
    const operation = byId.get(id);
    if (operation === undefined) unknownOperations.push(id);
    else gaps.add(operation, usage);
  }
  gaps.finish();
  const items = [...operations, ...gaps.items].sort((a, b) => b.tally.count - a.tally.count);
  return { items, additions, unknownOperations };
}

/** What most operations ask for, where each says so itself: leaving it out would stop the start. */
function usual(api: ApiDescription): unknown {
  const counts = new Map<string, number>();
  for (const { at } of api.operations) {
    const own = api.set.child(at, "security").value;
    // What is public is no default for anything.
    if (!Array.isArray(own) || own.length === 0) continue;
    const text = JSON.stringify(own);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? undefined : (JSON.parse(most[0]) as unknown);
}

/** What can be said without a document: endpoints as guessed, names where they were used. */
export function undocumented(findings: Findings): Proposal {
  const items: Item[] = [];
  for (const endpoint of [...findings.found.values(), ...findings.notFound.values()]) {
    items.push(endpointItem(endpoint, endpoint.template, noiseOf(endpoint.template, endpoint.statuses)));
  }
  for (const [operation, { slots }] of findings.used) {
    for (const { in: where, status, names } of slots.values()) {
      const place = where === "answer" ? `the answer ${status}` : `the ${where}`;
      for (const [at, tally] of names) {
        const type = [...tally.types].join(" or ");
        items.push({
          kind: where === "query" ? "parameter" : "property",
          operation,
          what: `${at} in ${place}`,
          type,
          tally,
          because: undefined,
        });
      }
    }
  }
  return { items: items.sort((a, b) => b.tally.count - a.tally.count), additions: new Map(), unknownOperations: [] };
}
