// How operations hang together: which one makes, or lists, what a parameter of a path names.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Operation, Parameter } from "../../../openapi/operation.ts";
import { isObject } from "../../../openapi/pointer.ts";
import type { Subject } from "../subject.ts";

/** Where a value comes from. */
export interface Source {
  readonly by: Subject;
  /** `made`: each call makes another one. `self`: it shows who asks. `listed`: it shows what is there. */
  readonly kind: "made" | "self" | "listed";
  /** Runtime expression of a link (OpenAPI 3.1 4.8.20.4); undefined: the answer is searched for an id. */
  readonly expression: string | undefined;
}

const NAMED = /\{([^{}]+)\}/g;

/** The template up to and with the parameter: `/orders/{orderId}` of `/orders/{orderId}/items`. */
export function objectTemplate(template: string, name: string): string {
  const at = template.indexOf(`{${name}}`);
  const end = template.indexOf("/", at);
  return end < 0 ? template : template.slice(0, end);
}

/** Names in a template in their order. */
export function namesIn(template: string): readonly string[] {
  return [...template.matchAll(NAMED)].map(([, name]) => name as string);
}

/** Templates are the same but for the names of their parameters. */
export function shapeOfTemplate(template: string): string {
  return template.replaceAll(NAMED, "{}").replace(/(?<=.)\/$/, "");
}

/** What could tell a value for a parameter of this operation's path, the best first. */
export function sourcesOf(
  subject: Subject,
  parameter: Parameter,
  subjects: readonly Subject[],
  set: DocumentSet,
): readonly Source[] {
  const { template } = subject.operation;
  const object = objectTemplate(template, parameter.name);
  const slash = object.lastIndexOf("/");
  const collection = shapeOfTemplate(object.slice(0, slash));
  const shape = shapeOfTemplate(object);
  const linked: Source[] = [];
  const made: Source[] = [];
  const selves: Source[] = [];
  const listed: Source[] = [];
  const wider: Source[] = [];
  for (const by of subjects) {
    if (by === subject) continue;
    const { operation } = by;
    const own = shapeOfTemplate(operation.template);
    const isMaking = operation.method === "POST" || operation.method === "PUT";
    // What hangs below the object itself cannot make it.
    if (own === shape || own.startsWith(`${shape}/`)) {
      if (operation.method === "PUT" && own === shape) wider.unshift({ by, kind: "made", expression: undefined });
      continue;
    }
    const expression = linkOf(operation, subject.operation, parameter.name, set);
    if (expression !== undefined) linked.push({ by, kind: isMaking ? "made" : "listed", expression });
    else if (own === collection) {
      if (isMaking) made.push({ by, kind: "made", expression: undefined });
      else if (operation.method === "GET") listed.push({ by, kind: "listed", expression: undefined });
    } else if (operation.method === "POST" && makesBelow(own, collection)) {
      wider.push({ by, kind: "made", expression: undefined });
    } else if (operation.method === "GET" && showsSelf(own, collection)) {
      selves.push({ by, kind: "self", expression: undefined });
    }
  }
  const isMade = ({ kind }: Source) => kind === "made";
  const shown = linked.filter((source) => !isMade(source));
  return [...linked.filter(isMade), ...made, ...wider, ...selves, ...shown, ...listed];
}

/** `POST /orders/create` and `POST /order` make what `/orders/{id}` names. */
function makesBelow(own: string, collection: string): boolean {
  if (own === collection.replace(/s$/, "") && own !== "") return true;
  const rest = own.startsWith(`${collection}/`) ? own.slice(collection.length + 1) : "";
  return /^(?:create|new|add)$/i.test(rest);
}

const PEOPLE = /(?:^|\/)(?:user|account|customer|member|profile|employee|person|patient|student)s?$|(?:^|\/)people$/i;

/** `/users/me`, and for people `/me` and its like wherever it stands, is whom `/users/{id}` names. */
function showsSelf(own: string, collection: string): boolean {
  if (own.includes("{")) return false;
  if (own.startsWith(`${collection}/`)) return /^(?:me|self|current)$/i.test(own.slice(collection.length + 1));
  return PEOPLE.test(collection) && /\/(?:me|self|profile|whoami|userinfo)$/i.test(own);
}

/** What a link of one operation's answers says of a parameter of another's. */
function linkOf(from: Operation, to: Operation, name: string, set: DocumentSet): string | undefined {
  const responses = set.child(from.at, "responses");
  if (!isObject(responses.value)) return undefined;
  for (const status of Object.keys(responses.value)) {
    if (!/^2|^default$/i.test(status)) continue;
    const links = set.child(set.follow(set.child(responses, status)), "links");
    if (!isObject(links.value)) continue;
    for (const key of Object.keys(links.value)) {
      const link = set.follow(set.child(links, key)).value;
      if (!isObject(link) || !leadsTo(link, to) || !isObject(link["parameters"])) continue;
      const said = link["parameters"][name] ?? link["parameters"][`path.${name}`];
      if (typeof said === "string") return said;
    }
  }
  return undefined;
}

function leadsTo(link: Readonly<Record<string, unknown>>, to: Operation): boolean {
  if (typeof link["operationId"] === "string") return link["operationId"] === to.id;
  const reference = link["operationRef"];
  return typeof reference === "string" && reference.endsWith(`#${to.at.pointer}`);
}
