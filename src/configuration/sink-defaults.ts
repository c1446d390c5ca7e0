// The defaults of sinks that deliver to servers, and why each is that. The tables of their pages in docs/ are held to them.

export const SINK_DEFAULTS = Object.freeze({
  splunk: {
    source: "portcullis",
    /** The one whose fields integrations/splunk knows. */
    sourcetype: "portcullis:audit",
    acknowledgement: "auto",
    /** An indexer under load takes tens of seconds; what is not acknowledged is sent again, so that too short makes copies. */
    acknowledgementTimeoutMs: 180_000,
    gzip: true,
    timeoutMs: 30_000,
  },
} as const);
