// A write of a caller's own object and the reading of what came of it, again and again with other bodies.
import { isObject } from "../../../openapi/pointer.ts";
import type { Caller } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import { type Exchange, jsonOf } from "../wire.ts";
import { type Look, lookAt, lookAtMade } from "./made.ts";
import { isSuccess } from "./reading.ts";

export interface Outcome {
  readonly written: Exchange;
  /** Undefined where nothing could be read: the write was refused, or what it made is not to be found. */
  readonly read: Exchange | undefined;
  /** The object, as it was read. */
  readonly object: unknown;
}

/** People who may look at what was written, in the order in which they are asked. */
export interface Writers {
  readonly a: Caller;
  readonly b: Caller | undefined;
}

export class Writing {
  readonly #context: ProbeContext;
  readonly #subject: Subject;
  readonly #values: RequestValues;
  readonly #writers: Writers;

  constructor(context: ProbeContext, subject: Subject, values: RequestValues, writers: Writers) {
    this.#context = context;
    this.#subject = subject;
    this.#values = values;
    this.#writers = writers;
  }

  get body(): Readonly<Record<string, unknown>> {
    return isObject(this.#values.body) ? this.#values.body : {};
  }

  /** Writes that body. Undefined where the answer is no success. */
  async write(body: unknown): Promise<Outcome> {
    const { client, requests } = this.#context;
    const values = { ...this.#values, body };
    const written = await client.send(requests.wire(this.#subject, values, this.#writers.a));
    if (!isSuccess(written.reply)) return { written, read: undefined, object: undefined };
    const reading = this.#readingAfter(written, values);
    return { written, ...(await this.#look(reading)) };
  }

  /** An object that is there before anything is written; undefined where the write makes one. */
  async before(): Promise<Pick<Outcome, "read" | "object">> {
    return this.#look(lookAt(this.#context, this.#subject, this.#values));
  }

  #readingAfter({ reply }: Exchange, values: RequestValues): Look | undefined {
    const made = reply && lookAtMade(this.#context, this.#subject, values, reply);
    if (made !== undefined || this.#subject.operation.method === "POST") return made;
    return lookAt(this.#context, this.#subject, values);
  }

  async #look(reading: Look | undefined): Promise<Pick<Outcome, "read" | "object">> {
    const { client, requests, callers } = this.#context;
    let read: Exchange | undefined;
    if (reading === undefined) return { read, object: undefined };
    for (const user of ["a", "b"] as const) {
      if (this.#writers[user] === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop -- the other is asked only where the first sees nothing
      const reader = await callers.allowed(reading.reader.operation.id, user);
      if (reader === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop
      read = await client.send(requests.wire(reading.reader, reading.values, reader));
      if (isSuccess(read.reply)) return { read, object: jsonOf(read.reply) };
    }
    return { read, object: undefined };
  }
}
