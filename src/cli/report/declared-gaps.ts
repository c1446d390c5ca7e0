// Proposes what declared operations lack: parameters, members, statuses and media types that were used.
import type { Additions } from "../../openapi/amend/additions.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Located } from "../../openapi/located.ts";
import type { Operation } from "../../openapi/operation.ts";
import { pointerKeys } from "../../openapi/pointer.ts";
import type { JsonType } from "../../core/undeclared.ts";
import type { Item } from "./items.ts";
import { SEEN, times } from "./new-operations.ts";
import { containersOf } from "./containers.ts";
import { ANY, guessParameter, guessSchema, outermost } from "./schema-guess.ts";
import type { Slot, UsedTally, Usage } from "./usage.ts";

/** What is to be added to one object of a schema: several operations can share it. */
interface Gap {
  readonly container: Located;
  readonly name: string;
  /** By JSON Pointer from the member down. */
  readonly types: Map<string, Set<JsonType>>;
  count: number;
  /** The other schemas that hold at that place: what is added to them under that name must take the same. */
  readonly beside: Set<string>;
}

export class DeclaredGaps {
  readonly #api: ApiDescription;
  readonly #to: (file: string) => Additions;
  readonly #gaps = new Map<string, Gap>();
  readonly items: Item[] = [];

  constructor(api: ApiDescription, to: (file: string) => Additions) {
    this.#api = api;
    this.#to = to;
  }

  add(operation: Operation, usage: Usage): void {
    for (const slot of usage.slots.values()) {
      if (slot.in === "query") this.#parameters(operation, slot);
      else if (slot.names.size === 0) this.#contents(operation, slot);
      else this.#members(operation, slot);
    }
  }

  /** Call once all operations were added: members of shared schemas are joined before. */
  finish(): void {
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      for (const gap of this.#gaps.values()) {
        for (const key of gap.beside) {
          const other = this.#gaps.get(key);
          if (other === undefined || other === gap) continue;
          const joined = join(gap.types, other.types);
          hasChanged = join(other.types, gap.types) || joined || hasChanged;
        }
      }
    }
    for (const { container, name, types, count } of this.#gaps.values()) {
      const schema = guessSchema(types, "", this.#api.set.version);
      const keys = [...pointerKeys(container.pointer), "properties", name];
      this.#to(container.file).add(keys, schema, `Proposed: seen ${times(count)}.`);
    }
  }

  #parameters(operation: Operation, slot: Slot): void {
    for (const [name, used] of slot.names) {
      const schema = guessParameter(used.types);
      const keys = [...pointerKeys(operation.at.pointer), "parameters"];
      this.#to(operation.at.file).append(
        keys,
        { name, in: "query", schema },
        `Proposed: seen ${times(used.count)} from ${used.clientsInWords} ${used.clients.size === 1 ? "client" : "clients"}.`,
      );
      this.#item("parameter", operation, `${name} in the query`, String(schema["type"]), used);
    }
  }

  /** A media type, or a status, that the operation does not have. */
  #contents(operation: Operation, { in: where, media, status, tally }: Slot): void {
    const to = this.#to(operation.at.file);
    const at = pointerKeys(operation.at.pointer);
    const comment = `Proposed: seen ${times(tally.count)}.`;
    if (where === "body") {
      if (media === undefined) return;
      if (operation.requestBody === undefined) to.add([...at, "requestBody", "content", media], {}, comment);
      else this.#addMedia(this.#api.set.child(operation.at, "requestBody"), media);
      this.#item("media type", operation, `${media} in the request`, undefined, tally);
      return;
    }
    const declared = responseOf(operation, status);
    if (declared === undefined) {
      const keys = [...at, "responses", String(status)];
      to.add([...keys, "description"], SEEN, comment);
      if (media !== undefined) to.add([...keys, "content", media], {});
      this.#item("status", operation, `${status} of the answer`, undefined, tally);
    } else if (media !== undefined) {
      this.#addMedia(this.#api.set.child(operation.at, "responses", declared), media);
      this.#item("media type", operation, `${media} in the answer ${status}`, undefined, tally);
    }
  }

  #addMedia(at: Located, media: string): void {
    const { file, pointer } = this.#api.set.follow(at);
    this.#to(file).add([...pointerKeys(pointer), "content", media], {});
  }

  #members(operation: Operation, slot: Slot): void {
    const schema = schemaOf(operation, slot);
    const where = slot.in === "body" ? "in the body" : `in the answer ${slot.status}`;
    for (const place of outermost(slot.names.keys())) {
      const used = slot.names.get(place) as UsedTally;
      const keys = pointerKeys(place);
      const name = keys.pop() as string;
      const container = name === ANY || schema === undefined ? undefined : containersOf(this.#api.set, schema, keys);
      const because =
        name === ANY
          ? "its name looks like data: additionalProperties may say it"
          : container === undefined
            ? "its place in the document was not found"
            : container === "closed"
              ? "its schema is closed: the document says no"
              : undefined;
      const type = [...used.types].join(" or ");
      this.items.push({
        kind: "property",
        operation: operation.id,
        what: `${place} ${where}`,
        type,
        tally: used,
        because,
      });
      if (because === undefined) this.#join(container as readonly Located[], name, place, slot, used.count);
    }
  }

  #join(parts: readonly Located[], name: string, place: string, { names }: Slot, count: number): void {
    const container = parts[0] as Located;
    const key = keyOf(container, name);
    let gap = this.#gaps.get(key);
    if (gap === undefined) {
      gap = { container, name, types: new Map(), count: 0, beside: new Set() };
      this.#gaps.set(key, gap);
    }
    for (const part of parts) gap.beside.add(keyOf(part, name));
    gap.count += count;
    for (const [at, { types }] of names) {
      if (at !== place && !at.startsWith(`${place}/`)) continue;
      const inside = at.slice(place.length);
      gap.types.set(inside, new Set([...(gap.types.get(inside) ?? []), ...types]));
    }
  }

  #item(kind: Item["kind"], operation: Operation, what: string, type: string | undefined, tally: Item["tally"]): void {
    this.items.push({ kind, operation: operation.id, what, type, tally, because: undefined });
  }
}

function keyOf({ file, pointer }: Located, name: string): string {
  return `${file}#${pointer}\n${name}`;
}

/** Adds the types of one to the other; whether that was anything new. */
function join(to: Map<string, Set<JsonType>>, from: ReadonlyMap<string, ReadonlySet<JsonType>>): boolean {
  let hasChanged = false;
  for (const [at, types] of from) {
    const own = to.get(at) ?? new Set();
    to.set(at, own);
    for (const type of types) {
      hasChanged ||= !own.has(type);
      own.add(type);
    }
  }
  return hasChanged;
}

/** The key under which the document describes answers of that status. */
function responseOf({ responses }: Operation, status: number | undefined): string | undefined {
  const wanted = [String(status), `${Math.floor((status ?? 0) / 100)}XX`, "default"];
  for (const key of wanted) {
    const found = responses.find((response) => response.status.toUpperCase() === key.toUpperCase());
    if (found !== undefined) return found.status;
  }
  return undefined;
}

/** The schema that a body or answer of that media type was held against. */
function schemaOf(operation: Operation, { in: where, media, status }: Slot): Located | undefined {
  const key = responseOf(operation, status);
  const content =
    where === "body"
      ? operation.requestBody?.content
      : operation.responses.find((response) => response.status === key)?.content;
  const exact = content?.find(({ name }) => name.split(";")[0]?.trim() === media);
  return (exact ?? content?.find(({ schema }) => schema !== undefined))?.schema;
}
