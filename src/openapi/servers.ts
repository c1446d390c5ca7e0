// Base paths of an operation: what `servers` put before its path template (OpenAPI 3.1 4.8.5).
import type { Findings } from "./findings.ts";
import type { Located } from "./located.ts";
import { isObject } from "./pointer.ts";

const NO_BASE: readonly string[] = [""];
const COMBINATIONS_MAX = 100;

/** Base paths of the nearest `servers`: the operation's, else its path's, else the root's; `/v1` or empty, each once. */
export function basePaths(findings: Findings, levels: readonly Located[]): readonly string[] {
  for (const level of levels) {
    const servers = findings.list(level, "servers");
    if (servers === undefined || servers.length === 0) continue;
    const paths = new Set<string>();
    for (const server of servers) for (const path of serverPaths(findings, server)) paths.add(path);
    return paths.size === 0 ? NO_BASE : [...paths];
  }
  return NO_BASE;
}

function serverPaths(findings: Findings, server: Located): string[] {
  const url = findings.text(server, "url", true);
  if (url === undefined) return [];
  const paths = new Set<string>();
  for (const filled of fillVariables(findings, server, url)) {
    const path = pathOf(filled);
    if (path === undefined) {
      const remedy = "Write https://host/path or /path, without query, fragment and dot segments.";
      findings.error("openapi.server-url", server, `the server's address "${filled}" has no plain path`, remedy, "url");
    } else {
      paths.add(path);
    }
  }
  return [...paths];
}

/** The path without a slash at its end; undefined where the address could be read in more than one way. */
function pathOf(url: string): string | undefined {
  const path = url.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i, "").replace(/\/+$/, "");
  if (path === "" || path === ".") return "";
  const rooted = path.startsWith("/") ? path : `/${path.replace(/^\.\//, "")}`;
  const isPlain =
    !/[?#{}\\]|\/\//.test(rooted) && !/\/\.{1,2}(?:\/|$)/.test(rooted) && !/^[a-z][a-z0-9+.-]*:/i.test(path);
  return isPlain ? rooted : undefined;
}

/** The address with each allowed value of each variable; without `enum` its default only. */
function fillVariables(findings: Findings, server: Located, url: string): string[] {
  let filled = [url];
  const variables = findings.set.child(server, "variables");
  for (const name of new Set(Array.from(url.matchAll(/\{([^{}]*)\}/g), (match) => match[1] as string))) {
    const variable = findings.set.child(variables, name);
    if (!isObject(variable.value)) {
      findings.error(
        "openapi.server-variable",
        server,
        `the server variable "${name}" is not described`,
        `Add it to "variables", with a default.`,
        "url",
      );
      return [];
    }
    const values = findings.list(variable, "enum")?.map((item) => item.value) ?? [variable.value["default"]];
    const texts = values.filter((value) => typeof value === "string");
    if (texts.length === 0 || texts.length < values.length) {
      findings.error(
        "openapi.server-variable",
        variable,
        `the server variable "${name}" needs texts as default and values`,
        `Add a default in quotes.`,
      );
      return [];
    }
    filled = filled.flatMap((text) => texts.map((value) => text.replaceAll(`{${name}}`, value)));
    filled = [...new Set(filled.length > COMBINATIONS_MAX ? filled.map(withoutHost) : filled)];
    if (filled.length > COMBINATIONS_MAX) {
      findings.error(
        "openapi.server-variable",
        server,
        "the server's variables make too many addresses",
        "Name the servers one by one.",
        "url",
      );
      return [];
    }
  }
  return filled;
}

/** Only the path matters here, so hosts may be forgotten once they are many. */
function withoutHost(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#{}]*(?=\/|$)/i, "//host");
}
