// The codes that Splunk's HTTP Event Collector answers with, and what each means for delivery ("Troubleshoot HTTP Event Collector").

export type HecMeaning =
  | "taken"
  /** Taken, and its queues fill: the next batch may wait a moment. */
  | "taken-slowly"
  /** One event is to blame: `invalid-event-number` says which. */
  | "event"
  /** Token, index, channel: the owner's to mend. Nothing of it was taken. */
  | "configuration"
  | "busy";

interface HecCode {
  readonly meaning: HecMeaning;
  /** In our words: what a server writes never stands in a message. */
  readonly words: string;
}

const CODES: ReadonlyMap<number, HecCode> = new Map<number, HecCode>([
  [0, { meaning: "taken", words: "success" }],
  [1, { meaning: "configuration", words: "the token is disabled" }],
  [2, { meaning: "configuration", words: "a token is required" }],
  [3, { meaning: "configuration", words: "the authorization is invalid" }],
  [4, { meaning: "configuration", words: "the token is invalid" }],
  [5, { meaning: "configuration", words: "no data arrived" }],
  [6, { meaning: "event", words: "invalid data format" }],
  [7, { meaning: "configuration", words: "the token may not write to this index, or it does not exist" }],
  [8, { meaning: "busy", words: "internal server error" }],
  [9, { meaning: "busy", words: "the server is busy" }],
  [10, { meaning: "configuration", words: "the token asks for a channel, and acknowledgement is off" }],
  [11, { meaning: "configuration", words: "the channel is invalid" }],
  [12, { meaning: "event", words: "the event field is missing" }],
  [13, { meaning: "event", words: "the event field is blank" }],
  [14, { meaning: "configuration", words: "the token has no indexer acknowledgement" }],
  [15, { meaning: "event", words: "indexed fields cannot be handled" }],
  [16, { meaning: "configuration", words: "authorization in the query is not enabled" }],
  [17, { meaning: "taken", words: "healthy" }],
  [18, { meaning: "busy", words: "its queues are full" }],
  [19, { meaning: "busy", words: "its acknowledgement service is unavailable" }],
  [20, { meaning: "busy", words: "its queues are full and its acknowledgement service is unavailable" }],
  [21, { meaning: "configuration", words: "the token is invalid" }],
  [22, { meaning: "configuration", words: "the token is disabled" }],
  [23, { meaning: "busy", words: "the server is shutting down" }],
  [24, { meaning: "taken-slowly", words: "its queue is nearly full" }],
  [25, { meaning: "taken-slowly", words: "its acknowledgement channel is nearly full" }],
  [26, { meaning: "busy", words: "its queue is full" }],
  [27, { meaning: "busy", words: "its acknowledgement channel is full" }],
]);

/** Undefined for codes that Splunk does not list, and where none came: then the HTTP status decides. */
export function hecCode(number: unknown): (HecCode & { readonly number: number }) | undefined {
  const code = typeof number === "number" ? CODES.get(number) : undefined;
  return code && { ...code, number: number as number };
}
