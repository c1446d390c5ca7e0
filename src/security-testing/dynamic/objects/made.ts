// The request that reads an object: one that a path names, or one that an answer has just made.
import { memberOf } from "../../../openapi/pointer.ts";
import type { ProbeContext } from "../probe.ts";
import { namesIn, objectTemplate, sourcesOf } from "../requests/connections.ts";
import { expressed, madeId } from "../requests/identifiers.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Reply } from "../wire.ts";

export interface Look {
  readonly reader: Subject;
  readonly values: RequestValues;
}

const NO_VALUES: RequestValues = { path: {}, query: {}, header: {}, cookie: {}, body: undefined, mediaType: undefined };

/** Undefined where nothing reads it, or what does needs more than a path. */
export function lookAt({ requests }: ProbeContext, subject: Subject, { path }: RequestValues): Look | undefined {
  const reader = requests.readerOf(subject);
  return reader === undefined ? undefined : lookBy(reader, path);
}

export function lookBy(reader: Subject, path: RequestValues["path"]): Look | undefined {
  const named: Record<string, unknown> = {};
  for (const parameter of reader.operation.parameters) {
    if (parameter.in === "path") named[parameter.name] = memberOf(path, parameter.name);
    else if (parameter.required) return undefined;
  }
  const isWhole = Object.values(named).every((value) => value !== undefined);
  return isWhole ? { reader, values: { ...NO_VALUES, path: named } } : undefined;
}

/** The request that reads what was made with `values` and answered so. */
export function lookAtMade(
  { api, subjects }: ProbeContext,
  creator: Subject,
  values: RequestValues,
  reply: Reply,
): Look | undefined {
  for (const reader of subjects) {
    const { method, template, parameters } = reader.operation;
    const name = namesIn(template).at(-1);
    const parameter = parameters.find((one) => one.in === "path" && one.name === name);
    if (method !== "GET" || name === undefined || parameter === undefined) continue;
    // What hangs on the object is not the object.
    if (!template.endsWith(`{${name}}`)) continue;
    const source = sourcesOf(reader, parameter, subjects, api.set).find(
      ({ by, kind }) => by === creator && kind === "made",
    );
    if (source === undefined) continue;
    const told = source.expression === undefined ? undefined : expressed(source.expression, values, reply);
    const isId = (value: unknown) => typeof value === "string" || typeof value === "number";
    const id = told ?? madeId(reply, objectTemplate(template, name), name, values.body, isId);
    const look = lookBy(reader, { ...values.path, [name]: id });
    if (look !== undefined) return look;
  }
  return undefined;
}

/** What reads the object that a path names, or something by its id: below it, or where a link of what made it leads with the same id. */
export function looksByIdOf(
  { api, subjects }: ProbeContext,
  subject: Subject,
  parameter: string,
  { path }: RequestValues,
): readonly Look[] {
  const linksTo = (one: Subject, name: string) => {
    const at = one.operation.parameters.find((parameter) => parameter.in === "path" && parameter.name === name);
    const sources = at === undefined ? [] : sourcesOf(one, at, subjects, api.set);
    return sources.flatMap(({ by, expression }) =>
      expression === undefined ? [] : [`${by.operation.id} ${expression}`],
    );
  };
  const { template } = subject.operation;
  const own = linksTo(subject, parameter);
  return subjects.flatMap((reader) => {
    if (reader.operation.method !== "GET") return [];
    const names = namesIn(reader.operation.template);
    const [name] = names;
    const isBelow = reader.operation.template === template || reader.operation.template.startsWith(`${template}/`);
    const isLinked =
      !isBelow && name !== undefined && names.length === 1 && linksTo(reader, name).some((link) => own.includes(link));
    const look = isBelow ? lookBy(reader, path) : isLinked ? lookBy(reader, { [name]: path[parameter] }) : undefined;
    return look === undefined ? [] : [look];
  });
}
