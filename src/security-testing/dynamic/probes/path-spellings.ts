// Other spellings of a guarded path (CWE-436): a guard that reads it otherwise than the router lets strangers in.
import { allowedRequest, freshWord, isPassed, isServed, pathOf, withPath } from "../answers.ts";
import type { Caller } from "../callers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Wire } from "../wire.ts";
import { encodedLetter, inLast, otherCase } from "./spellings.ts";

type Spelling = readonly [what: string, spell: (path: string) => string];

const SPELLINGS: readonly Spelling[] = [
  ["letter case", (path) => inLast(path, otherCase)],
  ["letter case of all", otherCase],
  ["a slash at the end", (path) => `${path}/`],
  ["two slashes", (path) => `/${path}`],
  ["two slashes inside", (path) => inLast(path, (segment) => `/${segment}`)],
  ["a dot segment", (path) => inLast(path, (segment) => `./${segment}`)],
  ["an encoded dot segment", (path) => inLast(path, (segment) => `%2e/${segment}`)],
  ["a way up and down", (path) => inLast(path, (segment) => `x/../${segment}`)],
  ["an encoded way up and down", (path) => inLast(path, (segment) => `x/%2e%2e/${segment}`)],
  ["a way up behind a semicolon", (path) => inLast(path, (segment) => `x/..;/${segment}`)],
  ["matrix parameters", (path) => `${path};x=1`],
  ["an encoded letter", (path) => inLast(path, encodedLetter)],
  ["an encoded slash", (path) => path.replace(/(?<=[^/])\/(?=[^/]*$)/, "%2f")],
  ["a backslash", (path) => path.replace(/(?<=[^/])\/(?=[^/]*$)/, "\\")],
  ["a format at the end", (path) => `${path}.json`],
  ["an encoded space at the end", (path) => `${path}%20`],
  ["a NUL at the end", (path) => `${path}%00`],
  ["an encoded question mark", (path) => `${path}%3f`],
];
const REWRITES = ["X-Original-URL", "X-Rewrite-URL", "X-Original-URI"];
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

export const pathSpellings: OperationProbe = {
  id: "path-spellings",
  rules: ["dynamic.path-bypass"],
  per: "operation",
  async *run(subject, context) {
    if (subject.isPublic || !subject.isSafe) return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined) return;
    const good = await context.client.send(allowed.wire);
    if (!isServed(good)) return;
    for (const caller of await strangers(subject, context)) {
      const plain = context.requests.wire(subject, allowed.values, caller);
      const refused = await context.client.send(plain);
      // Where they are let in as it is, that is another finding.
      if (!REFUSED.has(refused.reply?.status ?? 0)) continue;
      for (const [what, wire] of ways(plain, context)) {
        const tried = await context.client.send(wire);
        const isThrough = isServed(tried) && isSameKind(tried, good) && (await isNothingElse(tried, good, context));
        // An open path is let through, with a field that the gate takes away.
        if (!isThrough && (isRewrite(what) || !isPassed(tried, context))) continue;
        yield context.finding({
          rule: "dynamic.path-bypass",
          subject,
          parameter: isRewrite(what) ? `header ${what}` : "path",
          what,
          message: isThrough
            ? `By ${what}, ${caller.name} gets what ${subject.operation.method} ${subject.operation.template} refuses`
            : `By ${what}, ${caller.name} gets past the gate; the API refuses`,
          confidence: isThrough ? "certain" : "firm",
          ...(isThrough ? {} : { severity: "high" as const }),
          evidence: [good, refused, tried],
          say: ["Who may is answered.", "Who may not is refused.", "The same in another spelling."],
        });
      }
    }
  },
};

/** Nobody; and someone without any rights, where only some people may. */
async function strangers({ policy }: Subject, { callers }: ProbeContext): Promise<readonly Caller[]> {
  if (policy.roles === undefined && policy.permissions === undefined) return [callers.nobody];
  const weak = await callers.withRights({ scopes: [], roles: [], permissions: [] }, "b");
  return weak === undefined ? [callers.nobody] : [callers.nobody, weak];
}

function* ways(plain: Wire, context: ProbeContext): Generator<readonly [what: string, wire: Wire]> {
  const path = pathOf(plain);
  for (const [what, spell] of SPELLINGS) if (spell(path) !== path) yield [what, withPath(plain, spell(path))];
  const open = context.subjects.find(
    ({ isPublic, isSafe, operation }) => isPublic && isSafe && !operation.template.includes("{"),
  );
  const target = open?.operation.template ?? "/";
  for (const name of REWRITES) yield [name, { ...plain, target, fields: [...plain.fields, [name, plain.target]] }];
}

function isRewrite(what: string): boolean {
  return REWRITES.includes(what);
}

/** The answer is what who may got: as JSON with the same members, or the same bytes. */
function isSameKind(tried: Exchange, good: Exchange): boolean {
  return shapeOf(tried) === shapeOf(good);
}

/** Who answers so to anything was not reached by a spelling. */
async function isNothingElse(tried: Exchange, good: Exchange, context: ProbeContext): Promise<boolean> {
  const { wire } = tried;
  const word = freshWord(context);
  const rewritten = wire.fields.map(([name, value]) =>
    REWRITES.includes(name) ? ([name, `/${word}`] as const) : ([name, value] as const),
  );
  const isRewritten = wire.fields.some(([name]) => REWRITES.includes(name));
  const elsewhere = isRewritten ? { ...wire, fields: rewritten } : withPath(wire, `/${word}`);
  return !isSameKind(await context.client.send(elsewhere), good);
}

function shapeOf({ reply }: Exchange): string {
  if (reply === undefined) return "";
  try {
    const value: unknown = JSON.parse(reply.body.toString("utf8"));
    const names = (one: unknown) => Object.keys(Object(one) as object).sort();
    return `${reply.status} ${Array.isArray(value) ? `a list: ${names(value[0]).join(" ")}` : names(value).join(" ")}`;
  } catch {
    return `${reply.status} ${reply.body.toString("latin1")}`;
  }
}
