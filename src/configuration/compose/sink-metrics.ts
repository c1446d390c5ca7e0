// What the record knows of its ways out, measured when somebody looks: each sink, each destination, the spool that feeds them.
import type { AuditRecorder, Family } from "../../monitoring/index.ts";

export type MeasuredRecorder = Pick<AuditRecorder, "snapshot" | "failing">;

type Destination = NonNullable<ReturnType<MeasuredRecorder["snapshot"]>["delivery"]>["destinations"][string];

const LABELS = ["sink"] as const;

/** Sinks that take events at once have their place and name, `0:console`; those that the spool feeds have their name. */
export function sinkMetrics(recorder: () => MeasuredRecorder): readonly Family[] {
  const snapshot = () => recorder().snapshot();
  const direct = (which: "dropped" | "written") =>
    Object.entries(snapshot()[which]).map(([sink, value]) => ({ labels: [sink], value }));
  const fed = (read: (destination: Destination) => number) =>
    Object.entries(snapshot().delivery?.destinations ?? {}).map(([sink, destination]) => ({
      labels: [sink],
      value: read(destination),
    }));
  const spool = (read: (spool: NonNullable<ReturnType<typeof snapshot>["delivery"]>["spool"]) => number) => {
    const { delivery } = snapshot();
    return delivery === undefined ? [] : [{ labels: [], value: read(delivery.spool) }];
  };
  const family = (kind: "counter" | "gauge", name: string, help: string, samples: Family["samples"]) =>
    ({ kind, name, help, labelNames: name.startsWith("portcullis_spool") ? [] : LABELS, samples }) as Family;
  return [
    family("counter", "portcullis_events_dropped", "Events that a sink had no room for.", () => [
      ...direct("dropped"),
      ...fed(({ dropped }) => dropped),
    ]),
    family("gauge", "portcullis_sink_failing", "Sinks that cannot be written to.", () => {
      const failing = recorder().failing();
      return [
        ...direct("dropped").map(({ labels }) => ({ labels, value: failing.includes(labels[0] as string) ? 1 : 0 })),
        ...fed((destination) => (destination.failing ? 1 : 0)),
      ];
    }),
    family("counter", "portcullis_sink_written", "Events that a sink took at once.", () => direct("written")),
    family("counter", "portcullis_sink_delivered", "Events that a destination confirmed.", () =>
      fed(({ delivered }) => delivered),
    ),
    family("counter", "portcullis_sink_dead", "Events that a destination refused for good.", () =>
      fed(({ dead }) => dead),
    ),
    family("counter", "portcullis_sink_lost", "Events that could not be read from the spool.", () =>
      fed(({ lost }) => lost),
    ),
    family("counter", "portcullis_sink_filtered", "Events that are not meant for a destination.", () =>
      fed(({ filtered }) => filtered),
    ),
    family("gauge", "portcullis_sink_waiting", "Events that are spooled for a destination.", () =>
      fed(({ waiting }) => waiting),
    ),
    family(
      "gauge",
      "portcullis_sink_oldest_age_seconds",
      "Age of the oldest that a destination did not take yet.",
      () => fed(({ oldestMs }) => oldestMs / 1_000),
    ),
    family("gauge", "portcullis_spool_bytes", "Bytes in the spool.", () => spool(({ bytes }) => bytes)),
    family("gauge", "portcullis_spool_size_bytes", "Bytes that the spool may have.", () =>
      spool(({ bytesMax }) => bytesMax),
    ),
    family("gauge", "portcullis_spool_full", "1 where the spool has no room.", () =>
      spool(({ full }) => (full ? 1 : 0)),
    ),
    family("gauge", "portcullis_spool_failing", "1 where the spool's disk cannot be written to.", () =>
      spool(({ failing }) => (failing ? 1 : 0)),
    ),
    family("counter", "portcullis_spool_refused", "Events that the spool did not take.", () =>
      spool(({ refused }) => refused),
    ),
  ];
}
