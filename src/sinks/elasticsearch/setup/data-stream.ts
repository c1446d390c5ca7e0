// The data stream of a set-up: made once; begins a new index where the one that is written to has older mappings or no lifecycle.
import { isJsonObject, type JsonValue } from "../../../cryptography/json.ts";
import { differences, type Verdict } from "./judge.ts";
import { NOT_OF_THIS_SERVER } from "./pieces.ts";
import type { SetupServer } from "./server.ts";

export class DataStream {
  readonly #name: string;
  readonly #path: string;

  constructor(name: string) {
    this.#name = name;
    this.#path = `/_data_stream/${encodeURIComponent(name)}`;
  }

  /** `renew`: something else of the set-up holds only for indices that begin after it. */
  async judge(server: SetupServer, mappings: object, renew: boolean): Promise<Verdict> {
    const { status, body } = await server.ask("GET", this.#path, undefined, [404, ...NOT_OF_THIS_SERVER]);
    if (NOT_OF_THIS_SERVER.includes(status)) return NO_API;
    const streams = status === 404 ? [] : body["data_streams"];
    const stream = Array.isArray(streams) ? (streams as readonly JsonValue[])[0] : undefined;
    if (!isJsonObject(stream)) return (await this.#isTaken(server)) ? IN_THE_WAY : { action: "create", changes: [] };
    const indices = stream["indices"];
    const last = Array.isArray(indices) ? (indices as readonly JsonValue[]).at(-1) : undefined;
    const index = isJsonObject(last) ? last["index_name"] : undefined;
    const changes = typeof index === "string" ? differences(mappings, await this.#mappings(server, index)) : [];
    if (changes.length === 0 && !renew) return { action: "keep", changes };
    return { action: "update", changes, note: "begins a new index; what is there stays" };
  }

  async write(server: SetupServer, { action }: Verdict): Promise<void> {
    if (action === "create") await server.ask("PUT", this.#path);
    else await server.ask("POST", `/${encodeURIComponent(this.#name)}/_rollover`);
  }

  async #isTaken(server: SetupServer): Promise<boolean> {
    return (await server.ask("GET", `/${encodeURIComponent(this.#name)}`, undefined, [404])).status !== 404;
  }

  async #mappings(server: SetupServer, index: string): Promise<unknown> {
    const { body } = await server.ask("GET", `/${encodeURIComponent(index)}/_mapping`);
    const found = body[index];
    return isJsonObject(found) ? found["mappings"] : undefined;
  }
}

const NO_API: Verdict = {
  action: "skip",
  changes: [],
  note: "this server has no interface for it: the first event makes it, by the template",
};

const IN_THE_WAY: Verdict = {
  action: "refuse",
  changes: [],
  note: "an index or alias has that name: remove it, or name another data stream in `dataStream`",
};
