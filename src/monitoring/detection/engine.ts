// All rules over each event, once: which of them have seen enough. It decides nothing; whoever listens does.
import type { FieldName, FieldValue, Observation } from "./field.ts";
import { HIDDEN_FIELDS } from "./field.ts";
import { addressKey } from "../../http/addresses.ts";
import { correlatorOf, type Correlator } from "./correlators.ts";
import { Keyed, keepable } from "./keyed.ts";
import type { DetectionRule, Selection } from "./rule.ts";

export interface Detection {
  readonly rule: DetectionRule;
  /** The group, by field. Values that must not be shown are left out. */
  readonly group: Readonly<Partial<Record<FieldName, string>>>;
  /** How many events or values, or what was measured. */
  readonly measured: number;
  readonly timeMs: number;
  /** Request ids of the last events that made it up. */
  readonly examples: readonly string[];
  /** The event that made it enough; only good until the listener returns. */
  readonly last: Observation;
}

/** `allow`: told of a detection before it is one; true where it is expected of that group. */
export interface EngineOptions {
  readonly rules: readonly DetectionRule[];
  readonly onDetection: (detection: Detection) => void;
  /** Told of one about a group that was told of a short while ago, and goes on. */
  readonly onRepetition?: (detection: Detection) => void;
  readonly isAllowed?: (rule: DetectionRule, event: Observation) => boolean;
}

const OF_AN_ISSUER: ReadonlySet<FieldName> = new Set(["user.id", "portcullis.authentication.token_hash"]);
const EXAMPLES_MAX = 5;
const SILENT_MAX = 10_000;

interface Running {
  readonly rule: DetectionRule;
  readonly correlator: Correlator;
  readonly examples: Keyed<string[]>;
  /** When each group may be told of again. */
  readonly silentUntil: Keyed<{ atMs: number }>;
}

interface Asked {
  readonly running: Running;
  readonly selection: Selection;
  readonly index: number;
}

export class DetectionEngine {
  readonly #options: EngineOptions;
  readonly #byAction = new Map<string, readonly Asked[]>();
  readonly #always: readonly Asked[];
  readonly #running: readonly Running[];

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#running = options.rules.map((rule) => ({
      rule,
      correlator: correlatorOf(rule),
      examples: new Keyed({ keysMax: SILENT_MAX, keepMs: rule.timespanMs, make: () => [] }),
      silentUntil: new Keyed({
        keysMax: SILENT_MAX,
        keepMs: rule.coolDownMs,
        make: () => ({ atMs: Number.NEGATIVE_INFINITY }),
      }),
    }));
    const asked = this.#running.flatMap((running) =>
      running.rule.selections.map((selection, index): Asked => ({ running, selection, index })),
    );
    this.#always = asked.filter(({ selection }) => selection.actions === undefined);
    for (const action of new Set(asked.flatMap(({ selection }) => [...(selection.actions ?? [])]))) {
      this.#byAction.set(
        action,
        asked.filter(({ selection }) => selection.actions?.has(action) ?? true),
      );
    }
  }

  /** Groups that are remembered, by the rule's name. */
  groups(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#running.map(({ rule, correlator }) => [rule.name, correlator.groups]));
  }

  take(event: Observation): void {
    const asked = this.#byAction.get(event.read("event.action") as string) ?? this.#always;
    for (const one of asked) if (one.selection.matches(event)) this.#correlate(one, event);
  }

  #correlate({ running, index }: Asked, event: Observation): void {
    const { rule, correlator } = running;
    const group = groupOf(rule.groupBy, event);
    if (group === undefined || this.#options.isAllowed?.(rule, event) === true) return;
    const measured = correlator.take(group, event, index);
    // Of rules that learn what is usual every event is an example: the last one is enough.
    if (rule.correlation.type !== "unusual") this.#remember(running, group, event);
    if (measured === undefined) return;
    const silent = running.silentUntil.of(group, event.timeMs);
    // After a clock was set back, not until the time that it showed.
    const isSilent = event.timeMs < silent.atMs && silent.atMs - event.timeMs <= rule.coolDownMs;
    const told = isSilent ? this.#options.onRepetition : this.#options.onDetection;
    if (!isSilent) silent.atMs = event.timeMs + rule.coolDownMs;
    if (told === undefined) return;
    const examples = running.examples.peek(group) ?? [event.requestId];
    running.examples.delete(group);
    told({ rule, group: shownGroup(rule.groupBy, event), measured, timeMs: event.timeMs, examples, last: event });
  }

  #remember({ examples }: Running, group: string, event: Observation): void {
    if (event.requestId === "") return;
    const ids = examples.of(group, event.timeMs);
    ids.push(event.requestId);
    if (ids.length > EXAMPLES_MAX) ids.shift();
  }
}

/** Undefined where the event lacks one of them: it belongs to no group. */
function groupOf(fields: readonly FieldName[], event: Observation): string | undefined {
  if (fields.length === 1) {
    const value = memberOf(fields[0] as FieldName, event);
    return value === undefined ? undefined : keepable(`${value}${issuerOf(fields[0] as FieldName, event)}`);
  }
  let group = "";
  for (const name of fields) {
    const value = memberOf(name, event);
    if (value === undefined) return undefined;
    group += `${value}${issuerOf(name, event)}\u0000`;
  }
  return keepable(group);
}

/** One client has a whole network of IPv6: who takes another address of it is no other group. */
function memberOf(name: FieldName, event: Observation): FieldValue {
  const value = event.read(name);
  return name === "client.address" && typeof value === "string" && value.includes(":") ? networkOf(value) : value;
}

const NETWORKS_MAX = 1_000;
const networks = new Map<string, string>();

/** Several rules ask for that of one event, and clients come again. */
function networkOf(address: string): string {
  let network = networks.get(address);
  if (network === undefined) {
    network = addressKey(address);
    if (networks.size >= NETWORKS_MAX) networks.clear();
    networks.set(address, network);
  }
  return network;
}

/** A subject and a token's id are unique only together with their issuer: of two issuers they are two groups. */
function issuerOf(name: FieldName, event: Observation): string {
  if (!OF_AN_ISSUER.has(name)) return "";
  return `\u0001${event.read("portcullis.authentication.issuer") ?? ""}`;
}

function shownGroup(fields: readonly FieldName[], event: Observation): Detection["group"] {
  return Object.fromEntries(
    fields.filter((name) => !HIDDEN_FIELDS.has(name)).map((name) => [name, String(event.read(name))]),
  );
}
