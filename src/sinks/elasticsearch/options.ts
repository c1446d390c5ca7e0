// What a destination of this kind is made with: complete, and JSON.

export interface ElasticsearchOptions {
  /** The nodes of one cluster: scheme, host, port, and a path where a proxy wants one. */
  readonly urls: readonly string[];
  readonly dataStream: string;
  /** Value of the field Authorization. */
  readonly authorization: string | undefined;
  /** PEM: the only authorities that certificates may come from. Undefined: those of Node. */
  readonly ca: string | undefined;
  readonly gzip: boolean;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  /** For one request as a whole. */
  readonly timeoutMs: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** How long the lifecycle policy keeps events; for ever where undefined. */
  readonly keepForDays: number | undefined;
  readonly dangerouslyAllowHttp: boolean;
}
