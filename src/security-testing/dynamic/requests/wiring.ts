// From values to the request as it goes over the wire, with the caller's credential.
import type { DocumentSet } from "../../../openapi/document.ts";
import type { Operation } from "../../../openapi/operation.ts";
import type { Caller } from "../callers.ts";
import type { RequestValues } from "../requests.ts";
import type { Field, Wire } from "../wire.ts";
import { writeBody } from "./bodies.ts";
import { cookiePairs, headerField, pathText, queryPairs, textOf } from "./writing.ts";

/** The path of these values; `template` may be a part of the operation's. */
export function pathOf(operation: Operation, values: RequestValues, template = operation.template): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const parameter = operation.parameters.find((one) => one.in === "path" && one.name === name);
    if (parameter === undefined || !Object.hasOwn(values.path, name)) return whole;
    return pathText(parameter, values.path[name]);
  });
}

export function wireOf(operation: Operation, values: RequestValues, caller: Caller, set: DocumentSet): Wire {
  const pairs = Object.entries(values.query).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const parameter = operation.parameters.find((one) => one.in === "query" && one.name === name);
    if (parameter !== undefined) return queryPairs(parameter, value);
    return [`${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`];
  });
  for (const [name, value] of caller.query) pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const fields: Field[] = [];
  const cookies: string[] = [];
  for (const [name, value] of Object.entries(values.header)) {
    if (value === undefined) continue;
    const parameter = operation.parameters.find((one) => one.in === "header" && one.name === name);
    fields.push(parameter === undefined ? [name, textOf(value)] : headerField(parameter, value));
  }
  for (const [name, value] of Object.entries(values.cookie)) {
    if (value === undefined) continue;
    const parameter = operation.parameters.find((one) => one.in === "cookie" && one.name === name);
    cookies.push(...(parameter === undefined ? [`${name}=${textOf(value)}`] : cookiePairs(parameter, value)));
  }
  for (const field of caller.fields) {
    // RFC 9110 allows one Cookie field with all pairs (RFC 6265 5.4).
    if (field[0].toLowerCase() === "cookie") cookies.push(field[1]);
    else fields.push(field);
  }
  if (cookies.length > 0) fields.push(["Cookie", cookies.join("; ")]);
  const written =
    values.body === undefined
      ? undefined
      : writeBody(operation, values.body, values.mediaType ?? "application/json", set);
  if (written !== undefined) fields.push(["Content-Type", written.contentType]);
  const path = pathOf(operation, values);
  return {
    method: operation.method,
    target: pairs.length === 0 ? path : `${path}?${pairs.join("&")}`,
    fields,
    ...(written === undefined ? {} : { body: written.body }),
    ...(caller.proof === undefined ? {} : { proof: caller.proof }),
  };
}
