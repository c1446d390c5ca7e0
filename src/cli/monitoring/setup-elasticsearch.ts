// `portcullis monitoring setup elasticsearch`: for each such sink of the configuration, what was done on its server, or would be.
import type { DestinationSettings } from "../../configuration/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { apiKeyAuthorization, basicAuthorization } from "../../sinks/elasticsearch/credentials.ts";
import type { ElasticsearchOptions } from "../../sinks/elasticsearch/options.ts";
import type { Action } from "../../sinks/elasticsearch/setup/judge.ts";
import { SetupError } from "../../sinks/elasticsearch/setup/server.ts";
import { setUp, type SetupReport, type SetupStep } from "../../sinks/elasticsearch/setup/setup.ts";
import { type Colours, coloursFor } from "../colours.ts";
import { EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import { loadConfiguration } from "../configuration-flags.ts";
import type { Io } from "../io.ts";

const KIND = "elasticsearch";
const NAMES: Readonly<Record<SetupReport["flavour"], string>> = {
  elasticsearch: "Elasticsearch",
  opensearch: "OpenSearch",
};
/** Done, and would be done. */
const WORDS: Readonly<Record<Action, readonly [string, string]>> = {
  create: ["created", "would create"],
  update: ["updated", "would update"],
  replace: ["replaced", "would replace"],
  keep: ["unchanged", "unchanged"],
  refuse: ["REFUSED", "would refuse"],
  skip: ["not there", "not there"],
};

export async function setUpElasticsearch(given: Given, io: Io): Promise<number> {
  const sinks = await sinksOf(given, io);
  const authorization = await ownCredentials(given, io);
  const mode = { dryRun: given.has("dry-run"), replace: given.has("replace") };
  const reports: { sink: string; url: string; dryRun: boolean; report: SetupReport }[] = [];
  for (const { name, options } of sinks) {
    const settings = options as ElasticsearchOptions;
    const url = settings.urls.join(", ");
    try {
      const report = await setUp(
        { ...settings, ...(authorization !== undefined && { authorization }) },
        mode,
        systemClock,
      );
      reports.push({ sink: name, url, dryRun: mode.dryRun, report });
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      throw new UsageError(
        `${name}: ${error.message}`,
        "docs/elasticsearch.md says which rights a set-up needs, and what `ca` is for.",
      );
    }
  }
  if (given.has("json")) {
    const plain = reports.map(({ report, ...about }) => ({ ...about, ...report }));
    io.stdout.write(`${JSON.stringify({ sinks: plain }, undefined, 2)}\n`);
  } else {
    const colours = coloursFor(io.stdout, io.env);
    for (const { sink, url, report } of reports) {
      io.stdout.write(`${sink}: ${NAMES[report.flavour]} ${report.version} at ${url}\n`);
      for (const step of report.steps) io.stdout.write(linesOf(step, mode.dryRun, colours));
    }
  }
  const refused = reports.some(({ report }) => report.steps.some(({ action }) => action === "refuse"));
  if (refused && !given.has("json")) {
    io.stderr.write("Nothing was overwritten. --replace overwrites what stands in the way of a policy or template.\n");
  }
  return refused ? EXIT_FINDINGS : EXIT_OK;
}

function linesOf({ what, name, action, changes, note }: SetupStep, dryRun: boolean, colours: Colours): string {
  const paint =
    action === "refuse" || action === "skip" ? colours.yellow : action === "keep" ? colours.dim : colours.green;
  const word = WORDS[action][dryRun ? 1 : 0];
  const about = note === undefined ? "" : `: ${note}`;
  const lines = [`  ${paint(word.padEnd(13))}  ${what} ${name}${about}`];
  for (const change of changes) lines.push(colours.dim(`                   differs at ${change}`));
  return `${lines.join("\n")}\n`;
}

async function sinksOf(given: Given, io: Io): Promise<readonly DestinationSettings[]> {
  const { settings } = await loadConfiguration(given, io);
  const all = settings.monitoring.destinations.filter(({ kind }) => kind === KIND);
  const wanted = given.text("sink");
  const sinks = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  if (sinks.length > 0) return sinks;
  throw new UsageError(
    wanted === undefined
      ? "the configuration has no sink of Elasticsearch or OpenSearch"
      : `the configuration has no elasticsearch sink named ${wanted}`,
    "Add `{ elasticsearch: { url: https://… } }` to monitoring.sinks: see docs/elasticsearch.md.",
  );
}

/** Whoever sets up may do more than the gate should be able to. */
async function ownCredentials(given: Given, io: Io): Promise<string | undefined> {
  const username = given.text("username");
  if (username !== undefined && given.has("api-key-stdin")) {
    throw new UsageError("--username and --api-key-stdin were both given", "Keep one of the two.");
  }
  if (username !== undefined) return basicAuthorization(username, await secretFrom(io, "password"));
  if (!given.has("api-key-stdin")) return undefined;
  const authorization = apiKeyAuthorization(await secretFrom(io, "API key"));
  if (authorization !== undefined) return authorization;
  throw new UsageError(
    "what came by standard input is no API key of Elasticsearch",
    "It is `encoded` of what POST /_security/api_key answered, or its id and api_key with a colon between.",
  );
}

async function secretFrom(io: Io, what: string): Promise<string> {
  const text = (await io.readInput()).replace(/\r?\n$/, "");
  if (text === "")
    throw new UsageError(`the ${what} is missing on standard input`, `Example: … < ${what.replace(" ", "-")}.txt`);
  return text;
}
