// What a foreign finding is put beside: the lines of the project's files, and the operations of the document.
import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { Matcher } from "../../openapi/matcher.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { Finding, Place } from "../finding.ts";

const BYTES_MAX = 2 * 1024 * 1024;
const LINE_LENGTH_MAX = 2000;

export interface FoundOperation {
  readonly operation: NonNullable<Finding["operation"]>;
  readonly place: Place;
  readonly parameter?: string;
}

export interface Surroundings {
  /** Without spaces around; undefined where the file or line is not there. */
  lineOf(place: Place): string | undefined;
  operationOf(request: {
    readonly method: string;
    readonly url: string;
    readonly parameter?: string;
  }): FoundOperation | undefined;
  /** Where the document begins: for requests that it does not describe. Undefined: there is no document. */
  readonly beginning: Place | undefined;
}

export function surroundingsOf(cwd: string, api: ApiDescription | undefined): Surroundings {
  const lines = new Map<string, readonly string[]>();
  const matcher = api === undefined ? undefined : new Matcher(api.operations.flatMap(routesOf));
  return {
    beginning: api?.set.position(api.set.root),
    lineOf({ file, line }) {
      let known = lines.get(file);
      if (known === undefined) lines.set(file, (known = linesOf(cwd, file)));
      return known[line - 1]?.trim().replaceAll(/\s+/g, " ").slice(0, LINE_LENGTH_MAX);
    },
    operationOf({ method, url, parameter }) {
      const { pathname } = URL.parse(url) ?? { pathname: url.split("?")[0] as string };
      const found = matcher?.match(method.toUpperCase(), pathname);
      const operation = found !== undefined && "value" in found ? found.value : declared(api, method, url);
      if (api === undefined || operation === undefined) return undefined;
      const named = parameter === undefined ? undefined : placed(parameter, operation, url);
      return {
        operation: { id: operation.id, method: operation.method, template: operation.template },
        place: api.set.position(operation.at),
        ...(named !== undefined && { parameter: named }),
      };
    },
  };
}

/** Some tools name operations as the document does, without the base path of its servers. */
function declared(api: ApiDescription | undefined, method: string, template: string): Operation | undefined {
  return api?.operations.find((one) => one.method === method && one.documentTemplate === template);
}

function routesOf(operation: Operation): { method: string; template: string; value: Operation }[] {
  return operation.templates.map((template) => ({ method: operation.method, template, value: operation }));
}

/** `q` as `query q`: where the document or the address says so. */
function placed(parameter: string, { parameters }: Operation, url: string): string {
  if (parameter.includes(" ")) return parameter;
  const declared = parameters.find(({ name }) => name === parameter || name === parameter.toLowerCase());
  if (declared !== undefined) return `${declared.in} ${declared.name}`;
  return URL.parse(url)?.searchParams.has(parameter) === true ? `query ${parameter}` : parameter;
}

/** A report may name any file: only what lies in the folder is opened, and only what is a file. */
function linesOf(cwd: string, file: string): readonly string[] {
  try {
    const [root, whole] = [realpathSync(cwd), realpathSync(path.resolve(cwd, file))];
    const about = statSync(whole);
    if (!whole.startsWith(root + path.sep) || !about.isFile() || about.size > BYTES_MAX) return [];
    return readFileSync(whole, "utf8").split("\n");
  } catch {
    return [];
  }
}
