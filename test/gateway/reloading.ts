// A gateway from files that a test changes while it runs: what it is served by, what it records, what it answers.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type ComposePorts, offlinePorts } from "../../src/configuration/compose.ts";
import { PolicySource } from "../../src/configuration/policy-source.ts";
import type { Reloaded } from "../../src/gateway/reloader.ts";
import { serve, type ServedGateway, type ServeOptions } from "../../src/gateway/serve.ts";
import { memorySink } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";

/** `GET /item` takes one value of `v`, and one only. */
export const documentOf = (value: string, title = "Items"): string => `openapi: 3.1.0
info: { title: ${title}, version: "1" }
paths:
  /item:
    get:
      operationId: item
      security: []
      parameters: [{ name: v, in: query, required: true, schema: { type: string, enum: [${value}] } }]
      responses: { default: { description: any } }
`;

export const configurationOf = (upstream: string, more = ""): string => `openapi: api.yaml
upstream: ${upstream}
transport: { listen: 0, adminListen: 0, tls: dangerouslyOff }
rateLimiting: { addressCeiling: { limit: 1000000, window: 1m }, limits: [] }
${more}`;

export interface SystemLine {
  readonly message: string;
  readonly event: { readonly code: string };
  readonly log: { readonly level: string };
  readonly service?: { readonly name: string };
  readonly portcullis?: { readonly data: Readonly<Record<string, string | number>> };
}

export interface Reloadable {
  readonly gateway: ServedGateway;
  readonly folder: string;
  readonly outcomes: readonly Reloaded[];
  readonly reload: () => Promise<Reloaded>;
  readonly write: (name: string, text: string) => void;
  /** Events that are no exchanges, of that code. */
  readonly events: (code: string) => SystemLine[];
  /** Lines of exchanges. */
  readonly lines: () => string[];
  /** Resolves with the next outcome of a reload that nobody asked for. */
  readonly next: () => Promise<Reloaded>;
}

type More = Pick<ServeOptions, "watchEveryMs" | "againMs" | "keysTimeoutMs" | "clock"> & {
  readonly ports?: Partial<ComposePorts>;
};

export async function startReloadable(
  files: Readonly<Record<string, string>>,
  { ports: changed, ...more }: More = {},
  folder: string = folderWith(files),
): Promise<Reloadable> {
  const written: string[] = [];
  const ports = { ...offlinePorts(folder), createSink: () => memorySink(written), ...changed };
  const source = new PolicySource({ file: "portcullis.yaml", cwd: folder, env: {} }, ports);
  const composition = await source.compose();
  const outcomes: Reloaded[] = [];
  let waiting: ((outcome: Reloaded) => void)[] = [];
  const gateway = await serve(composition, {
    source,
    watchEveryMs: 3_600_000,
    ...more,
    drainTimeoutMs: 2_000,
    onReload: (outcome) => {
      outcomes.push(outcome);
      for (const resolve of waiting) resolve(outcome);
      waiting = [];
    },
  });
  onTestFinished(async () => void (await gateway.close()));
  const system = () => written.filter((line) => line.includes('"portcullis.system"'));
  return {
    gateway,
    folder,
    outcomes,
    reload: gateway.reload as () => Promise<Reloaded>,
    write: (name, text) => writeFileSync(path.join(folder, name), text),
    events: (code) =>
      system()
        .map((line) => JSON.parse(line) as SystemLine)
        .filter(({ event }) => event.code === code),
    lines: () => written.filter((line) => !line.includes('"portcullis.system"')),
    next: () => new Promise((resolve) => void waiting.push(resolve)),
  };
}
