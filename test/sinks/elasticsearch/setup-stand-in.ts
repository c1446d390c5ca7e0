// A stand-in for the administration of both servers: it keeps what it is told, and gives it back in their words.
import type { ServerResponse } from "node:http";
import { type Asked, HttpServer } from "../http-server.ts";
import { json, refuse, STREAM } from "./stand-in.ts";

type Flavour = "elasticsearch" | "opensearch";

export class SetupStandIn {
  readonly server = new HttpServer((asked, response) => this.#answer(asked, response));
  template: Record<string, unknown> | undefined;
  policy: Record<string, unknown> | undefined;
  stream: { indices: { name: string; mappings: unknown }[] } | undefined;
  /** An index of the stream's name. */
  index = false;
  /** Requests that change something, in order. */
  readonly changes: string[] = [];
  readonly #flavour: Flavour;
  readonly #lifecycle: boolean;

  constructor(flavour: Flavour, { lifecycle = true } = {}) {
    this.#flavour = flavour;
    this.#lifecycle = lifecycle;
  }

  #answer({ method, url, body }: Asked, response: ServerResponse): void {
    const given = body.length === 0 ? undefined : (JSON.parse(body.toString()) as Record<string, unknown>);
    if (method !== "GET") this.changes.push(`${method} ${url}`);
    const path = url.replace(/\?.*/, "");
    if (url === "/") return this.#answerWhich(response);
    if (path === `/_index_template/${STREAM}`) return this.#answerTemplate(given, response);
    if (path === `/_ilm/policy/${STREAM}` && this.#flavour === "elasticsearch" && this.#lifecycle) {
      if (given === undefined && this.policy === undefined)
        return refuse(response, 404, "resource_not_found_exception");
      this.policy = (given?.["policy"] as Record<string, unknown>) ?? this.policy;
      return json(response, 200, { [STREAM]: { version: 1, modified_date: "2026", policy: this.policy } });
    }
    if (path === `/_plugins/_ism/policies/${STREAM}` && this.#flavour === "opensearch" && this.#lifecycle) {
      if (given === undefined && this.policy === undefined) return refuse(response, 404, "status_exception");
      if (given !== undefined && (this.policy === undefined) === url.includes("if_seq_no=3&if_primary_term=1")) {
        return refuse(response, 409, "version_conflict_engine_exception");
      }
      this.policy = (given?.["policy"] as Record<string, unknown>) ?? this.policy;
      return json(response, 200, { _id: STREAM, _version: 1, _seq_no: 3, _primary_term: 1, policy: this.policy });
    }
    if (path.startsWith("/_ilm/") || path.startsWith("/_plugins/")) {
      return json(response, 400, { error: `no handler found for uri [${path}] and method [${method}]` });
    }
    this.#answerStream(method, path, response);
  }

  #answerWhich(response: ServerResponse): void {
    const distribution = this.#flavour === "opensearch" ? { distribution: "opensearch" } : {};
    json(response, 200, { name: "n", version: { ...distribution, number: "9.9.9" } });
  }

  #answerTemplate(given: Record<string, unknown> | undefined, response: ServerResponse): void {
    if (given === undefined && this.template === undefined) {
      return refuse(response, 404, "resource_not_found_exception");
    }
    this.template = given ?? this.template;
    // They add to what they were told.
    const index_template = { ...this.template, composed_of: [], allow_auto_create: true };
    json(response, 200, { index_templates: [{ name: STREAM, index_template }] });
  }

  #answerStream(method: string, path: string, response: ServerResponse): void {
    if (path === `/_data_stream/${STREAM}`) {
      if (method === "PUT") this.stream = { indices: [this.#newIndex(1)] };
      if (this.stream === undefined) return refuse(response, 404, "index_not_found_exception");
      const indices = this.stream.indices.map(({ name }) => ({ index_name: name, index_uuid: "u" }));
      return json(response, 200, { data_streams: [{ name: STREAM, indices, template: STREAM }] });
    }
    if (path === `/${STREAM}/_rollover` && this.stream !== undefined) {
      this.stream.indices.push(this.#newIndex(this.stream.indices.length + 1));
      return json(response, 200, { acknowledged: true, rolled_over: true });
    }
    if (path === `/${STREAM}` && this.index) return json(response, 200, { [STREAM]: {} });
    const index = this.stream?.indices.find(({ name }) => path === `/${name}/_mapping`);
    if (index === undefined) return refuse(response, 404, "index_not_found_exception");
    json(response, 200, { [index.name]: { mappings: index.mappings } });
  }

  #newIndex(generation: number): { name: string; mappings: unknown } {
    const template = this.template?.["template"] as { mappings?: unknown } | undefined;
    return { name: `.ds-${STREAM}-${generation}`, mappings: template?.mappings ?? {} };
  }
}
