// Opens where events go: sinks that take lines at once, and the spool that feeds destinations.
import type { Destination, Sink, SpooledDelivery } from "../../monitoring/index.ts";
import { type Problem, ProblemsError } from "../../openapi/located.ts";
import { DatabaseInUseError } from "../../stores/reserved-file.ts";
import { codeOf } from "../error-code.ts";
import type { Judgement } from "./judgement.ts";
import type { SinkSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { ComposePorts, FileSettings } from "./ports.ts";

export interface Outlets {
  readonly sinks: readonly Sink[];
  readonly delivery: SpooledDelivery | undefined;
}

/** Throws ProblemsError, with nothing left open, where one of them cannot be had. */
export async function openOutlets(judgement: Judgement, ports: ComposePorts): Promise<Outlets> {
  const sinks = openSinks(judgement, ports);
  const destinations = createDestinations(judgement, ports);
  let delivery: SpooledDelivery | undefined;
  if (errorsOf(judgement).length === 0) delivery = await openDelivery(judgement, ports, destinations);
  const problems = errorsOf(judgement);
  if (problems.length === 0) return { sinks, delivery };
  await Promise.allSettled([...sinks, ...destinations].map((outlet) => outlet.close()));
  throw new ProblemsError(problems);
}

function errorsOf(judgement: Judgement): Problem[] {
  return judgement.problems.filter(({ severity }) => severity === "error");
}

/** Where there is a spool, files are fed from it: each event is in them once, whatever happens. */
function fedFiles({ settings: { monitoring } }: Judgement): FileSettings[] {
  return monitoring.spool === undefined ? [] : monitoring.sinks.filter((sink) => sink.kind === "file");
}

function openSinks(judgement: Judgement, ports: ComposePorts): Sink[] {
  const sinks: Sink[] = [];
  const fed: readonly SinkSettings[] = fedFiles(judgement);
  for (const [i, sink] of judgement.settings.monitoring.sinks.entries()) {
    if (fed.includes(sink)) continue;
    const what = sink.kind === "file" ? sink.file : sink.kind;
    const opened = attempt(judgement, ["monitoring", "sinks", i], what, () => ports.createSink(sink));
    if (opened !== undefined) sinks.push(opened);
  }
  return sinks;
}

function createDestinations(judgement: Judgement, ports: ComposePorts): Destination[] {
  const made: Destination[] = [];
  for (const settings of [...fedFiles(judgement), ...judgement.settings.monitoring.destinations]) {
    const what = "file" in settings ? settings.file : settings.kind;
    const destination = attempt(judgement, settings.at, what, () => ports.createDestination(settings));
    if (destination === undefined) continue;
    const twin = made.find(({ place }) => place !== undefined && place === destination.place);
    if (twin !== undefined) {
      const message = `${what} is the file that ${twin.name} writes to: two sinks would tear each other's lines`;
      judgement.error("sink-twice", { settings: settings.at }, message, "Give each sink a file of its own.");
    }
    made.push(destination);
  }
  return made;
}

function attempt<T>(judgement: Judgement, at: KeyPath, what: string, open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    const code = codeOf(error);
    const [why, remedy] =
      code === "ELOOP"
        ? ["it is a link", "Name the file that it leads to: events are never added to what a link leads to."]
        : [code, "Make its folder, writable by this user."];
    judgement.error("sink-unopened", { settings: at }, `${what} cannot be opened: ${why}`, remedy);
    return undefined;
  }
}

/** What is to be done about it, by the code of the error. */
const UNOPENED: Readonly<Record<string, string>> = {
  ENOSPC: "Its disk is full: make room, or name a folder on another one.",
  EDQUOT: "The quota of this user is used up: make room, or name a folder on another disk.",
  EROFS: "Its disk can only be read: name a folder on another one.",
  ERR_SQLITE_ERROR:
    "Its database in that folder could not be made or written: the disk may be full, or for reading only.",
  EPERM: "The system does not let this user write there (an immutable folder?): name another one.",
};

async function openDelivery(
  judgement: Judgement,
  ports: ComposePorts,
  destinations: readonly Destination[],
): Promise<SpooledDelivery | undefined> {
  const { spool, checkpoints } = judgement.settings.monitoring;
  if (spool === undefined) return undefined;
  const place = { settings: ["monitoring", "spool"] };
  try {
    return await ports.openDelivery(spool, destinations, checkpoints);
  } catch (error) {
    if (error instanceof DatabaseInUseError) {
      const message = `the spool ${spool.folder} is used by another process`;
      judgement.error(
        "spool-in-use",
        place,
        message,
        "Give each gateway a folder of its own: `monitoring.spool.folder`.",
      );
    } else {
      const code = codeOf(error);
      const message = `the spool ${spool.folder} cannot be opened: ${code}`;
      judgement.error(
        "spool-unopened",
        place,
        message,
        UNOPENED[code] ?? "Make its folder, writable by this user only.",
      );
    }
    return undefined;
  }
}
