// A strict stand-in for Elasticsearch and OpenSearch: it takes bulk requests as their documentation says and refuses whatever else; faults are put in by hand.
import type { ServerResponse } from "node:http";
import { type Answer, type Asked, HttpServer } from "../http-server.ts";

export const STREAM = "logs-portcullis.audit-default";

interface ItemError {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** Answers in place of the server. False: the server answers as ever. */
export type Fault = (asked: Asked, response: ServerResponse) => unknown;

/** A bulk request that could be read has the ids of its records. */
interface Bulk extends Asked {
  readonly ids: readonly string[];
}

export class StandIn {
  /** By `_id`. */
  readonly documents = new Map<string, unknown>();
  readonly asked: Bulk[] = [];
  /** Each is used for one bulk request, in this order. */
  readonly faults: Fault[] = [];
  /** The same, after the records were taken: their answer gets lost. */
  readonly lostAnswers: Fault[] = [];
  /** What is wrong with one record. */
  refuse: (id: string, event: unknown) => ItemError | undefined = () => undefined;
  /** Ids that make the whole request a bad one. */
  spoils: (id: string) => boolean = () => false;
  bytesMax = Number.POSITIVE_INFINITY;
  authorization: string | undefined;
  dataStream: "there" | "missing" | "index" | "forbidden" | "not known" = "there";
  readonly #server = new HttpServer((asked, response) => this.answer(asked, response));

  /** Begins, again on the port that it had. */
  async listen(): Promise<string> {
    await this.#server.start();
    return this.#server.url;
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  get bulks(): readonly Bulk[] {
    return this.asked.filter(({ url }) => url.includes("_bulk"));
  }

  readonly answer: Answer = (asked, response) => {
    const { method, url, headers, body } = asked;
    const isBulk = method === "POST" && url.startsWith(`/${STREAM}/_bulk`);
    const records = isBulk ? readBulk(asked) : undefined;
    const ids = records?.map(({ id }) => id) ?? [];
    this.asked.push({ ...asked, ids });
    if (isBulk && this.faults.length > 0 && this.faults.shift()?.(asked, response) !== false) return;
    if (this.authorization !== undefined && headers.authorization !== this.authorization) {
      return refuse(response, 401, "security_exception");
    }
    if (method === "GET" && url === `/_data_stream/${STREAM}`) return this.#answerDataStream(response);
    if (!isBulk) return refuse(response, 400, "no_handler");
    if (body.length > this.bytesMax) return void response.writeHead(413).end();
    if (records === undefined) return refuse(response, 400, "illegal_argument_exception");
    if (ids.some((id) => this.spoils(id))) return refuse(response, 400, "action_request_validation_exception");
    const items = records.map(({ id, line }) => ({ create: { _id: id, ...this.#take(id, line) } }));
    if (this.lostAnswers.length > 0) return void this.lostAnswers.shift()?.(asked, response);
    json(response, 200, { errors: items.some(({ create }) => create.status > 299), items });
  };

  #answerDataStream(response: ServerResponse): void {
    if (this.dataStream === "missing") return refuse(response, 404, "index_not_found_exception");
    if (this.dataStream === "not known") return refuse(response, 405, "no_handler");
    if (this.dataStream === "forbidden") return refuse(response, 403, "security_exception");
    json(response, 200, { data_streams: this.dataStream === "there" ? [{ name: STREAM }] : [] });
  }

  #take(id: string, line: string): { status: number; error?: object } {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      return { status: 400, error: { type: "mapper_parsing_exception", reason: "failed to parse" } };
    }
    const refused = this.refuse(id, event);
    if (refused !== undefined) {
      return { status: refused.status, error: { type: refused.type, reason: refused.reason } };
    }
    if (this.documents.has(id)) {
      const reason = `[${id}]: version conflict, document already exists (current version [1])`;
      return { status: 409, error: { type: "version_conflict_engine_exception", reason } };
    }
    this.documents.set(id, event);
    return { status: 201 };
  }
}

/** Undefined where it is no bulk request as it should be. */
function readBulk({ headers, body }: Asked): readonly { id: string; line: string }[] | undefined {
  if (headers["content-type"] !== "application/x-ndjson") return undefined;
  const text = body.toString("utf8");
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0 || lines.length % 2 !== 0) return undefined;
  const records: { id: string; line: string }[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const action = JSON.parse(lines[i] as string) as { create?: { _id?: string } };
    const id = action.create?._id;
    if (id === undefined || Object.keys(action).length !== 1) return undefined;
    records.push({ id, line: lines[i + 1] as string });
  }
  return records;
}

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, status: number, type: string): void {
  json(response, status, { error: { root_cause: [], type, reason: `${type} it is` }, status });
}
