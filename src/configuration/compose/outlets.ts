// Opens where events go: sinks that take lines at once, and the spool that feeds destinations.
import type { Destination, Sink, SpooledDelivery } from "../../monitoring/index.ts";
import { type Problem, ProblemsError } from "../../openapi/located.ts";
import { DatabaseInUseError } from "../../stores/sqlite.ts";
import { codeOf } from "../error-code.ts";
import type { Judgement } from "./judgement.ts";
import type { ComposePorts } from "./ports.ts";

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

function openSinks(judgement: Judgement, ports: ComposePorts): Sink[] {
  const sinks: Sink[] = [];
  for (const [i, sink] of judgement.settings.monitoring.sinks.entries()) {
    try {
      sinks.push(ports.createSink(sink));
    } catch (error) {
      const place = { settings: ["monitoring", "sinks", i] };
      const file = sink.kind === "file" ? sink.file : sink.kind;
      const message = `${file} cannot be opened: ${codeOf(error)}`;
      judgement.error("sink-unopened", place, message, "Make its folder, writable by this user.");
    }
  }
  return sinks;
}

function createDestinations(judgement: Judgement, ports: ComposePorts): Destination[] {
  const destinations: Destination[] = [];
  for (const settings of judgement.settings.monitoring.destinations) {
    try {
      destinations.push(ports.createDestination(settings));
    } catch (error) {
      const message = `${settings.kind} cannot be used: ${codeOf(error)}`;
      judgement.error("sink-unopened", { settings: settings.at }, message, "See docs/monitoring.md for how it is set.");
    }
  }
  return destinations;
}

async function openDelivery(
  judgement: Judgement,
  ports: ComposePorts,
  destinations: readonly Destination[],
): Promise<SpooledDelivery | undefined> {
  const { spool } = judgement.settings.monitoring;
  if (spool === undefined) return undefined;
  const place = { settings: ["monitoring", "spool"] };
  try {
    return await ports.openDelivery(spool, destinations);
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
      const message = `the spool ${spool.folder} cannot be opened: ${codeOf(error)}`;
      judgement.error("spool-unopened", place, message, "Make its folder, writable by this user only.");
    }
    return undefined;
  }
}
