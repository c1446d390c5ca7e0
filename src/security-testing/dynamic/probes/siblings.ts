// Paths beside the declared ones that APIs often have and documents seldom (CWE-425): exports, all of everything, what operators use.
import { allowedRequest, freshWord, isPassed, isServed } from "../answers.ts";
import { declaredAt } from "../declared.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Wire } from "../wire.ts";

const BELOW_COLLECTIONS = [
  ["export", "all", "list", "dump", "backup", "download", "bulk", "count", "stats", "admin", "internal", "private"],
  ["debug", "test"],
].flat();
const BELOW_BASES = ["admin", "internal", "private", "users", "accounts", "export", "backup", "dump", "test", "jobs"];
/** What only some texts are: any word is another value then. */
const BOUND = ["format", "pattern", "enum", "const"] as const;

export const siblings: ApiProbe = {
  id: "siblings",
  rules: ["dynamic.sibling-undeclared", "dynamic.undeclared-passed"],
  per: "api",
  async *run(context) {
    const nowhere = await context.client.send(as("GET", `/${freshWord(context)}`, context.callers.a.fields));
    if (isPassed(nowhere, context)) {
      const message = "A path that is not declared was passed on by the gate";
      yield context.finding({ rule: "dynamic.undeclared-passed", what: "path", message, evidence: [nowhere] });
    }
    for (const [parent, words, subject] of parents(context)) {
      const fields = (await allowedFields(subject, context)) ?? context.callers.a.fields;
      const ask = (word: string, with_: Wire["fields"]) => context.client.send(as("GET", `${parent}/${word}`, with_));
      const control = await ask(freshWord(context), fields);
      if (isServed(control)) continue;
      for (const word of words) {
        const path = `${parent}/${word}`;
        const meant = declaredAt(context.api, "GET", path);
        if (typeof meant === "object" && !meant.template.includes("{")) continue;
        const tried = await ask(word, fields);
        if (!isServed(tried)) continue;
        const anonymous = await ask(word, []);
        // The word may be the name of an object that a declared operation answers.
        if (typeof meant === "object" && isNamed(meant.id, context) && !isServed(anonymous)) continue;
        if (typeof meant === "object" && isPublic(meant.id, context) && isNamed(meant.id, context)) continue;
        yield context.finding({
          rule: "dynamic.sibling-undeclared",
          subject,
          undeclared: { method: "GET", template: path },
          what: word,
          message: `GET ${path} is not declared, and answers ${isServed(anonymous) ? "anybody" : "whoever is signed in"}`,
          confidence: "certain",
          ...(isServed(anonymous) ? {} : { severity: "medium" as const }),
          evidence: [control, tried, anonymous],
          say: ["Another word there.", "This one.", "The same without credentials."],
        });
      }
    }
  },
};

function as(method: string, target: string, fields: Wire["fields"]): Wire {
  return { method, target, fields };
}

async function allowedFields(subject: Subject | undefined, context: ProbeContext): Promise<Wire["fields"] | undefined> {
  if (subject === undefined) return undefined;
  return (await allowedRequest(subject, context))?.caller.fields;
}

/** Paths without parameters, and what they stand below. */
function parents({ subjects }: ProbeContext): [parent: string, words: readonly string[], Subject | undefined][] {
  const collections = new Map<string, Subject>();
  const bases = new Set<string>([""]);
  for (const subject of subjects) {
    const { template } = subject.operation;
    const base = template.slice(0, template.indexOf("/", 1));
    if (template.indexOf("/", 1) > 0 && !base.includes("{")) bases.add(base);
    const [path = ""] = template.split(/\/[^/]*\{/, 1);
    if (path === "" || path.endsWith("/")) continue;
    const known = collections.get(path);
    if (known === undefined || (!known.isSafe && subject.isSafe && template === path)) collections.set(path, subject);
  }
  const below = [...collections].map(([path, subject]): [string, readonly string[], Subject] => [
    path,
    BELOW_COLLECTIONS,
    subject,
  ]);
  const rest = [...bases].filter((base) => !collections.has(base));
  return [...below, ...rest.map((base): [string, readonly string[], undefined] => [base, BELOW_BASES, undefined])];
}

/** Whether any word may be the value of the operation's last path parameter. */
function isNamed(operationId: string, { api, subjects }: ProbeContext): boolean {
  const operation = subjects.find((subject) => subject.operation.id === operationId)?.operation;
  const parameter = operation?.parameters.findLast((parameter) => parameter.in === "path");
  if (parameter?.schema === undefined) return true;
  const schema = api.set.follow(parameter.schema).value as Readonly<Record<string, unknown>>;
  return (schema["type"] ?? "string") === "string" && BOUND.every((keyword) => schema[keyword] === undefined);
}

function isPublic(operationId: string, { subjects }: ProbeContext): boolean {
  return subjects.find(({ operation }) => operation.id === operationId)?.isPublic === true;
}
