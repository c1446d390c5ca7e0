// Reports of other tools, as those wrote them or in their documented form; and what a run makes of them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Ran, run } from "../../cli/running.ts";

const REPORTS = path.join(import.meta.dirname, "reports");
export const reportText = (name: string): string => readFileSync(path.join(REPORTS, name), "utf8");

/** What the reports about requests are about. */
export const LAB = `openapi: 3.0.3
info: { title: lab, version: "1" }
servers: [{ url: "http://127.0.0.1:13000" }]
paths:
  /items:
    get:
      operationId: items
      security: []
      parameters: [{ name: q, in: query, required: true, schema: { type: string } }]
      responses: { "200": { description: ok } }
  /users/{id}:
    get:
      operationId: user
      security: []
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses: { "200": { description: ok } }
`;
export const LAB_FLAGS = ["--openapi", "api.yaml", "--upstream", "http://127.0.0.1:1"];

export interface Reported {
  readonly rule: string;
  readonly kind: string;
  readonly title: string;
  readonly severity: string;
  readonly confidence: string;
  readonly message: string;
  readonly cwe: readonly number[];
  readonly operation?: { readonly id: string };
  readonly parameter?: string;
  readonly places: readonly { readonly file: string; readonly line: number }[];
  readonly fingerprint: string;
  readonly sources: readonly string[];
  readonly state: string;
  readonly isForeign: boolean;
  readonly others?: readonly { readonly rule: string; readonly fingerprint: string }[];
}

/** The JSON report of a run in a folder. */
export async function imported(
  cwd: string,
  args: readonly string[],
): Promise<Ran & { readonly findings: readonly Reported[] }> {
  const ran = await run(["test", ...args, "--format", "json"], { cwd });
  if (!ran.out.startsWith("{")) throw new Error(ran.err);
  return { ...ran, findings: (JSON.parse(ran.out) as { findings: Reported[] }).findings };
}
