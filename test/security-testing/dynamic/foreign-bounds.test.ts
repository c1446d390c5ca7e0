// Guards the probes of bounds against false alarms: at a gate in front of documents of others nothing is let through that does not fit, and nothing refused that does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { found, type TinyOptions } from "./tiny.ts";

const FOLDER = path.dirname(createRequire(import.meta.url).resolve("@readme/oas-examples/package.json"));
const FILES = ["3.0/json/schema-types", "3.0/json/complex-nesting", "3.0/json/discriminators", "3.1/json/train-travel"];
const AT_GATE = PROBES.filter(({ id }) =>
  ["input-bounds", "gate-nets", "stray-inputs", "content-type", "body-size"].includes(id),
);

interface Written {
  openapi?: string;
  security?: unknown;
  components?: { securitySchemes?: unknown };
  paths: Record<string, Record<string, { security?: unknown; responses?: unknown }>>;
}

/** For everybody: who may use it is no matter here. */
function opened(file: string): string {
  const document = JSON.parse(readFileSync(path.join(FOLDER, `${file}.json`), "utf8")) as Written;
  delete document.components?.securitySchemes;
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item)) if (operation.responses !== undefined) operation.security = [];
  const { openapi, ...others } = document;
  return stringify({ openapi, ...others, security: [] });
}

it.each(FILES)("nothing is found at the gate of %s, and much beside it", async (file) => {
  const options: TinyOptions = {
    document: opened(file),
    api: { "*": () => ({ body: {} }) },
    configuration: "authentication: {}\n",
    allowDestructive: true,
  };
  const all = async (layer: "gate" | "upstream") => {
    const findings: string[] = [];
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a run does
    for (const probe of AT_GATE) findings.push(...(await found(probe, { ...options, layer })));
    return findings;
  };
  expect(await all("gate")).toEqual([]);
  expect(await all("upstream")).not.toEqual([]);
});
