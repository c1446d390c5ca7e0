// The defaults of sinks that deliver to servers, and why each is that. The tables of their pages in docs/ are held to them.

export const SINK_DEFAULTS = Object.freeze({
  elasticsearch: {
    /** As data streams are named: type, dataset, namespace. */
    dataStream: "logs-portcullis.audit-default",
    gzip: true,
    connectTimeoutMs: 5_000,
    /** A server under load answers late; one that says nothing for longer is gone. */
    answerTimeoutMs: 30_000,
    timeoutMs: 60_000,
    /** About half a second of a busy API in one request. */
    recordsMax: 1_000,
    /** Where larger requests stop being faster. */
    requestBytesMax: 5 * 1_048_576,
  },
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
  syslog: {
    /** 13, "log audit". */
    facility: "audit",
    appName: "portcullis",
    /** Nobody has given Portcullis a number: this one is set aside for documentation (RFC 5612). */
    enterpriseNumber: 32_473,
    /** What rsyslog takes whole unless told otherwise; longer ones it cuts. */
    messageBytesMax: 8_192,
    timeoutMs: 30_000,
  },
  otlp: {
    /** Metrics on request: many collectors have no pipeline for them, as Prometheus asks for them itself. */
    signals: ["logs", "traces"],
    /** As OpenTelemetry's own reader. */
    metricsEveryMs: 60_000,
    /** As OpenTelemetry's own batches. */
    recordsMax: 500,
    /** Collectors take 20 MiB unless told otherwise; small requests are refused and sent again with less. */
    requestBytesMax: 1_048_576,
    gzip: true,
    timeoutMs: 30_000,
  },
  /** Alerts to people: the first at once, then what came meanwhile together. */
  mail: { everyMs: 300_000 },
  slack: { everyMs: 60_000, timeoutMs: 30_000 },
  webhook: {
    /** Libraries that verify signatures read JSON. */
    format: "json",
    /** Small servers take a megabyte in one request. */
    recordsMax: 500,
    requestBytesMax: 1_048_576,
    timeoutMs: 30_000,
  },
} as const);
