// The units of a run: each probe at each operation that it looks at. They are counted, and done once each.
import type { Finding, Untested } from "../finding.ts";
import type { Probe, ProbeContext } from "./probe.ts";
import type { Subject } from "./subject.ts";

export interface Unit {
  /** `object-read getOrder gate`: what an interrupted run remembers. */
  readonly id: string;
  readonly what: string;
  run(context: ProbeContext): AsyncIterable<Finding | Untested>;
}

export function unitsOf(probes: readonly Probe[], subjects: readonly Subject[], layer: string): readonly Unit[] {
  return probes.flatMap((probe): Unit[] => {
    if (probe.per === "api") {
      return [{ id: `${layer} ${probe.id}`, what: probe.id, run: (context) => probe.run(context) }];
    }
    return subjects.map((subject) => ({
      id: `${layer} ${probe.id} ${subject.operation.id}`,
      what: `${probe.id} at ${subject.operation.id}`,
      run: (context) => probe.run(subject, context),
    }));
  });
}
