// Reasons of the monitoring practice: what could not be recorded.
import type { Reason } from "./reason.ts";

export const MONITORING_REASONS = {
  "monitoring.spool-full": {
    status: 503,
    title: "The service cannot record requests at the moment.",
    remedy:
      "Events wait in the spool until its size or its disk allows no more, and `monitoring.spool.whenFull: block` lets no request pass unrecorded. See which destination takes nothing: `portcullis audit stats`.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
