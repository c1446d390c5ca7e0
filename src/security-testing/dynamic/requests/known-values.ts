// What the API itself shows of things that a request may name: `sku` of a product that there is, `productId` likewise.
import { isObject, memberOf } from "../../../openapi/pointer.ts";
import type { Caller } from "../callers.ts";
import { isEndless, type Subject } from "../subject.ts";
import { jsonOf, type Reply } from "../wire.ts";
import { shapeOfTemplate } from "./connections.ts";
import { itemsOf, singular } from "./identifiers.ts";
import { NOTHING } from "./sample-values.ts";

type Read = (subject: Subject, caller: Caller) => Promise<Reply | undefined>;

/** Say nothing about which thing is meant. */
const PLAIN =
  /^(?:id|name|title|description|note|notes|status|state|type|email|password|user|text|message|url|date|limit|offset|page|quantity|amount|total|price|cents|createdAt|updatedAt)$/i;
const ITEMS_MAX = 50;

export class KnownValues {
  readonly #subjects: readonly Subject[];
  readonly #read: Read;
  /** Items by the list that showed them; each is asked once. */
  readonly #lists = new Map<Subject, Promise<readonly unknown[]>>();
  readonly #items = new Map<Subject, readonly unknown[]>();

  constructor({ subjects }: { readonly subjects: readonly Subject[] }, read: Read) {
    this.#subjects = subjects;
    this.#read = read;
  }

  /** Asks the lists that this operation's values may come from. */
  async learnFor(subject: Subject, caller: Caller): Promise<void> {
    const { operation } = subject;
    if (operation.requestBody === undefined && operation.parameters.every(({ required }) => !required)) return;
    for (const list of this.#listsBeside(subject)) {
      const known = this.#lists.get(list) ?? this.#read(list, caller).then(itemsIn);
      this.#lists.set(list, known);
      // oxlint-disable-next-line no-await-in-loop -- once for each list of the document
      this.#items.set(list, await known);
    }
  }

  /** A value that another list shows under this name, or under `id` where the name is the list's with an `Id` behind. */
  of(subject: Subject, name: string): unknown {
    for (const list of this.#listsBeside(subject)) {
      const items = this.#items.get(list) ?? [];
      const thing = singular(list.operation.template.split("/").at(-1) ?? "").toLowerCase();
      const isReference = [`${thing}id`, `${thing}_id`, thing].includes(name.toLowerCase());
      const key = isReference ? "id" : name;
      if (!isReference && PLAIN.test(name)) continue;
      for (const item of items) {
        const value = isObject(item) ? memberOf(item, key) : undefined;
        if (typeof value === "string" || typeof value === "number") return value;
      }
    }
    return NOTHING;
  }

  /** Lists of other things: nothing of the path is open, and it is not where this operation puts what it makes. */
  #listsBeside({ operation }: Subject): readonly Subject[] {
    const own = shapeOfTemplate(operation.template);
    return this.#subjects.filter((other) => {
      const { method, template, parameters } = other.operation;
      return (
        method === "GET" &&
        !template.includes("{") &&
        template !== own &&
        !own.startsWith(`${template}/`) &&
        isList(template) &&
        !isEndless(other) &&
        parameters.every(({ required }) => !required)
      );
    });
  }
}

function isList(template: string): boolean {
  return template.endsWith("s");
}

function itemsIn(reply: Reply | undefined): readonly unknown[] {
  return reply?.status === 200 ? itemsOf(jsonOf(reply)).slice(0, ITEMS_MAX) : [];
}
