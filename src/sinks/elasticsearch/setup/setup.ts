// Sets a server up for events: lifecycle policy, index template, data stream, in this order. Says what it would do before it does it.
import type { Clock } from "../../../core/clock.ts";
import type { ElasticsearchOptions } from "../options.ts";
import { DataStream } from "./data-stream.ts";
import { type Flavour, indexTemplate, mappingsOf } from "./index-template.ts";
import { type Action, judge, type Verdict } from "./judge.ts";
import { ilmPolicy, ismPolicy, lifecycleInWords } from "./lifecycle-policy.ts";
import { ilmPiece, indexTemplatePiece, ismPiece, type Piece } from "./pieces.ts";
import { SetupServer } from "./server.ts";

export interface SetupStep extends Verdict {
  readonly what: string;
  readonly name: string;
}

export interface SetupReport {
  readonly flavour: Flavour;
  readonly version: string;
  /** In order; ends at the first that is refused. */
  readonly steps: readonly SetupStep[];
}

export interface SetupMode {
  /** Nothing is changed. */
  readonly dryRun: boolean;
  /** What others made may be overwritten. */
  readonly replace: boolean;
}

const WRITES: ReadonlySet<Action> = new Set(["create", "update", "replace"]);

/** Throws SetupError where the server cannot be looked at or does not do what it is told. */
export async function setUp(options: ElasticsearchOptions, mode: SetupMode, clock: Clock): Promise<SetupReport> {
  const server = new SetupServer(options, clock);
  try {
    const { flavour, version } = await server.which();
    return { flavour, version, steps: await run(server, flavour, options, mode) };
  } finally {
    await server.close();
  }
}

async function run(
  server: SetupServer,
  flavour: Flavour,
  { dataStream, keepForDays }: ElasticsearchOptions,
  mode: SetupMode,
): Promise<SetupStep[]> {
  const policy =
    flavour === "opensearch"
      ? ismPiece(dataStream, ismPolicy(dataStream, keepForDays))
      : ilmPiece(dataStream, ilmPolicy(keepForDays));
  const steps = [await settle(policy, server, mode, lifecycleInWords(keepForDays))];
  const [lifecycle] = steps as [SetupStep];
  if (lifecycle.action === "refuse") return steps;
  // ISM finds its indices by itself; ILM is named by each.
  const named = flavour === "elasticsearch" && lifecycle.action !== "skip" ? dataStream : undefined;
  const template = await settle(
    indexTemplatePiece(dataStream, indexTemplate(flavour, dataStream, named)),
    server,
    mode,
    "fields of events; no others are ever added",
  );
  steps.push(template);
  if (template.action === "refuse") return steps;
  const stream = new DataStream(dataStream);
  const renew = lifecycle.action === "create";
  const verdict = await stream.judge(server, mappingsOf(flavour), renew);
  if (WRITES.has(verdict.action) && !mode.dryRun) await stream.write(server, verdict);
  steps.push({ what: "data stream", name: dataStream, ...verdict });
  return steps;
}

async function settle(piece: Piece, server: SetupServer, mode: SetupMode, words: string): Promise<SetupStep> {
  const { what, name, content } = piece;
  const found = await piece.read(server);
  if (found === "absent") {
    const note = "this server has none: nothing begins a new index by itself, and nothing is ever deleted";
    return { what, name, action: "skip", changes: [], note };
  }
  const verdict = judge(content, found, mode.replace);
  if (WRITES.has(verdict.action) && !mode.dryRun) await piece.write(server);
  return { what, name, ...verdict, note: verdict.note ?? words };
}
