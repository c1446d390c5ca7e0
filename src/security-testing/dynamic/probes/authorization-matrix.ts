// The matrix of authorization: each operation asked by everybody who differs in one thing from who may, and what the policy says of each.
import type { Finding, Untested } from "../../finding.ts";
import type { Caller } from "../callers.ts";
import { Entitlement } from "../callers/entitlement.ts";
import { variationsOf } from "../callers/variations.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";
import { isAlike, trialOf, valuesFor } from "./believed-forgeries.ts";
import { isRefusedBehind, severityOf, verdictOf, whoOf } from "./verdicts.ts";

interface Row {
  readonly caller: Caller;
  /** As messages say it. */
  readonly name: string;
  /** Rows of one kind are one flaw. */
  readonly kind: string;
  readonly rule: string;
}

export const authorizationMatrix: OperationProbe = {
  id: "authorization-matrix",
  rules: ["dynamic.access-unexpected", "dynamic.refusal-unexpected"],
  per: "operation",
  async *run(subject, context) {
    const { operation } = subject;
    const what = `who may use ${operation.method} ${operation.template}`;
    const caller = await context.callers.allowed(operation.id);
    const values = await valuesFor(subject, caller ?? context.callers.nobody, context);
    if (values === undefined) {
      const invented = context.requests.invent(subject);
      if ("why" in invented) yield context.untested(what, invented.why);
      else yield context.untested(what, "no request can be made that harms nothing", true);
      return;
    }
    const table = new Table(subject, values, caller, context);
    if (!subject.isPublic) yield* table.strangers();
    if (context.target.layer === "gate") yield* table.entitled();
    if (!subject.isPublic && caller === undefined) {
      const isApis = isJudgedByApi(subject, context);
      const why = isApis
        ? "only the API judges its credentials"
        : "nobody in this run has the credentials that it takes";
      yield context.untested(what, why, isApis);
    }
  },
};

class Table {
  readonly #subject: Subject;
  #values: RequestValues;
  readonly #allowed: Caller | undefined;
  readonly #context: ProbeContext;
  /** What somebody gets who may; asked once it matters. */
  #good: Promise<Exchange> | undefined;

  constructor(subject: Subject, values: RequestValues, allowed: Caller | undefined, context: ProbeContext) {
    this.#subject = subject;
    this.#values = values;
    this.#allowed = allowed;
    this.#context = context;
  }

  /** Nobody of these may come in. */
  async *strangers(): AsyncGenerator<Finding | Untested> {
    const { policy } = this.#subject;
    const isGate = this.#context.target.layer === "gate";
    if (isGate && policy.authenticationMode === "monitor") return;
    const nobody: Row = {
      caller: this.#context.callers.nobody,
      name: "somebody without a credential",
      kind: "anonymous",
      rule: "dynamic.access-unexpected",
    };
    const open = await this.#tried(nobody);
    // Where nobody is asked who they are, nothing else can be told apart.
    if (open !== undefined) {
      yield open;
      return;
    }
    const rows = [
      ...(isGate && policy.authorizationMode === "monitor" ? [] : await this.#lacking()),
      ...(await this.#forged()),
    ];
    const found = new Set<string>();
    for (const row of rows) {
      if (found.has(row.kind)) continue;
      const finding = await this.#tried(row);
      if (finding === undefined) continue;
      found.add(row.kind);
      yield finding;
    }
  }

  /** Everybody of these may; the gate is to let them through. */
  async *entitled(): AsyncGenerator<Finding | Untested> {
    const { policy, isPublic } = this.#subject;
    const rows: (readonly [name: string, caller: Caller, kind?: string])[] = [
      ...(this.#allowed === undefined ? [] : [["somebody with all that is asked for", this.#allowed] as const]),
      ...(await this.#variations(true)),
    ];
    const asksNothing = policy.roles === undefined && policy.permissions === undefined;
    if (isPublic && asksNothing && policy.authenticationLevel === undefined)
      rows.unshift(["somebody without a credential", this.#context.callers.nobody]);
    for (const [name, caller] of rows) {
      const first = await this.#send(caller);
      if (!isRefusedByGate(first)) continue;
      const second = await this.#send(caller);
      if (!isRefusedByGate(second)) continue;
      const reason = second.reply?.reason ?? "";
      yield this.#context.finding({
        rule: "dynamic.refusal-unexpected",
        subject: this.#subject,
        what: reason,
        message: `The gate refuses ${this.#subject.operation.id} to ${name} (${reason}), whom the policy lets in`,
        confidence: reason.startsWith("validation.") ? "firm" : "certain",
        evidence: [second],
        say: [`As ${name}.`],
      });
      return;
    }
  }

  async #tried({ caller, name, kind, rule }: Row): Promise<Finding | undefined> {
    const exchange = await this.#send(caller);
    if (verdictOf(exchange) !== "passed") return undefined;
    const isChanged = !this.#subject.isSafe && exchange.reply?.from === "api";
    if (isChanged) await this.#renew();
    // Some APIs answer everything with 200: what only looks like a success is none.
    const good = exchange.layer === "upstream" ? await this.#goodAnswer() : undefined;
    if (good !== undefined && !isAlike(exchange, good)) return undefined;
    if (exchange.layer === "upstream" && good === undefined && this.#allowed !== undefined) return undefined;
    const { operation } = this.#subject;
    const behind = isRefusedBehind(exchange) ? ", and only the API behind it refuses" : "";
    return this.#context.finding({
      rule,
      subject: this.#subject,
      ...(rule === "dynamic.access-unexpected" ? {} : { parameter: "header Authorization" }),
      what: kind,
      message: `${whoOf(exchange)} lets ${name} use ${operation.id}${behind}`,
      severity: severityOf(rule, exchange),
      evidence: [exchange, ...(good === undefined ? [] : [good])],
      say: [`As ${name}.`, "As somebody who may."],
    });
  }

  async #lacking(): Promise<Row[]> {
    const rows = await this.#variations(false);
    return rows.map(([name, caller, kind]) => ({ caller, name, kind, rule: "dynamic.access-unexpected" }));
  }

  async #variations(mayPass: boolean): Promise<(readonly [name: string, caller: Caller, kind: string])[]> {
    const { callers, settings } = this.#context;
    const entitlement = new Entitlement(settings);
    const way = entitlement.wayIn(this.#subject.policy);
    if (way === undefined || this.#allowed === undefined) return [];
    const rows: (readonly [string, Caller, string])[] = [];
    for (const row of variationsOf(this.#subject.policy, way, entitlement)) {
      if (row.mayPass !== mayPass) continue;
      const caller = await callers.withRights(row.rights, "a", this.#subject.operation.id);
      if (caller !== undefined) rows.push([row.name, caller, row.kind]);
    }
    return rows;
  }

  /** But for what is believed at every operation that is entered alike: that is one finding of its own. */
  async #forged(): Promise<Row[]> {
    const { callers, target } = this.#context;
    const trial = await trialOf(this.#subject, this.#context);
    const everywhere = new Set(trial?.believed.map(({ forged }) => forged.rule));
    return (await callers.forged(this.#subject.operation.id))
      .filter(
        ({ isCore, only, rule }) => isCore && (only !== "gate" || target.layer === "gate") && !everywhere.has(rule),
      )
      .map(({ caller, name, rule }) => ({ caller, name: `somebody with ${name}`, kind: `${rule} ${name}`, rule }));
  }

  /** Undefined where who may gets nothing either. */
  async #goodAnswer(): Promise<Exchange | undefined> {
    if (this.#allowed === undefined) return undefined;
    const good = await (this.#good ??= this.#send(this.#allowed).then(async (exchange) => {
      if (!this.#subject.isSafe) await this.#renew();
      return exchange;
    }));
    return verdictOf(good) === "passed" ? good : undefined;
  }

  #send(caller: Caller): Promise<Exchange> {
    return this.#context.client.send(this.#context.requests.wire(this.#subject, this.#values, caller));
  }

  /** What was there may have been used up. */
  async #renew(): Promise<void> {
    const { callers } = this.#context;
    this.#values = (await valuesFor(this.#subject, this.#allowed ?? callers.nobody, this.#context)) ?? this.#values;
  }
}

/** So says the configuration of each way in: such credentials a run cannot make. */
function isJudgedByApi({ policy }: Subject, { settings }: ProbeContext): boolean {
  const entitlement = new Entitlement(settings);
  return policy.alternatives.every((way) =>
    way.some(({ scheme }) => entitlement.schemeOf(scheme)?.kind === "checked-by-upstream"),
  );
}

/** By what a gate says of requests; limits, faults and answers of the API are none of it. */
function isRefusedByGate({ reply }: Exchange): boolean {
  const reason = reply?.reason ?? "";
  if (reason === "authentication.keys-unavailable" || reason === "authentication.proofs-exhausted") return false;
  if (/^(?:authentication|authorization)\./.test(reason)) return true;
  return /^validation\.(?:request|body|media|content|injection|operation|method)-/.test(reason);
}
