// What the document declares of an operation's JSON: of the body that it takes, and of the answer that came.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Located } from "../../../openapi/located.ts";
import type { MediaType, Operation } from "../../../openapi/operation.ts";
import { isObject } from "../../../openapi/pointer.ts";
import { DeclaredPlace } from "../../../validation/declared-place.ts";
import { fieldOf, type Reply } from "../wire.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/;
const DEPTH_MAX = 6;
const PROPERTIES_MAX = 500;

export function bodySchema({ requestBody }: Operation): Located | undefined {
  return jsonSchema(requestBody?.content ?? []);
}

/** Of the status that came: `200` goes before `2XX`, and that before `default`. */
export function answerSchema({ responses }: Operation, reply: Reply): Located | undefined {
  if (!JSON_TYPE.test((fieldOf(reply, "content-type") ?? "").toLowerCase())) return undefined;
  const status = String(reply.status);
  for (const wanted of [status, `${status.slice(0, 1)}XX`, "default"]) {
    const found = responses.find((response) => response.status.toUpperCase() === wanted.toUpperCase());
    if (found !== undefined) return jsonSchema(found.content);
  }
  return undefined;
}

/** Whether a success is described as JSON. */
export function answersJson({ responses }: Operation): boolean {
  return responses.some(({ status, content }) => /^2|^default$/i.test(status) && jsonSchema(content) !== undefined);
}

function jsonSchema(content: readonly MediaType[]): Located | undefined {
  return content.find(({ name }) => JSON_TYPE.test(name))?.schema;
}

export type Keywords = Readonly<Record<string, unknown>>;

/** A property that the document declares, with the keywords of all schemas that speak of it. */
export interface Declared {
  /** `/customer/role`; items of lists are `*`. */
  readonly at: string;
  readonly name: string;
  readonly keywords: Keywords;
  /** The first of them. */
  readonly schema: Located;
}

/** All of them, from the outside in. */
export function declaredProperties(set: DocumentSet, schema: Located): readonly Declared[] {
  const found: Declared[] = [];
  const walk = (place: DeclaredPlace, at: string, depth: number): void => {
    if (depth > DEPTH_MAX) return;
    for (const name of namesOf(place)) {
      const member = place.member(name);
      if (member === undefined || found.length >= PROPERTIES_MAX) continue;
      const [schema] = member.parts;
      if (schema !== undefined) found.push({ at: `${at}/${name}`, name, keywords: keywordsOf(member), schema });
      walk(member, `${at}/${name}`, depth + 1);
    }
    if (place.parts.some(({ value }) => isObject(value) && value["items"] !== undefined)) {
      walk(place.item(), `${at}/*`, depth + 1);
    }
  };
  walk(new DeclaredPlace(set, [schema]), "", 0);
  return found;
}

function namesOf(place: DeclaredPlace): ReadonlySet<string> {
  const names = place.parts.flatMap(({ value }) => {
    const properties = isObject(value) ? value["properties"] : undefined;
    return isObject(properties) ? Object.keys(properties) : [];
  });
  return new Set(names);
}

function keywordsOf({ parts }: DeclaredPlace): Keywords {
  return Object.assign({}, ...parts.map(({ value }) => value)) as Keywords;
}

/** Whether callers may send whatever they like: the document describes no property, or says what others may be. */
export function isOpen(set: DocumentSet, schema: Located): boolean {
  return new DeclaredPlace(set, [schema]).open;
}

/** The same flaw in each item of a list is one: positions become `*`. */
export function withoutPositions(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, "/*");
}
