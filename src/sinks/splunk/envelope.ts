// One event as HEC takes it: an envelope with time, host, source, sourcetype and index around the JSON that was spooled.
import type { SpooledRecord } from "../../monitoring/index.ts";

export interface EnvelopeFields {
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  /** The token's own index where left out. */
  readonly index?: string | undefined;
}

const BEGIN = Buffer.from('{"time":');
const END = Buffer.from("}\n");

export class Envelope {
  /** From after the time to before the event: the same for all. */
  readonly #fields: Buffer;
  /** What an envelope adds to its event. */
  readonly bytes: number;

  constructor({ host, source, sourcetype, index }: EnvelopeFields) {
    const fields = JSON.stringify({ host, source, sourcetype, index });
    this.#fields = Buffer.from(`,${fields.slice(1, -1)},"event":`);
    this.bytes = BEGIN.length + "1700000000.000".length + this.#fields.length + END.length;
  }

  /** Events one after the other, as HEC has them in one request. */
  body(records: readonly SpooledRecord[]): Buffer {
    const parts: Uint8Array[] = [];
    for (const { timeMs, json } of records) {
      parts.push(BEGIN, Buffer.from((timeMs / 1_000).toFixed(3)), this.#fields, json, END);
    }
    return Buffer.concat(parts);
  }
}
