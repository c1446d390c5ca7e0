// Refuses misspelled keys where they would switch a protection off: `secuirty` must not leave an operation open.
import type { Findings } from "./findings.ts";
import type { Located } from "./located.ts";

export const PATH_ITEM_METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

/** The keys of OpenAPI 3.0, 3.1 and 3.2 together, by object; the version's own schema judges the rest. */
const KEYS = {
  "path item": `$ref summary description servers parameters query additionalOperations ${PATH_ITEM_METHODS.join(" ")}`,
  operation:
    "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security servers",
  parameter:
    "name in description required deprecated allowEmptyValue style explode allowReserved schema example examples content $ref summary",
  "request body": "description content required $ref summary",
  "media type": "schema itemSchema example examples encoding prefixEncoding itemEncoding description $ref summary",
  response: "summary description headers content links $ref",
  "security scheme":
    "type description name in scheme bearerFormat flows openIdConnectUrl oauth2MetadataUrl deprecated $ref summary",
};

/** Notes each key that the object does not have, and the one that was probably meant. */
export function checkKeys(findings: Findings, at: Located<Record<string, unknown>>, what: keyof typeof KEYS): void {
  const known = KEYS[what].split(" ");
  for (const key of Object.keys(at.value)) {
    if (key.startsWith("x-") || known.includes(key)) continue;
    const meant = nearest(key, known);
    const remedy = meant === undefined ? "Remove it, or let its name begin with x-." : `Did you mean "${meant}"?`;
    findings.error("openapi.unknown-key", at, `"${key}" is no key of a ${what}`, remedy, key);
  }
}

/** The candidate that is at most two edits (one in short words) away. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(word.length / 2) + 1);
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}
