// Sends the whole set of forged credentials to one operation for each way to come in, once in a run for each layer.
import type { Caller, Forged } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";
import { seen } from "./seen.ts";
import { type Verdict, verdictOf } from "./verdicts.ts";

export interface Believed {
  readonly forged: Forged;
  /** It was sent twice, and passed twice. */
  readonly exchanges: readonly Exchange[];
}

/** What one way to come in believes. */
export interface Trial {
  readonly subject: Subject;
  readonly good: Exchange;
  readonly nobody: Exchange;
  readonly believed: readonly Believed[];
  /** Good credentials in other forms that the gate refused twice. */
  readonly refused: readonly { readonly caller: Caller; readonly exchange: Exchange }[];
  /** Its address was asked for. */
  readonly fetched: boolean;
  /** Two tokens by a stranger's key that were refused in other words, twice. */
  readonly told: readonly [Refused, Refused] | undefined;
}

export interface Refused {
  readonly forged: Forged;
  readonly exchange: Exchange;
}

interface Chosen {
  readonly subject: Subject;
  readonly values: RequestValues;
  readonly good: Exchange;
  readonly nobody: Exchange;
}

/** Operations that are tried until one tells good credentials from none. */
const TRIED_MAX = 6;
const FETCHED_WITHIN_MS = 300;

const trials = new WeakMap<ProbeContext["client"], Map<string, Promise<Trial | undefined>>>();

/** Operations that are entered alike, by what tells them apart. */
export function wayKey({ policy }: Subject): string {
  const { alternatives, authenticationMode, authenticationLevel } = policy;
  const schemes = alternatives.map((alternative) => alternative.map(({ scheme }) => scheme));
  return JSON.stringify([schemes, authenticationMode, authenticationLevel?.value]);
}

/** Undefined where no operation of that way tells good credentials from none. */
export function trialOf(subject: Subject, context: ProbeContext): Promise<Trial | undefined> {
  const known = trials.get(context.client) ?? new Map<string, Promise<Trial | undefined>>();
  trials.set(context.client, known);
  const key = wayKey(subject);
  const trial = known.get(key) ?? tryWay(key, context);
  known.set(key, trial);
  return trial;
}

async function tryWay(key: string, context: ProbeContext): Promise<Trial | undefined> {
  const chosen = await choose(
    context.subjects.filter((subject) => wayKey(subject) === key),
    context,
  );
  if (chosen === undefined) return undefined;
  const { subject, values, good, nobody } = chosen;
  const listener = await context.listener();
  const url = listener.url();
  const believed: Believed[] = [];
  const strangers: Refused[] = [];
  for (const forged of await context.callers.forged(subject.operation.id, url)) {
    // What is wrong with rights is each operation's own.
    if (forged.rule === "dynamic.access-unexpected") continue;
    if (forged.only === "gate" && context.target.layer !== "gate") continue;
    const send = () => context.client.send(context.requests.wire(subject, values, forged.caller));
    const first = await send();
    if (forged.isStrangers === true && verdictOf(first) === "refused") strangers.push({ forged, exchange: first });
    if (!isAlike(first, good)) continue;
    const second = await send();
    if (isAlike(second, good)) believed.push({ forged, exchanges: [first, second] });
  }
  return {
    subject,
    good,
    nobody,
    believed,
    refused: await refusedForms(chosen, context),
    fetched: await listener.came(url, FETCHED_WITHIN_MS),
    told: await toldApart(strangers, (forged) =>
      context.client.send(context.requests.wire(subject, values, forged.caller)),
    ),
  };
}

/** Once is an accident, or somebody's limit. */
async function toldApart(
  strangers: readonly Refused[],
  send: (forged: Forged) => Promise<Exchange>,
): Promise<readonly [Refused, Refused] | undefined> {
  const [first, ...others] = strangers;
  if (first === undefined) return undefined;
  const words = ({ forged, exchange }: Refused) =>
    seen(
      exchange,
      forged.caller.fields.flatMap(([, value]) => value.split(" ").filter(({ length }) => length > "Bearer".length)),
    );
  for (const other of others) {
    if (words(first) === words(other)) continue;
    const again = [
      { ...first, exchange: await send(first.forged) },
      { ...other, exchange: await send(other.forged) },
    ] as const;
    if (words(again[0]) === words(first) && words(again[1]) === words(other)) return again;
  }
  return undefined;
}

async function refusedForms({ subject, values }: Chosen, context: ProbeContext): Promise<Trial["refused"]> {
  if (context.target.layer !== "gate") return [];
  const refused: { caller: Caller; exchange: Exchange }[] = [];
  for (const caller of await context.callers.alike(subject.operation.id)) {
    const send = () => context.client.send(context.requests.wire(subject, values, caller));
    if (verdictOf(await send()) !== "refused") continue;
    const exchange = await send();
    if (verdictOf(exchange) === "refused") refused.push({ caller, exchange });
  }
  return refused;
}

/** Passed, as good credentials do: beside the gate with the same status. */
export function isAlike(exchange: Exchange, good: Exchange): boolean {
  if (verdictOf(exchange) !== "passed") return false;
  return exchange.layer === "gate" || exchange.reply?.status === good.reply?.status;
}

/** What only reads and names nothing first. */
async function choose(subjects: readonly Subject[], context: ProbeContext): Promise<Chosen | undefined> {
  const cost = ({ isSafe, operation: { template, parameters } }: Subject) =>
    (isSafe ? 0 : 100) + (template.split("{").length - 1) * 10 + parameters.length;
  for (const subject of subjects.toSorted((a, b) => cost(a) - cost(b)).slice(0, TRIED_MAX)) {
    const caller = await context.callers.allowed(subject.operation.id);
    if (caller === undefined) continue;
    const values = await valuesFor(subject, caller, context);
    if (values === undefined) continue;
    const asked = async (who: Caller): Promise<[Exchange, Verdict]> => {
      const exchange = await context.client.send(context.requests.wire(subject, values, who));
      return [exchange, verdictOf(exchange)];
    };
    const [nobody, refused] = await asked(context.callers.nobody);
    if (refused !== "refused") continue;
    const [good, passed] = await asked(caller);
    if (passed === "passed") return { subject, values, good, nobody };
  }
  return undefined;
}

/** Values whose request harms nothing, whoever is let in with it. */
export async function valuesFor(
  subject: Subject,
  caller: Caller,
  context: ProbeContext,
): Promise<RequestValues | undefined> {
  const made = await context.requests.prepare(subject, caller);
  if (!("why" in made) && context.mayChange(subject, context.requests.isOwn(subject, made))) return made;
  const invented = context.requests.invent(subject);
  if ("why" in invented) return undefined;
  // What names nothing that is there changes nothing; without a name it would.
  return subject.isSafe || Object.keys(invented.path).length > 0 ? invented : undefined;
}
