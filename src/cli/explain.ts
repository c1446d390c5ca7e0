// `portcullis explain GET /orders/7`: what would happen to this request, guard by guard, with the line behind each.
import { randomUUID } from "node:crypto";
import {
  compose,
  type Composition,
  offlinePorts,
  type PlannedGuard,
  type PlannedWithholding,
} from "../configuration/compose.ts";
import { Exchange, NO_BODY, type RequestHead } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import type { RequestGuard } from "../core/guard.ts";
import type { Practice } from "../core/practice.ts";
import { REASONS } from "../core/reasons/registry.ts";
import type { Denial } from "../core/outcome.ts";
import { Matcher } from "../openapi/matcher.ts";
import type { Operation } from "../openapi/operation.ts";
import type { ApiDescription } from "../openapi/operations.ts";
import { type Colours, coloursFor } from "./colours.ts";
import { type Command, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS, loadConfiguration } from "./configuration-flags.ts";
import { type Caller, callerOf, credentialsOf, describedCaller, fieldsOf, refusals } from "./explain/caller.ts";
import { preflightLines, settledHead } from "./explain/preflights.ts";
import type { Io } from "./io.ts";
import { placeOf } from "./problems.ts";

export const explainCommand: Command = {
  name: "explain",
  summary: "show what would happen to a request, guard by guard",
  words: "<method> <target>",
  wordsMax: 2,
  options: {
    ...CONFIGURATION_OPTIONS,
    as: { value: "token.jwt", what: "a token whose bearer asks; - for standard input" },
    "as-key": { value: "file", what: "an API key whose user asks, alone or beside the token; - for standard input" },
    keys: { value: "jwks.json", what: "keys that check the token, where the configuration names no file of them" },
  },
  notes: [
    "Example: portcullis explain GET '/orders/7?status=paid'",
    "         portcullis explain --as token.jwt --keys jwks.json POST /orders/7/refund",
    "Nothing is sent, and no issuer is asked: the request is taken without a body, and without credentials unless they are given.",
  ],
  run: explain,
};

async function explain(given: Given, io: Io): Promise<number> {
  const [first, second] = given.words;
  const method = (second === undefined ? "GET" : (first as string)).toUpperCase();
  const target = second ?? first;
  if (second !== undefined && !second.startsWith("/")) {
    throw new UsageError("the target must begin with a slash", `Write: portcullis explain ${method} /…`);
  }
  if (target === undefined || !target.startsWith("/")) {
    throw new UsageError("explain needs a method and a target", "Example: portcullis explain GET /orders/7");
  }
  const caller = await callerOf(given, io);
  const ports = { ...offlinePorts(io.cwd), ...caller?.ports };
  const composition = await compose(await loadConfiguration(given, io), ports);
  try {
    if (given.has("keys")) await Promise.all(composition.keySources.map((source) => source.ready()));
    const lines = await explanation(composition, { method, target, caller }, coloursFor(io.stdout, io.env));
    io.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    await composition.close();
  }
  return EXIT_OK;
}

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly caller: Caller | undefined;
}

async function explanation(
  composition: Composition,
  { method, target, caller }: Asked,
  colours: Colours,
): Promise<string[]> {
  const settled = settledHead(composition, method, target, caller === undefined ? [] : fieldsOf(caller, composition));
  const title = colours.bold(`${method} ${target}`);
  if ("kind" in settled) return [title, ...denialLines("refused before any guard", settled, colours)];
  const exchange = new Exchange(randomUUID(), settled, Date.now(), performance.now());
  exchange.body = NO_BODY;
  const gate = composition.policy.enter(exchange);
  if (gate.destination === "identity") return [title, ...identityLines(gate, colours)];
  const operation = gate.operation as Operation | undefined;
  const plan =
    operation === undefined
      ? composition.plans.undeclared(exchange.allow === undefined ? "operation" : "method")
      : (composition.plans.get(operation.id) ?? []);
  return [
    title,
    ...matchLines(operation, exchange, composition, colours),
    ...preflightLines(composition, { method, target }, colours),
    "",
    ...plan.flatMap((guard) => guardLines(guard, plan, colours)),
    ...(operation === undefined ? [] : withheldLines(composition.plans.withheld(operation.id), colours)),
    "",
    ...(caller === undefined
      ? verdictLines(gate, exchange, colours)
      : await callerLines(caller, { gate, exchange, plan }, colours)),
  ];
}

function withheldLines(withheld: PlannedWithholding | undefined, colours: Colours): string[] {
  if (withheld === undefined) return [];
  const places = withheld.because.map(placeOf).join(", ");
  return [`  the API does not get ${withheld.fields.join(", ")}  ${colours.dim(places)}`];
}

/** Its own paths: no line of the document is behind them. */
function identityLines(gate: Gate, colours: Colours): string[] {
  const guards = gate.head.map(({ name, mode }) => `  head      ${name}  ${mode}`);
  return [
    `  goes to the built-in authorization server: ${colours.bold(gate.operation?.id ?? "")}`,
    "",
    ...guards,
    "",
    gate.head.some(({ practice }) => practice === "authentication")
      ? "It is described in data/administration.openapi.yaml: see docs/administration.md."
      : "It judges the request itself: see docs/identity.md.",
  ];
}

function matchLines(
  operation: Operation | undefined,
  exchange: Exchange,
  { api }: Composition,
  colours: Colours,
): string[] {
  if (operation === undefined) {
    if (exchange.allow === undefined) {
      const base = missingBasePath(api, exchange.request);
      const hint =
        base === undefined ? "" : `; its servers put ${base} before the paths: ${base}${exchange.request.path}`;
      return [`  matches no operation of the document${hint}`];
    }
    return [`  matches a path that takes ${exchange.allow} only`];
  }
  const place = colours.dim(placeOf(api.set.position(operation.at)));
  const names = operation.template.match(/\{[^}]+\}/g) ?? [];
  const values = names.map((name, i) => `  ${name.slice(1, -1)} = ${exchange.pathParameters[i] ?? ""}`);
  return [`  matches ${colours.bold(operation.id)}: ${operation.method} ${operation.template}  ${place}`, ...values];
}

/** The base path that the caller left out, where the rest is an operation's path. */
function missingBasePath(api: ApiDescription, { method, path }: RequestHead): string | undefined {
  const based = api.operations.filter(({ template, documentTemplate }) => template !== documentTemplate);
  const routes = based.map((value) => ({ method: value.method, template: value.documentTemplate, value }));
  const found = new Matcher(routes).match(method, path);
  if (found === undefined || !("value" in found)) return undefined;
  return found.value.template.slice(0, -found.value.documentTemplate.length);
}

function guardLines(guard: PlannedGuard, plan: readonly PlannedGuard[], colours: Colours): string[] {
  const width = Math.max(...plan.map((one) => one.guard.length));
  const mode = guard.mode === "enforce" ? colours.green("enforce") : colours.yellow("monitor");
  const line = `  ${guard.phase.padEnd(8)}  ${guard.guard.padEnd(width)}  ${mode}  ${guard.summary}`;
  const places = [...new Set(guard.because.map(placeOf))];
  const why = places.length === 0 ? "by default" : places.join(", ");
  return [line, `  ${" ".repeat(8 + 2 + width + 2)}         ${colours.dim(why)}`];
}

/** What validation can say of a request of which only method and target are known. */
const SEEN_WITHOUT_BODY: ReadonlySet<string> = new Set([
  "validation.parameters",
  "validation.operation-undeclared",
  "validation.method-undeclared",
]);

/** What can be said without credentials: who is asked first, and what of the request does not fit. Counters are left alone. */
function verdictLines(gate: Gate, exchange: Exchange, colours: Colours): string[] {
  const stranger = firstDenial(gate, exchange, "authentication");
  const misfit = firstDenial(gate, exchange, "validation", SEEN_WITHOUT_BODY);
  const lines =
    stranger === undefined ? [] : denialLines(`without credentials ${verb(stranger.guard)}`, stranger.denial, colours);
  const before = gate.head.some((guard) => guard.practice === "authentication") ? "with credentials that hold " : "";
  if (misfit !== undefined) lines.push(...denialLines(`${before}${verb(misfit.guard)}`, misfit.denial, colours));
  else if (before !== "") lines.push(`${before}it goes on, as far as limits and authorization allow`);
  else lines.push("it goes on, as far as limits allow");
  return lines;
}

interface Judged {
  readonly gate: Gate;
  readonly exchange: Exchange;
  readonly plan: readonly PlannedGuard[];
}

/** Who the credential speaks for, and which guard would refuse it, with the lines behind. The credential itself is never shown. */
async function callerLines(caller: Caller, { gate, exchange, plan }: Judged, colours: Colours): Promise<string[]> {
  const found = await refusals(
    gate,
    exchange,
    ({ practice, name }) =>
      practice === "authentication" ||
      practice === "authorization" ||
      (practice === "validation" && SEEN_WITHOUT_BODY.has(name)),
  );
  const isRefused = found.some(({ guard }) => guard.practice === "authentication");
  const asked = gate.head.some((guard) => guard.practice === "authentication");
  const credentials = credentialsOf(caller);
  const who = isRefused ? `the bearer of ${credentials}` : describedCaller(exchange.principal);
  const are = caller.token !== undefined && caller.key !== undefined ? "are" : "is";
  const lines = [asked ? `as ${colours.bold(who)}` : `${credentials} ${are} not looked at: the operation asks nobody`];
  if (caller.isUnchecked()) {
    lines.push(
      `  ${colours.yellow("the signature was not checked")}: no keys are at hand; give them with --keys jwks.json`,
    );
  }
  if (caller.isProofAssumed()) {
    lines.push(`  ${colours.yellow("its proof was not checked")}: the client makes one for each request, with its key`);
  }
  for (const { guard, denial } of found) {
    lines.push(...denialLines(verb(guard), denial, colours));
    const because = plan.find((one) => one.guard === guard.name)?.because ?? [];
    const places = [...new Set(because.map(placeOf))];
    if (places.length > 0) lines.push(`  ${colours.dim(`because of ${places.join(", ")}`)}`);
  }
  if (!found.some(({ guard }) => guard.mode === "enforce")) lines.push("it goes on, as far as limits allow");
  return lines;
}

function verb(guard: RequestGuard): string {
  return guard.mode === "enforce" ? `denied by ${guard.name}` : `noted by ${guard.name} and let through`;
}

function firstDenial(
  gate: Gate,
  exchange: Exchange,
  practice: Practice,
  only?: ReadonlySet<string>,
): { guard: RequestGuard; denial: Denial } | undefined {
  for (const guard of gate.head) {
    if (guard.practice !== practice || only?.has(guard.name) === false) continue;
    const outcome = guard.check(exchange);
    if (!(outcome instanceof Promise) && outcome.kind === "deny") return { guard, denial: outcome };
  }
  return undefined;
}

function denialLines(what: string, denial: Denial, colours: Colours): string[] {
  const reason = REASONS[denial.reason];
  return [
    `${what}: ${colours.red(String(reason.status))} ${denial.reason}`,
    `  ${reason.title}`,
    ...(denial.internal === undefined ? [] : [`  ${denial.internal}`]),
    ...(denial.violations ?? []).map((violation) => `  ${violation.in} ${violation.at}: ${violation.message}`),
    `  ${colours.dim(reason.remedy)}`,
  ];
}
