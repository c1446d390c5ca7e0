// What careless code does with a text, really done: SQL, shell, templates, files and requests; LDAP, XPath and NoSQL in miniature.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

/** What must never be seen. */
export const SECRET = "hunter2";

const USERS = [
  { name: "ann", note: "green" },
  { name: "root", note: SECRET },
];

/** A statement put together from text. */
export function sql(text: string): string {
  const database = new DatabaseSync(":memory:");
  database.exec("create table users (name text, note text)");
  for (const { name, note } of USERS) database.prepare("insert into users values (?, ?)").run(name, note);
  try {
    return JSON.stringify(database.prepare(`select note from users where name = '${text}'`).all());
  } catch {
    return "[]";
  } finally {
    database.close();
  }
}

/** A query of documents in which an object is a condition. */
export function nosql(value: unknown): string {
  const fits = (name: string): boolean => {
    if (typeof value !== "object" || value === null) return name === value;
    return Object.entries(value).every(([operator, operand]) =>
      operator === "$ne" ? name !== operand : operator === "$gt" ? name > String(operand) : false,
    );
  };
  return JSON.stringify(USERS.filter(({ name }) => fits(name)));
}

/** A command line put together from text. */
export async function shell(text: string): Promise<string> {
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", `echo ${text}`], {
    env: { SECRET, PATH: process.env["PATH"] ?? "" },
  }).catch(() => ({ stdout: "" }));
  return stdout;
}

/** A template that computes what is between its marks. */
export function template(text: string): string {
  return `Hello ${text}`.replaceAll(/\{\{(.*?)\}\}/g, (_, code: string) =>
    // oxlint-disable-next-line typescript/no-implied-eval -- that is the flaw
    String(new Function("name", `return (${code})`)("you")),
  );
}

/** A filter put together from text; of what stands behind the first filter nothing is read, as some servers have it. */
export function ldap(text: string): string {
  const filter = `(&(name=${text})(note=green))`;
  return JSON.stringify(USERS.filter((user) => holds(filter, 0, user).value));
}

function holds(filter: string, at: number, user: Readonly<Record<string, string>>): { value: boolean; end: number } {
  const operator = filter[at + 1] as string;
  if (operator !== "&" && operator !== "|") {
    const end = filter.indexOf(")", at);
    const [name = "", value = ""] = filter.slice(at + 1, end < 0 ? undefined : end).split("=");
    const pattern = new RegExp(
      `^${value
        .split("*")
        .map((part) => part.replaceAll(/\W/g, "\\$&"))
        .join(".*")}$`,
    );
    return { value: pattern.test(user[name] ?? ""), end: end + 1 };
  }
  let end = at + 2;
  let value = operator === "&";
  while (filter[end] === "(") {
    const part = holds(filter, end, user);
    value = operator === "&" ? value && part.value : value || part.value;
    end = part.end;
  }
  return { value, end: end + 1 };
}

/** A predicate put together from text: equality, `or` and `and`. */
export function xpath(text: string): string {
  const predicate = `name='${text}'`;
  const chosen = USERS.filter((user) =>
    predicate.split(" or ").some((either) =>
      either.split(" and ").every((comparison) => {
        const [left = "", right = ""] = comparison.split("=").map((side) => side.trim());
        const valueOf = (side: string) =>
          side.startsWith("'") ? side.slice(1, -1) : (user as Record<string, string>)[side];
        return valueOf(left) === valueOf(right);
      }),
    ),
  );
  return JSON.stringify(chosen);
}

/** A field of the answer put together from text, byte by byte. */
export function lineBreak(text: string, response: ServerResponse): undefined {
  response.socket?.end(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nX-Language: ${text}\r\n\r\nok`,
  );
}

/** A file named by text. */
export function file(folder: string): (text: string) => Promise<string> {
  return (text) => readFile(path.join(folder, "public", text), "utf8").catch(() => "no such file");
}

/** A page with text in it. */
export function html(text: string): string {
  return `<p>You searched for ${text}</p>`;
}

/** A request to where the text says. */
export function serverRequest(text: string): Promise<string> {
  return fetch(text).then(
    (answer) => answer.text(),
    () => "unreachable",
  );
}
