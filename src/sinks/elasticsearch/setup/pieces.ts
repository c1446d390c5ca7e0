// The pieces of a set-up that have a name and a content: how each is read from a server, marked as ours, and written.
import { isJsonObject, type JsonObject, type JsonValue } from "../../../cryptography/json.ts";
import { type Found, markOf } from "./judge.ts";
import type { SetupServer } from "./server.ts";

export interface Piece {
  readonly what: string;
  readonly name: string;
  readonly content: object;
  /** What is sent: the content with our mark. */
  readonly body: object;
  /** `absent`: the server knows no such things at all. */
  read(server: SetupServer): Promise<Found | undefined | "absent">;
  write(server: SetupServer): Promise<void>;
}

const MANAGED_BY = "portcullis";
const DESCRIPTION = /^Made by portcullis monitoring setup \(([0-9a-f]{16})\)\.$/;
/** No handler, no such method, gone: not of this server. */
export const NOT_OF_THIS_SERVER = [400, 405, 410];

/** Marked in `_meta`. */
function withMeta(content: object): object {
  return { ...content, _meta: { managed_by: MANAGED_BY, content: markOf(content) } };
}

function metaMark(found: JsonObject): string | undefined {
  const meta = found["_meta"];
  if (!isJsonObject(meta) || meta["managed_by"] !== MANAGED_BY) return undefined;
  return typeof meta["content"] === "string" ? meta["content"] : undefined;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

export function indexTemplatePiece(name: string, content: object): Piece {
  const path = `/_index_template/${encodeURIComponent(name)}`;
  const body = withMeta(content);
  return {
    what: "index template",
    name,
    content,
    body,
    async read(server) {
      const { status, body } = await server.ask("GET", path, undefined, [404]);
      if (status === 404) return undefined;
      const list = body["index_templates"];
      const found = member(Array.isArray(list) ? (list as readonly JsonValue[])[0] : undefined, "index_template");
      return isJsonObject(found) ? { content: found, mark: metaMark(found) } : undefined;
    },
    async write(server) {
      await server.ask("PUT", path, body);
    },
  };
}

export function ilmPiece(name: string, content: object): Piece {
  const path = `/_ilm/policy/${encodeURIComponent(name)}`;
  const body = { policy: withMeta(content) };
  return {
    what: "lifecycle policy (ILM)",
    name,
    content,
    body,
    async read(server) {
      const { status, body } = await server.ask("GET", path, undefined, [404, ...NOT_OF_THIS_SERVER]);
      if (NOT_OF_THIS_SERVER.includes(status)) return "absent";
      const found = member(body[name], "policy");
      return isJsonObject(found) ? { content: found, mark: metaMark(found) } : undefined;
    },
    async write(server) {
      await server.ask("PUT", path, body);
    },
  };
}

/** ISM has no `_meta`: the mark stands in its description. An update must name what it updates. */
export function ismPiece(name: string, content: object): Piece {
  const path = `/_plugins/_ism/policies/${encodeURIComponent(name)}`;
  const description = `Made by portcullis monitoring setup (${markOf(content)}).`;
  const body = { policy: { description, ...content } };
  let version = "";
  return {
    what: "lifecycle policy (ISM)",
    name,
    content,
    body,
    async read(server) {
      const { status, body } = await server.ask("GET", path, undefined, [404, ...NOT_OF_THIS_SERVER]);
      if (NOT_OF_THIS_SERVER.includes(status)) return "absent";
      const found = body["policy"];
      if (!isJsonObject(found)) return undefined;
      const { _seq_no: sequence, _primary_term: term } = body;
      if (typeof sequence === "number" && typeof term === "number") {
        version = `?if_seq_no=${sequence}&if_primary_term=${term}`;
      }
      const text = found["description"];
      const mark = typeof text === "string" ? DESCRIPTION.exec(text)?.[1] : undefined;
      return { content: found, mark };
    },
    async write(server) {
      await server.ask("PUT", path + version, body);
    },
  };
}
