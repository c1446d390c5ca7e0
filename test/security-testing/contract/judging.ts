// Judges a small document and configuration by the rules of the contract.
import { contractTester } from "../../../src/security-testing/contract/tester.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { composed, OAUTH } from "../../configuration/composing.ts";

const NO_OPTIONS = { text: () => undefined, all: () => [], has: () => false };

/** One operation, with what is written beside its id, and components. */
export function documentWith(
  operation: string,
  { method = "post", path = "/things", more = "", version = "3.1.0" } = {},
): string {
  return `openapi: ${version}
info: { title: Things, version: "1" }
paths:
  ${path}:
    ${method}:
      operationId: one
      ${operation}
${more === "" ? SCHEMES : more}
`;
}

export const SCHEMES = `components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r, admin: a } } } }`;

/** Answers that no rule misses anything in. */
export const ANSWERS =
  "responses: { default: { description: all, headers: { RateLimit: { schema: { enum: [a] } }, Retry-After: { schema: { enum: [1] } } } } }";

export const SECURED = "security: [{ oauth: [read] }]";

export async function judged(document: string, configuration = OAUTH): Promise<Finding[]> {
  const composition = await composed(configuration, { document });
  const findings: Finding[] = [];
  const context = {
    composition,
    api: composition.api,
    cwd: "/",
    env: {},
    signal: new AbortController().signal,
    options: NO_OPTIONS,
  };
  for await (const report of contractTester.run(context as unknown as Parameters<typeof contractTester.run>[0]))
    if ("rule" in report) findings.push(report);
  await composition.close();
  return findings;
}

export async function rulesOf(document: string, configuration: string | undefined = OAUTH): Promise<string[]> {
  return (await judged(document, configuration)).map(({ rule }) => rule.slice("contract.".length));
}
