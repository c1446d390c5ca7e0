// Contract rules about how callers prove who they are, and over which wires.
import type { Located } from "../../openapi/located.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";
import { isObject, memberOf } from "../../openapi/pointer.ts";
import { type Case, nameOf, type Subject } from "./subject.ts";

/** What nobody should begin to use any more: OAuth 1, and schemes that sign with MD5 or tie to a connection. */
const OUTDATED: ReadonlySet<string> = new Set(["oauth", "negotiate", "digest", "hoba"]);

export function* schemeCases(subject: Subject): Generator<Case> {
  const { api } = subject;
  for (const scheme of api.schemes.values()) {
    const what = scheme.name;
    const named = `the scheme "${what}"`;
    if (scheme.scheme === "basic") {
      const message = `${named} is HTTP Basic`;
      yield { rule: "contract.basic-authentication", at: scheme.at, key: "scheme", message, what };
    }
    if (scheme.scheme !== undefined && OUTDATED.has(scheme.scheme)) {
      const message = `${named} is "${scheme.scheme}"`;
      yield { rule: "contract.scheme-outdated", at: scheme.at, key: "scheme", message, what };
    }
    if (scheme.in === "query") {
      const message = `${named} takes its key from the query`;
      yield { rule: "contract.credentials-in-address", at: scheme.at, key: "in", message, what: `scheme ${what}` };
    }
    if (isPlain(scheme.openIdConnectUrl)) {
      const message = `${named} finds its issuer without TLS`;
      yield { rule: "contract.issuer-plain-http", at: scheme.at, key: "openIdConnectUrl", message, what };
    }
    if (scheme.type === "oauth2") yield* flowCases(scheme, subject);
  }
}

function* flowCases(scheme: SecurityScheme, { api: { set } }: Subject): Generator<Case> {
  const flows = set.child(scheme.at, "flows");
  if (!isObject(flows.value)) return;
  for (const name of Object.keys(flows.value)) {
    const flow = set.child(flows, name);
    if (!isObject(flow.value)) continue;
    const what = `${scheme.name} ${name}`;
    const named = `the flow ${name} of "${scheme.name}"`;
    if (name === "implicit" || name === "password") {
      const why = name === "implicit" ? "puts tokens into addresses" : "gives passwords to clients";
      yield { rule: "contract.flow-outdated", at: flows, key: name, message: `${named} ${why}`, what };
    }
    for (const key of ["authorizationUrl", "tokenUrl", "refreshUrl"]) {
      const url = memberOf(flow.value, key);
      if (typeof url !== "string" || !isPlain(url)) continue;
      const message = `${key} of ${named} has no TLS`;
      yield { rule: "contract.issuer-plain-http", at: flow, key, message, what: `${what} ${key}` };
    }
    // Who signs in for himself takes the next token the same way: nothing is to be refreshed (RFC 6749, 4.4.3).
    if (name !== "clientCredentials" && flow.value["refreshUrl"] === undefined) {
      yield { rule: "contract.refresh-missing", at: flows, key: name, message: `${named} has no refreshUrl`, what };
    }
  }
}

const LOOPBACK = /^http:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+|\{[^{}]*\})?(?:[/:?#]|$)/i;

/** Over loopback nobody listens. */
function isPlain(url: string | undefined): boolean {
  return url !== undefined && /^http:/i.test(url) && !LOOPBACK.test(url);
}

const ENVIRONMENT = /local|sandbox|alpha|beta|test|stag|prod|preview|demo|mock|develop|\bdev\b|\blive\b|next|qa|uat/i;

export function* serverCases({ api }: Subject): Generator<Case> {
  const seen = new Set<string>();
  const nodes: Located[] = [api.set.root];
  for (const { at } of api.operations) nodes.push(at);
  const paths = api.set.child(api.set.root, "paths");
  if (isObject(paths.value)) for (const key of Object.keys(paths.value)) nodes.push(api.set.child(paths, key));
  for (const node of nodes) {
    const servers = memberOf(node.value, "servers");
    if (!Array.isArray(servers)) continue;
    for (const [i] of servers.entries()) {
      const server = api.set.child(node, "servers", i);
      const url = memberOf(server.value, "url");
      if (typeof url !== "string" || seen.has(url)) continue;
      seen.add(url);
      if (isPlain(url) || (url.startsWith("{") && takesPlain(server.value))) {
        const message = `the server ${url} is reached without TLS`;
        yield { rule: "contract.server-plain-http", at: server, key: "url", message, what: url };
      }
      const description = memberOf(server.value, "description");
      if (typeof description !== "string" || !ENVIRONMENT.test(description)) {
        const message = `the server ${url} has no description that names its environment`;
        yield { rule: "contract.server-undescribed", at: server, message, what: url };
      }
    }
  }
}

/** `{scheme}://…` with http among the values. */
function takesPlain(server: unknown): boolean {
  const variables = memberOf(server, "variables");
  const first = /^\{([^{}]+)\}/.exec(String(memberOf(server, "url")))?.[1] ?? "";
  const variable = memberOf(variables, first);
  const values = [memberOf(variable, "default"), ...((memberOf(variable, "enum") as unknown[] | undefined) ?? [])];
  return values.includes("http");
}

/** RFC 9700, 4.3.2: what stands in an address is read by many. */
const CREDENTIAL =
  /^(?:client_?|user_?)?(?:secret|password|passwd|passphrase|pwd)$|^(?:access|refresh|id|auth|bearer|session|csrf)?[_-]?token$|^(?:x-)?api[_-]?key$|^(?:jwt|authorization|session_?id|otp|pin)$/i;
/** What ends one-time links carry, too: worth a look, not certain. */
const ADDRESS =
  /^(?:callback|redirect|next|return_?to|goto|continue|webhook|url|uri|link|dest(?:ination)?)$|(?:_ur[il]|Ur[il]|-ur[il])$/;

export function* parameterCases(subject: Subject): Generator<Case> {
  const seen = new Set<string>();
  for (const operation of subject.api.operations) {
    for (const parameter of operation.parameters) {
      const key = `${parameter.at.file}#${parameter.at.pointer}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const { name, at } = parameter;
      const label = `${parameter.in} ${name}`;
      if ((parameter.in === "query" || parameter.in === "path") && CREDENTIAL.test(name)) {
        const message = `${nameOf(operation)} takes a credential in ${parameter.in === "query" ? "its query" : "its path"}: ${name}`;
        yield { rule: "contract.credentials-in-address", at, key: "name", operation, parameter: label, message };
      }
      if (parameter.in !== "header" && ADDRESS.test(name) && !isRestricted(parameter.schema?.value)) {
        const message = `${nameOf(operation)} takes an address from its caller: ${name}`;
        const confidence = "tentative";
        yield {
          rule: "contract.address-from-caller",
          at,
          key: "name",
          operation,
          parameter: label,
          message,
          confidence,
        };
      }
    }
  }
}

function isRestricted(schema: unknown): boolean {
  return ["enum", "const", "pattern"].some((key) => memberOf(schema, key) !== undefined);
}
