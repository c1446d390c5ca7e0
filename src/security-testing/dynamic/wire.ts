// A request as it goes over the wire, and what came back: nothing is put right on the way, since attacks are what is not right.

export type Field = readonly [name: string, value: string];

export interface Wire {
  readonly method: string;
  /** The request target as it stands: `/orders/1%2F..?a=b`. */
  readonly target: string;
  /** In this order and spelling. Host and Content-Length are added where they are missing and `isExact` is not set. */
  readonly fields: readonly Field[];
  readonly body?: string | Uint8Array | undefined;
  readonly isExact?: boolean;
  /** Fields that are made anew each time that this is sent, as the proof of a bound token is. */
  readonly proof?: Proof | undefined;
}

/** Proves each request by itself (RFC 9449 4). */
export interface Proof {
  fields(request: { readonly method: string; readonly target: string; readonly origin: string }): readonly Field[];
  /** Whether this answer asks for another proof, which can now be made: then it is sent once more. */
  told(reply: Reply): boolean;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case, in the order in which they came. */
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly tookMs: number;
  /** Who answered: the gate, where it refuses in its own words; else whatever stands behind. */
  readonly from: "gate" | "api";
  /** The gate's reason, where it refused: `authentication.missing`. */
  readonly reason: string | undefined;
}

export interface Exchange {
  readonly wire: Wire;
  /** Undefined: the connection ended, or time ran out, without an answer. */
  readonly reply: Reply | undefined;
  readonly layer: "gate" | "upstream";
}

export interface SendOptions {
  readonly protocol?: "http/1.1" | "h2";
  readonly timeoutMs?: number;
  /** Another connection than those that are open. */
  readonly isFresh?: boolean;
}

/** Sends within the budget, at a polite rate, to the target alone. Throws `BudgetSpent` where nothing more may be sent. */
export interface Client {
  send(wire: Wire, options?: SendOptions): Promise<Exchange>;
  /** Several at the same time, on connections of their own. */
  together(wires: readonly Wire[], options?: SendOptions): Promise<readonly Exchange[]>;
  /** Bytes as they stand, and all bytes that came back until the peer closed or was silent for so long. */
  raw(bytes: Uint8Array, silentMs?: number): Promise<Buffer>;
}

export function fieldOf({ fields }: Reply, name: string): string | undefined {
  return fields.find(([known]) => known === name)?.[1];
}

/** Undefined where the body is no JSON. */
export function jsonOf({ body }: Reply): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
