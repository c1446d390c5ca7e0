// Whether values and answers fit the document, by the schemas alone: expectations never come from the gate that is tested.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import type { Operation, ResponseDescription } from "../../../openapi/operation.ts";
import { essenceOf } from "../../../http/media-type.ts";
import { MediaTable } from "../../../validation/body-media.ts";
import { SchemaCompiler } from "../../../validation/schema-compiler.ts";
import { fieldOf, jsonOf, type Reply } from "../wire.ts";

export interface Misfit {
  /** `answer /status`, `answer Content-Type`, `answer` */
  readonly parameter: string;
  /** Completes "answers": `a status 207 that is not declared` */
  readonly what: string;
}

export class Fits {
  readonly #set: DocumentSet;
  readonly #schemas: SchemaCompiler;

  constructor(set: DocumentSet) {
    this.#set = set;
    this.#schemas = new SchemaCompiler(set);
  }

  /** As something that is sent. */
  value(at: Located, value: unknown): boolean {
    return this.#schemas.check(at, "request").fits(value);
  }

  /** What of a success does not fit, apart from members that are too many: another rule is about those. */
  misfit(operation: Operation, reply: Reply): Misfit | undefined {
    const { status } = reply;
    const declared = declaredFor(operation, status);
    if (declared === undefined) {
      if (status < 200 || status === 304 || (status >= 300 && status < 500) || operation.responses.length === 0)
        return undefined;
      return { parameter: "answer", what: `status ${status}, which is not declared` };
    }
    if (reply.body.length === 0 || declared.content.length === 0) return undefined;
    const type = fieldOf(reply, "content-type");
    const matched = type === undefined ? undefined : new MediaTable(declared.content, this.#set).match(type);
    if (matched === undefined) {
      if (status >= 300) return undefined;
      const said =
        type === undefined
          ? "no media type"
          : `the media type ${essenceOf(type) ?? "that is none"}, which is not declared`;
      return { parameter: "answer Content-Type", what: said };
    }
    const { schema } = matched.declared;
    if (matched.kind !== "json" || schema === undefined) return undefined;
    const value = jsonOf(reply);
    if (value === undefined) return { parameter: "answer", what: "what is no JSON" };
    return this.#misplaced(schema, value);
  }

  /** What a gate that holds answers to the document must not let out, whatever the status. */
  undue(operation: Operation, reply: Reply): Misfit | undefined {
    if (reply.status === 304 || operation.responses.length === 0) return undefined;
    const declared = declaredFor(operation, reply.status);
    if (declared === undefined) return { parameter: "answer", what: `status ${reply.status}, which is not declared` };
    const type = fieldOf(reply, "content-type");
    if (reply.body.length === 0 || declared.content.length === 0) return undefined;
    if (type !== undefined && new MediaTable(declared.content, this.#set).match(type) !== undefined)
      return this.misfit(operation, reply);
    return { parameter: "answer Content-Type", what: "a media type that is not declared" };
  }

  #misplaced(schema: Located, value: unknown): Misfit | undefined {
    this.#schemas.beginLoosely();
    if (this.#schemas.fitsLoosely(schema, value)) return undefined;
    const places = this.#schemas.check(schema, "response").explain(value, "the answer");
    const [place] = places.filter(({ message }) => !/ is not allowed$| must not be in an answer$/.test(message));
    if (place === undefined) return { parameter: "answer", what: "what does not fit its schema" };
    const at = place.at.replaceAll(/\/\d+(?=\/|$)/g, "/*");
    return { parameter: at === "" ? "answer" : `answer ${at}`, what: `what does not fit: ${place.message}` };
  }
}

/** The exact status, then its class, then `default` (OpenAPI 3.1, 4.8.16). */
function declaredFor({ responses }: Operation, status: number): ResponseDescription | undefined {
  const named = (name: string) => responses.find((response) => response.status.toUpperCase() === name);
  return named(String(status)) ?? named(`${Math.floor(status / 100)}XX`) ?? named("DEFAULT");
}
