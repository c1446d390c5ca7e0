// The server that is set up: which one it is, and its answers as JSON.
import { isJsonObject, type JsonObject, type JsonValue, readJsonObject } from "../../../cryptography/json.ts";
import type { Clock } from "../../../core/clock.ts";
import { EgressError } from "../../../egress/egress-error.ts";
import { cut, visible } from "../../../monitoring/escaping.ts";
import { maskedSentence } from "../../../monitoring/masking.ts";
import { whyRefused } from "../bulk.ts";
import { errorType } from "../bulk-answer.ts";
import { Nodes } from "../nodes.ts";
import type { ElasticsearchOptions } from "../options.ts";
import type { Flavour } from "./index-template.ts";

const ANSWER_BYTES_MAX = 4 * 1_048_576;
const DEPTH_MAX = 64;
const REASON_CHARACTERS_MAX = 300;

/** It could not be looked at, or did not do what it was told. The message has no secret. */
export class SetupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SetupError";
  }
}

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

export class SetupServer {
  readonly #nodes: Nodes;

  constructor(options: ElasticsearchOptions, clock: Clock) {
    this.#nodes = new Nodes(options, clock);
  }

  async which(): Promise<{ readonly flavour: Flavour; readonly version: string }> {
    const { version } = (await this.ask("GET", "/")).body;
    if (!isJsonObject(version) || typeof version["number"] !== "string") {
      throw new SetupError("it is neither Elasticsearch nor OpenSearch, by what it answers to GET /");
    }
    const number = /^[\w.-]{1,32}$/.exec(version["number"])?.[0] ?? "of an unknown version";
    return { flavour: version["distribution"] === "opensearch" ? "opensearch" : "elasticsearch", version: number };
  }

  /** 2xx, or one of the statuses that the caller knows the meaning of. Throws SetupError for everything else. */
  async ask(
    method: "GET" | "PUT" | "POST",
    path: string,
    body?: object,
    known: readonly number[] = [],
  ): Promise<Reply> {
    let status: number;
    let bytes: Buffer;
    try {
      ({ status, body: bytes } = await this.#nodes.ask({
        method,
        path,
        fields: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        bytesMax: ANSWER_BYTES_MAX,
      }));
    } catch (error) {
      throw error instanceof EgressError ? new SetupError(error.message) : error;
    }
    if (known.includes(status)) return { status, body: readJsonObject(bytes, DEPTH_MAX) ?? {} };
    const read = readJsonObject(bytes, DEPTH_MAX);
    if (status < 200 || status > 299) {
      const why = whyRefused(status, errorType(bytes, status)) + reasonOf(read?.["error"]);
      throw new SetupError(`${method} ${path}: ${why}`);
    }
    if (read === undefined) throw new SetupError(`${method} ${path}: its answer is not to be understood`);
    return { status, body: read };
  }

  close(): Promise<void> {
    return this.#nodes.close();
  }
}

function reasonOf(error: JsonValue | undefined): string {
  const reason = isJsonObject(error) ? error["reason"] : undefined;
  return typeof reason === "string" ? `: ${visible(cut(maskedSentence(reason), REASON_CHARACTERS_MAX))}` : "";
}
