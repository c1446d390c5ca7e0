// What reaches out of the shop: commands, files, redirects, templates, patterns.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { NOT_FOUND, type Operation, problem } from "../call.ts";

const run = promisify(execFile);
const COMMAND_TIMEOUT_MS = 8_000;
const TEMPLATE_TIMEOUT_MS = 200;
const FOLDER = path.join(import.meta.dirname, "..", "files");

export const TOOLS: Readonly<Record<string, Operation>> = {
  checkEmail({ query, flaws }) {
    const { email = "" } = query;
    // oxlint-disable-next-line no-super-linear-backtracking -- it is the flaw
    if (flaws.has("pattern-catastrophic")) return { status: 200, body: { valid: /^[\w.]+[\w.]+[\w.]+@/.test(email) } };
    const at = email.indexOf("@");
    return { status: 200, body: { valid: at > 0 && at < email.length - 1 } };
  },
  async ping({ query, flaws }) {
    const { host = "" } = query;
    if (!flaws.has("injection-command")) {
      return /^[\w.-]+$/.test(host)
        ? { status: 200, body: { said: `pong ${host}` } }
        : problem(422, "This is no host.");
    }
    try {
      // An environment of its own: nothing of the process's is to be had here.
      const { stdout } = await run("/bin/sh", ["-c", `echo pong ${host}`], { env: {}, timeout: COMMAND_TIMEOUT_MS });
      return { status: 200, body: { said: stdout } };
    } catch {
      return problem(422, "This is no host.");
    }
  },
  readFile({ query, flaws }) {
    const { name = "" } = query;
    if (!flaws.has("path-traversal") && !readdirSync(FOLDER).includes(name)) return NOT_FOUND;
    try {
      return { status: 200, type: "text/plain; charset=utf-8", body: readFileSync(path.join(FOLDER, name), "utf8") };
    } catch {
      return NOT_FOUND;
    }
  },
  goTo({ query, flaws }) {
    const { to = "" } = query;
    const isPage = /^\/[\w-]*$/.test(to);
    if (!isPage && !flaws.has("redirect-open")) {
      // A page, whatever stands behind it: that another flaw can be seen without this one.
      if (!flaws.has("injection-header") || !/^\/[\w-]*[\r\n]/.test(to)) return problem(422, "There is no such page.");
    }
    const value = flaws.has("injection-header") ? to : to.replaceAll(/[\r\n]/g, "");
    // Node refuses line breaks in fields; other servers do not.
    return {
      status: 302,
      raw: `HTTP/1.1 302 Found\r\nLocation: ${value}\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    };
  },
  previewMessage({ body, caller, flaws }) {
    const { text } = body as { readonly text: string };
    const filled = text.replaceAll(/\{\{([^{}]*)\}\}/g, (mark, inside: string) => {
      if (inside.trim() === "name") return caller.user;
      return flaws.has("injection-template") ? evaluated(inside, caller.user) : mark;
    });
    return { status: 200, body: { text: filled } };
  },
};

function evaluated(expression: string, name: string): string {
  try {
    return String(runInNewContext(expression, { name }, { timeout: TEMPLATE_TIMEOUT_MS }));
  } catch {
    return "";
  }
}
