// What a composition knows of itself, measured when somebody looks: its policy, issuers' keys, verified tokens, the record.
import type { KeySource } from "../../authentication/index.ts";
import type { Detector, Family } from "../../monitoring/index.ts";
import type { SanctionKeeper } from "../sanctions/sanction-keeper.ts";
import { type MeasuredRecorder, sinkMetrics } from "./sink-metrics.ts";
import type { Survivors } from "./survivors.ts";

export interface MeasuredComposition {
  readonly policy: { readonly version: string };
  readonly keySources: readonly KeySource[];
  readonly survivors: Pick<Survivors, "verified">;
  readonly recorder: MeasuredRecorder;
  readonly detector: Pick<Detector, "snapshot">;
  readonly sanctions: Pick<SanctionKeeper, "active"> | undefined;
}

/** `current`: the composition in use, which a reload replaces. */
export function compositionMetrics(current: () => MeasuredComposition): readonly Family[] {
  return [
    {
      kind: "info",
      name: "portcullis_policy",
      help: "The policy in use.",
      labelNames: ["version"],
      samples: () => [{ labels: [current().policy.version], value: 1 }],
    },
    {
      kind: "gauge",
      name: "portcullis_issuer_keys",
      help: "Sets of keys by their state: 1 for the state that each is in.",
      labelNames: ["source", "state"],
      samples: () =>
        current().keySources.map((source) => ({ labels: [placeOf(source.name), source.state()], value: 1 })),
    },
    {
      kind: "gauge",
      name: "portcullis_verified_tokens",
      help: "Tokens whose verification is remembered.",
      labelNames: ["scheme"],
      samples: () =>
        [...current().survivors.verified].map(([scheme, { cache }]) => ({ labels: [scheme], value: cache.size })),
    },
    ...sinkMetrics(() => current().recorder),
    {
      kind: "counter",
      name: "portcullis_detections",
      help: "Alerts of detection rules.",
      labelNames: ["rule", "level", "mode"],
      samples: () =>
        [...current().detector.snapshot().fired].map(([key, value]) => ({ labels: key.split("\u0000"), value })),
    },
    {
      kind: "gauge",
      name: "portcullis_detection_groups",
      help: "Groups of events that a detection rule remembers.",
      labelNames: ["rule"],
      samples: () =>
        Object.entries(current().detector.snapshot().groups).map(([rule, value]) => ({ labels: [rule], value })),
    },
    {
      kind: "gauge",
      name: "portcullis_sanctions",
      help: "Who is held back now, by what is done: a ban, a tighter limit, step-up, a revoked token or session.",
      labelNames: ["kind"],
      samples: () => [...(current().sanctions?.active() ?? [])].map(([kind, value]) => ({ labels: [kind], value })),
    },
    {
      kind: "counter",
      name: "portcullis_detection_faults",
      help: "Events over which a detection rule failed: a bug in Portcullis.",
      labelNames: [],
      samples: () => [{ labels: [], value: current().detector.snapshot().faults }],
    },
    {
      kind: "counter",
      name: "portcullis_event_faults",
      help: "Exchanges whose event could not be made: a bug in Portcullis.",
      labelNames: [],
      samples: () => [{ labels: [], value: current().recorder.snapshot().faults }],
    },
  ];
}

/** Without what may be secret in an address. */
function placeOf(name: string): string {
  const url = URL.parse(name);
  return url === null ? name : `${url.origin}${url.pathname}`;
}
