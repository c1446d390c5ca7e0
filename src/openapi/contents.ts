// Reads what bodies may hold: media types, request bodies, responses and their header fields.
import { checkEncoding } from "./body-encoding.ts";
import type { Findings } from "./findings.ts";
import { checkKeys } from "./known-keys.ts";
import { type Located, placeKey } from "./located.ts";
import type { MediaType, RequestBody, ResponseDescription } from "./operation.ts";
import { memberOf } from "./pointer.ts";

/** With ranges by suffix, `application/*+json`, which ASP.NET writes beside `application/json`. */
const MEDIA_RANGE = /^(?:\*|[a-z0-9!#$&^_.+-]+)\/(?:\*|(?:\*\+)?[a-z0-9!#$&^_.+-]+)\s*(?:;.*)?$/;

/** Media types of a `content` object. */
export function readContent(findings: Findings, holder: Located): MediaType[] {
  const content = findings.set.child(holder, "content");
  const media = new Map<string, MediaType>();
  for (const written of findings.members(content, '"content"')) {
    const name = written.trim().toLowerCase();
    if (!MEDIA_RANGE.test(name)) {
      findings.error(
        "openapi.media-type",
        content,
        `"${written}" is no media type`,
        name.includes(",")
          ? "Describe each media type under a key of its own."
          : "Write it as type/subtype, for example application/json.",
        written,
      );
      continue;
    }
    if (media.has(name)) {
      findings.error(
        "openapi.media-type",
        content,
        `the media type "${name}" is described twice`,
        "Keep one of the two.",
        written,
      );
      continue;
    }
    const node = findings.object(findings.set.child(content, written), `the media type "${written}"`);
    if (node === undefined) continue;
    checkKeys(findings, node, "media type");
    checkEncoding(findings, optional(findings, node, "encoding"), name);
    media.set(name, {
      name,
      schema: optional(findings, node, "schema"),
      encoding: optional(findings, node, "encoding"),
    });
    if (node.value["itemSchema"] !== undefined) {
      findings.warn(
        "openapi.unsupported",
        node,
        "the items of streamed bodies are not validated",
        undefined,
        "itemSchema",
      );
    }
  }
  return [...media.values()];
}

export function readRequestBody(findings: Findings, operation: Located): RequestBody | undefined {
  const at = findings.set.child(operation, "requestBody");
  if (at.value === undefined) return undefined;
  const node = findings.object(at, '"requestBody"');
  if (node === undefined) return undefined;
  checkKeys(findings, node, "request body");
  const content = readContent(findings, node);
  if (content.length === 0) {
    findings.error(
      "openapi.structure",
      node,
      "the request body has no content",
      "Name at least one media type under content.",
    );
  }
  return { required: findings.flag(node, "required", false), content };
}

/** Reads responses; those that many operations share are read once. */
export class ResponseReader {
  readonly #findings: Findings;
  readonly #known = new Map<string, Omit<ResponseDescription, "status">>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  read(operation: Located): ResponseDescription[] {
    const findings = this.#findings;
    const at = optional(findings, operation, "responses");
    const responses = at === undefined ? undefined : findings.object(at, '"responses"');
    if (responses === undefined) return [];
    const read: ResponseDescription[] = [];
    for (const written of findings.members(responses, '"responses"')) {
      const status = written === "default" ? written : written.toUpperCase();
      if (!/^(?:default|[1-5](?:\d\d|XX))$/.test(status)) {
        findings.error(
          "openapi.structure",
          responses,
          `"${written}" is no status`,
          "Write a status such as 200, a range such as 4XX, or default.",
          written,
        );
        continue;
      }
      if (status !== written) {
        findings.warn(
          "openapi.structure",
          responses,
          `"${written}" is read as "${status}"`,
          `Write "${status}".`,
          written,
        );
      }
      const described = this.#describe(findings.set.child(responses, written));
      if (described !== undefined) read.push({ status, ...described });
    }
    return read;
  }

  #describe(at: Located): Omit<ResponseDescription, "status"> | undefined {
    const findings = this.#findings;
    const node = findings.object(at, "a response");
    if (node === undefined) return undefined;
    const place = placeKey(node);
    let known = this.#known.get(place);
    if (known === undefined) {
      checkKeys(findings, node, "response");
      known = { content: readContent(findings, node), ...readHeaders(findings, node) };
      this.#known.set(place, known);
    }
    return known;
  }
}

function readHeaders(findings: Findings, response: Located): Pick<ResponseDescription, "headers" | "requiredHeaders"> {
  const headers = new Map<string, Located>();
  const requiredHeaders: string[] = [];
  const all = findings.set.child(response, "headers");
  for (const name of findings.names(all, '"headers"')) {
    // A description of Content-Type is ignored (OpenAPI 3.1 4.8.17).
    if (name.toLowerCase() === "content-type") continue;
    const node = findings.object(findings.set.child(all, name), `the header "${name}"`);
    if (node === undefined) continue;
    const schema = optional(findings, node, "schema") ?? readContent(findings, node)[0]?.schema;
    if (schema !== undefined) headers.set(name.toLowerCase(), schema);
    if (findings.flag(node, "required", false)) requiredHeaders.push(name.toLowerCase());
  }
  return { headers, requiredHeaders };
}

/** The member, its own `$ref` not followed, so that messages name where it is used; undefined where it is absent. */
export function optional(findings: Findings, at: Located, key: string): Located | undefined {
  return memberOf(at.value, key) === undefined ? undefined : findings.set.child(at, key);
}
