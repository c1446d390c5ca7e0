// Makes requests that the document allows: values by the seed, and first what their path names, by the operations that make it.
import type { Located } from "../../../openapi/located.ts";
import type { Parameter } from "../../../openapi/operation.ts";
import { SchemaCompiler } from "../../../validation/index.ts";
import type { Caller } from "../callers.ts";
import type { Requests, RequestsOptions, RequestValues, Unprepared } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Reply, Wire } from "../wire.ts";
import { sampleBody } from "./bodies.ts";
import { namesIn, objectTemplate, shapeOfTemplate, type Source, sourcesOf } from "./connections.ts";
import { FullerBodies } from "./fuller-bodies.ts";
import { examplesAt } from "./examples.ts";
import { expressed, fitting, listedIds, madeId } from "./identifiers.ts";
import { KnownValues } from "./known-values.ts";
import { isOwnPlace } from "./own-places.ts";
import { NOTHING, SampleValues } from "./sample-values.ts";
import { pathOf, wireOf } from "./wiring.ts";

/** How many operations may have to come before one. */
const BEFORE_MAX = 5;

export function createRequests(options: RequestsOptions): Requests {
  return new RequestMaker(options);
}

class RequestMaker implements Requests {
  readonly #options: RequestsOptions;
  readonly #values: SampleValues;
  readonly #known: KnownValues;
  readonly #sources = new Map<Parameter, Map<Subject, readonly Source[]>>();
  /** Paths of what this run made, and of people who asked. */
  readonly #own = new Set<string>();
  readonly #selves = new Set<string>();
  readonly #hindered = new Map<Subject, string>();
  readonly #fuller = new FullerBodies();

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { api, random } = options;
    this.#values = new SampleValues(api.set, new SchemaCompiler(api.set), random);
    this.#known = new KnownValues(options, (subject, caller) => this.#read(subject, caller));
  }

  async prepare(subject: Subject, owner: Caller): Promise<RequestValues | Unprepared> {
    return this.#prepare(subject, owner, []);
  }

  invent(subject: Subject): RequestValues | Unprepared {
    const path: Record<string, unknown> = {};
    for (const parameter of subject.operation.parameters) {
      if (parameter.in !== "path") continue;
      const value = this.#values.sampleNew(parameter.schema ?? parameter.content?.schema);
      if (value === NOTHING) return { why: `no value fits {${parameter.name}}` };
      path[parameter.name] = value;
    }
    return this.#complete(subject, path, () => NOTHING);
  }

  sample(at: Located): unknown {
    const value = this.#values.sample(at);
    return value === NOTHING ? undefined : value;
  }

  wire(subject: Subject, values: RequestValues, caller: Caller): Wire {
    return wireOf(subject.operation, values, caller, this.#options.api.set);
  }

  isOwn(subject: Subject, values: RequestValues): boolean {
    const last = namesIn(subject.operation.template).at(-1);
    return last === undefined ? isOwnPlace(subject.operation) : this.#own.has(pathTo(subject, values, last));
  }

  isSelf(subject: Subject, values: RequestValues): boolean {
    const [first] = namesIn(subject.operation.template);
    return first !== undefined && this.#selves.has(pathTo(subject, values, first));
  }

  hindered(subject: Subject): string | undefined {
    return this.#hindered.get(subject);
  }

  readerOf({ operation }: Subject): Subject | undefined {
    const reads = (shape: string) =>
      this.#options.subjects.find(
        (one) => one.operation.method === "GET" && shapeOfTemplate(one.operation.template) === shape,
      );
    for (let shape = shapeOfTemplate(operation.template); shape.length > 1;) {
      const reader = reads(shape);
      if (reader !== undefined) return reader;
      const slash = shape.lastIndexOf("/");
      // What lists all is no reader of one.
      if (shape.slice(slash) === "/{}") return undefined;
      shape = shape.slice(0, slash);
    }
    return undefined;
  }

  async #prepare(subject: Subject, owner: Caller, before: readonly Subject[]): Promise<RequestValues | Unprepared> {
    const path: Record<string, unknown> = {};
    this.#hindered.delete(subject);
    for (const name of namesIn(subject.operation.template)) {
      const parameter = subject.operation.parameters.find((one) => one.in === "path" && one.name === name);
      if (parameter === undefined) continue;
      const given = this.#given(subject, parameter);
      if (given !== NOTHING) {
        path[name] = given;
        continue;
      }
      // oxlint-disable-next-line no-await-in-loop -- what is named first holds what is named next
      const value = await this.#pathValue(subject, parameter, path, owner, before);
      if (value instanceof NotPrepared) return { why: value.why };
      path[name] = value;
    }
    await this.#known.learnFor(subject, owner);
    return this.#complete(subject, path, (name) => this.#known.of(subject, name));
  }

  async #pathValue(
    subject: Subject,
    parameter: Parameter,
    path: Readonly<Record<string, unknown>>,
    owner: Caller,
    before: readonly Subject[],
  ): Promise<unknown> {
    const why: string[] = [];
    for (const source of this.#sourcesOf(subject, parameter)) {
      if (before.length >= BEFORE_MAX || before.includes(source.by)) continue;
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only where this one cannot tell
      const found = await this.#fromSource(source, subject, parameter, path, owner, [...before, subject]);
      if (!(found instanceof NotPrepared)) return found;
      why.push(found.why);
      if (source.kind === "made") this.#hindered.set(subject, found.why);
    }
    const stated = this.#stated(parameter);
    if (stated !== NOTHING) return stated;
    const { subject: name } = owner;
    const isPerson = /^(?:user|account|customer|member|person|owner|subject|sub)(?:_?id)?$/i.test(parameter.name);
    if (isPerson && name !== undefined && this.#fits(parameter, name)) return name;
    return new NotPrepared(why[0] ?? `no operation makes what {${parameter.name}} names`);
  }

  async #fromSource(
    source: Source,
    subject: Subject,
    parameter: Parameter,
    path: Readonly<Record<string, unknown>>,
    owner: Caller,
    before: readonly Subject[],
  ): Promise<unknown> {
    const { by, kind } = source;
    const { template } = subject.operation;
    const caller = await this.#entitled(by, owner);
    const prepared = await this.#prepareWithin(by, path, caller, before);
    if ("why" in prepared) return new NotPrepared(prepared.why);
    const { reply } = await this.#send(by, prepared, caller);
    if (reply === undefined || reply.status < 200 || reply.status > 299) {
      if (kind === "made" && this.#fuller.begin(by, reply)) {
        const found = await this.#fromSource(source, subject, parameter, path, owner, before);
        if (found instanceof NotPrepared) this.#fuller.end(by);
        return found;
      }
      return new NotPrepared(`${by.operation.id} answers ${reply?.status ?? "nothing"}`);
    }
    const fits = (value: unknown) => this.#fits(parameter, value);
    const found = this.#idFrom(source, prepared, reply, objectTemplate(template, parameter.name), parameter.name, fits);
    if (found === undefined) return new NotPrepared(`the answer of ${by.operation.id} tells no ${parameter.name}`);
    const paths = kind === "made" ? this.#own : kind === "self" ? this.#selves : undefined;
    paths?.add(pathTo(subject, { path: { ...path, [parameter.name]: found } }, parameter.name));
    return found;
  }

  #idFrom(
    { by, kind, expression }: Source,
    prepared: RequestValues,
    reply: Reply,
    template: string,
    name: string,
    fits: (value: unknown) => boolean,
  ): unknown {
    if (expression !== undefined) {
      const said = fitting(expressed(expression, prepared, reply), fits);
      if (said !== undefined) return said;
    }
    if (kind === "listed") return listedIds(reply, template, name, fits)[0];
    const isPut = by.operation.method === "PUT" && namesIn(by.operation.template).includes(name);
    return isPut ? prepared.path[name] : madeId(reply, template, name, prepared.body, fits);
  }

  /** The maker's own path, with what is named already; a PUT chooses the last name itself. */
  async #prepareWithin(
    by: Subject,
    path: Readonly<Record<string, unknown>>,
    caller: Caller,
    before: readonly Subject[],
  ): Promise<RequestValues | Unprepared> {
    const names = namesIn(by.operation.template);
    const own: Record<string, unknown> = {};
    const given = Object.values(path);
    for (const [index, name] of names.entries()) {
      if (index < given.length) own[name] = given[index];
      else if (by.operation.method === "PUT") {
        const parameter = by.operation.parameters.find((one) => one.in === "path" && one.name === name);
        const made =
          parameter === undefined ? NOTHING : this.#values.sample(parameter.schema ?? parameter.content?.schema);
        if (made === NOTHING) return { why: `no value fits {${name}}` };
        own[name] = made;
      } else return this.#prepare(by, caller, before);
    }
    await this.#known.learnFor(by, caller);
    return this.#complete(by, own, (name) => this.#known.of(by, name));
  }

  /** The same person with the rights that this operation asks for, where they can be had. */
  async #entitled(by: Subject, owner: Caller): Promise<Caller> {
    const { callers } = this.#options;
    const isB = owner.subject !== undefined && owner.subject === callers.b.subject;
    return (await callers.allowed(by.operation.id, isB ? "b" : "a")) ?? owner;
  }

  async #read(subject: Subject, owner: Caller): Promise<Reply | undefined> {
    const caller = await this.#entitled(subject, owner);
    const values = this.#complete(subject, {}, () => NOTHING);
    return "why" in values ? undefined : (await this.#send(subject, values, caller)).reply;
  }

  #send(subject: Subject, values: RequestValues, caller: Caller): Promise<Exchange> {
    return this.#options.client.send(this.wire(subject, values, caller));
  }

  #complete(
    subject: Subject,
    path: Readonly<Record<string, unknown>>,
    known: (name: string) => unknown,
  ): RequestValues | Unprepared {
    const { operation } = subject;
    const places = { query: {}, header: {}, cookie: {} } as Record<
      "query" | "header" | "cookie",
      Record<string, unknown>
    >;
    for (const parameter of operation.parameters) {
      if (parameter.in === "path") continue;
      const given = this.#given(subject, parameter);
      if (given === NOTHING && !parameter.required) continue;
      const value = given === NOTHING ? this.#inventValue(parameter, known) : given;
      if (value === NOTHING) return { why: `no value fits ${parameter.in} ${parameter.name}` };
      places[parameter.in][parameter.name] = value;
    }
    const body = sampleBody(operation, this.#options.api.set, this.#values, known, this.#fuller.isFull(subject));
    const given = this.#options.given.get(operation.id)?.body;
    if (body === NOTHING && given === undefined) return { why: `no body of ${operation.id} fits its schema` };
    const mediaType = body === NOTHING ? operation.requestBody?.content[0]?.name : body?.mediaType;
    return { path, ...places, body: given ?? (body as { value: unknown } | undefined)?.value, mediaType };
  }

  /** What the owner of the API gave. */
  #given({ operation }: Subject, { in: place, name }: Parameter): unknown {
    const values = this.#options.given.get(operation.id)?.[place];
    return values !== undefined && Object.hasOwn(values, name) ? values[name] : NOTHING;
  }

  #inventValue(parameter: Parameter, known: (name: string) => unknown = () => NOTHING): unknown {
    const stated = this.#stated(parameter);
    if (stated !== NOTHING) return stated;
    const found = known(parameter.name);
    if (found !== NOTHING && this.#fits(parameter, found)) return found;
    return this.#values.sample(parameter.schema ?? parameter.content?.schema, known);
  }

  #stated(parameter: Parameter): unknown {
    for (const example of examplesAt(parameter.at, this.#options.api.set)) {
      if (this.#fits(parameter, example)) return example;
    }
    return this.#values.stated(parameter.schema ?? parameter.content?.schema);
  }

  #fits(parameter: Parameter, value: unknown): boolean {
    return this.#values.fits(parameter.schema ?? parameter.content?.schema, value);
  }

  #sourcesOf(subject: Subject, parameter: Parameter): readonly Source[] {
    const known = this.#sources.get(parameter) ?? new Map<Subject, readonly Source[]>();
    this.#sources.set(parameter, known);
    const found = known.get(subject) ?? sourcesOf(subject, parameter, this.#options.subjects, this.#options.api.set);
    known.set(subject, found);
    return found;
  }
}

/** Of the object that this parameter names. */
function pathTo({ operation }: Subject, values: Pick<RequestValues, "path">, name: string): string {
  return pathOf(operation, values as RequestValues, objectTemplate(operation.template, name));
}

class NotPrepared {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}
