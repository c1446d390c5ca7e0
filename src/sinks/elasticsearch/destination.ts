// Delivers events to Elasticsearch or OpenSearch: in bulk, each confirmed by itself, so that one that is refused holds up no other.
import type { Delivery, Destination, RecordOutcome, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import { type BulkResult, sendBulk } from "./bulk.ts";
import { whyUnfit } from "./bulk-request.ts";
import { DataStreamCheck } from "./data-stream-check.ts";
import { Nodes } from "./nodes.ts";
import type { ElasticsearchOptions } from "./options.ts";

type Unavailable = Extract<BulkResult, { kind: "unavailable" }>;

/** What is known so far of the records of one delivery. */
interface Progress {
  readonly records: readonly SpooledRecord[];
  readonly outcomes: RecordOutcome[];
  readonly signal: AbortSignal;
  whyRetry: string | undefined;
  retryAfterMs: number | undefined;
}

export function elasticsearchDestination(options: ElasticsearchOptions, ports: DestinationPorts): Destination {
  return new ElasticsearchDestination(options, ports);
}

class ElasticsearchDestination implements Destination {
  readonly name: string;
  readonly level: DestinationPorts["level"];
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly assurance = "at-least-once";
  readonly #options: ElasticsearchOptions;
  readonly #clock: DestinationPorts["clock"];
  readonly #nodes: Nodes;
  readonly #dataStream: DataStreamCheck;
  /** What the server took at most so far, where it said that something was too large. */
  #bytesTaken = Number.POSITIVE_INFINITY;

  constructor(options: ElasticsearchOptions, { name, level, clock }: DestinationPorts) {
    this.name = name;
    this.level = level;
    this.recordsMax = options.recordsMax;
    this.bytesMax = options.bytesMax;
    this.#options = options;
    this.#clock = clock;
    this.#nodes = new Nodes(options, clock);
    this.#dataStream = new DataStreamCheck(this.#nodes, options.dataStream);
  }

  async deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    const missing = await this.#dataStream.whyNot(this.#clock, signal);
    if (missing !== undefined) return missing;
    const progress: Progress = {
      records,
      outcomes: records.map((record) => {
        const why = whyUnfit(record);
        return why === undefined ? "retry" : { dead: why };
      }),
      signal,
      whyRetry: undefined,
      retryAfterMs: undefined,
    };
    const fit = records.flatMap((_, i) => (progress.outcomes[i] === "retry" ? [i] : []));
    for (const places of this.#portions(fit, records)) {
      const unavailable = await this.#send(places, progress);
      if (unavailable !== undefined) return this.#ended(progress, unavailable);
    }
    return this.#ended(progress, undefined);
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }

  /** Sends the records at these places; halves them where they are refused together, until the one is found. */
  async #send(places: readonly number[], progress: Progress): Promise<Unavailable | undefined> {
    const records = places.map((i) => progress.records[i] as SpooledRecord);
    const result = await sendBulk(this.#nodes, this.#options, records, { clock: this.#clock, signal: progress.signal });
    if (result.kind === "unavailable") return result;
    if (result.kind === "answered") {
      for (const [i, outcome] of result.outcomes.entries()) progress.outcomes[places[i] as number] = outcome;
      progress.whyRetry ??= result.whyRetry;
      if (result.retryAfterMs !== undefined && result.whyRetry !== undefined)
        progress.retryAfterMs = result.retryAfterMs;
      return undefined;
    }
    const [only] = places;
    if (places.length === 1 && only !== undefined) {
      const why = result.tooLarge ? `larger than the server takes (${result.why})` : result.why;
      progress.outcomes[only] = { dead: why };
      return undefined;
    }
    if (result.tooLarge) this.#bytesTaken = Math.min(this.#bytesTaken, Math.floor(result.bytes / 2));
    const middle = places.length >> 1;
    return (await this.#send(places.slice(0, middle), progress)) ?? (await this.#send(places.slice(middle), progress));
  }

  /** What was seen to be too large is not tried again with each batch. */
  *#portions(places: readonly number[], records: readonly SpooledRecord[]): Generator<readonly number[]> {
    let portion: number[] = [];
    let bytes = 0;
    for (const i of places) {
      const size = (records[i] as SpooledRecord).json.length;
      if (portion.length > 0 && bytes + size > this.#bytesTaken) {
        yield portion;
        portion = [];
        bytes = 0;
      }
      portion.push(i);
      bytes += size;
    }
    if (portion.length > 0) yield portion;
  }

  /** Where nothing became of any record, somebody has to be told why. */
  #ended(progress: Progress, unavailable: Unavailable | undefined): Delivery {
    const { outcomes, whyRetry } = progress;
    const retryAfterMs = unavailable?.retryAfterMs ?? progress.retryAfterMs;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    if (unavailable?.status === 404 || whyRetry?.startsWith("404") === true) this.#dataStream.doubt();
    if (outcomes.some((outcome) => outcome !== "retry")) return { kind: "answered", outcomes, ...wait };
    const reason = unavailable?.reason ?? (whyRetry === undefined ? undefined : `it takes none of them: ${whyRetry}`);
    if (reason === undefined) return { kind: "answered", outcomes, ...wait };
    return { kind: "unavailable", reason, ...wait };
  }
}
