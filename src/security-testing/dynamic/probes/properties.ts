// Property level, requests: what callers should not set is sent along and then read back, with what was there before.
import type { Confidence, Finding } from "../../finding.ts";
import { DeclaredPlace } from "../../../validation/declared-place.ts";
import { SchemaCompiler } from "../../../validation/schema-compiler.ts";
import { allowedRequest, isPassed, isServed } from "../answers.ts";
import { answerSchema, bodySchema, declaredProperties, isOpen } from "../objects/bodies.ts";
import {
  type Candidate,
  type Cast,
  isTakenOver,
  marker,
  readOnlyCandidates,
  undeclaredCandidates,
  withValue,
} from "../objects/candidates.ts";
import { Writing } from "../objects/writing.ts";
import type { Caller } from "../callers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import { routeOf, type Subject } from "../subject.ts";
import { type Exchange, jsonOf } from "../wire.ts";

const METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
/** Where all at once are refused, each is sent alone. */
const ALONE_MAX = 10;

export const properties: OperationProbe = {
  id: "properties",
  per: "operation",
  rules: ["dynamic.property-assigned", "dynamic.read-only-accepted"],
  async *run(subject, context) {
    const { operation } = subject;
    const schema = bodySchema(operation);
    if (!METHODS.has(operation.method) || schema === undefined) return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined || !context.mayChange(subject, allowed.isOwn)) return;
    const { caller: a, values } = allowed;
    const b = await context.callers.allowed(operation.id, "b");
    const writing = new Writing(context, subject, values, { a, b });
    const cast: Cast = {
      own: a.subject,
      another: b?.subject,
      roles: Object.keys(context.settings.authorization.roles),
      random: context.random,
    };
    const search = new Search(context, subject, writing);
    const plain = await writing.write(writing.body);
    if (!isServed(plain.written)) return;
    const { set } = context.api;
    const sent = new SchemaCompiler(set).check(schema, "request");
    // Where one of several alternatives may be sent with it, it may be sent.
    const readOnly = readOnlyCandidates(declaredProperties(set, schema), plain.object, cast).filter(
      ({ at, value }) => !sent.fits(withValue(writing.body, at, value)),
    );
    yield* search.alone(readOnly, plain.read ?? plain.written);
    if (isOpen(set, schema)) return;
    const place = new DeclaredPlace(set, [schema]);
    const ofAnswer = plain.written.reply && answerSchema(operation, plain.written.reply);
    const declared = ofAnswer === undefined ? [] : declaredProperties(set, ofAnswer);
    const candidatesIn = (object: unknown) =>
      undeclaredCandidates((name) => place.member(name) !== undefined, object, declared, cast);
    if (plain.read !== undefined && plain.object !== undefined) {
      const all = candidatesIn(plain.object);
      const isGiven = ({ value }: Candidate) => operation.method !== "POST" && value === (cast.another ?? "another");
      const kept = all.filter((one) => !isGiven(one));
      yield* search.together(kept, plain.read, marker(cast));
      // What was given away its owner can change no more: that comes last, and what answers show before what is guessed.
      const given = all.filter(isGiven);
      yield* search.alone(
        given.filter(({ isShown }) => isShown),
        plain.read,
      );
      yield* search.together(
        given.filter(({ isShown }) => !isShown),
        plain.read,
        marker(cast),
      );
    } else if (operation.method === "POST" && plain.written.reply !== undefined) {
      const shown = candidatesIn(jsonOf(plain.written.reply)).filter(({ isShown }) => isShown);
      yield* search.answered(shown, plain.written, a, marker(cast));
    }
  },
};

class Search {
  readonly #context: ProbeContext;
  readonly #subject: Subject;
  readonly #writing: Writing;

  constructor(context: ProbeContext, subject: Subject, writing: Writing) {
    this.#context = context;
    this.#subject = subject;
    this.#writing = writing;
  }

  async *alone(candidates: readonly Candidate[], before: Exchange): AsyncGenerator<Finding> {
    for (const candidate of candidates) {
      const body = withValue(this.#writing.body, candidate.at, candidate.value);
      // oxlint-disable-next-line no-await-in-loop -- one after the other: each is read back before the next
      const { written, read, object } = await this.#writing.write(body);
      if (read === undefined || !isTakenOver(candidate, object)) {
        if (candidate.isReadOnly && this.#isLetThrough(written)) yield this.#letThrough(candidate, written);
        continue;
      }
      yield this.#found(candidate, [before, written, read]);
      // oxlint-disable-next-line no-await-in-loop
      await this.#putBack(candidate);
    }
  }

  /** All in one request: an API that takes over what it should not is rare, and asking for each would be many requests. */
  async *together(candidates: readonly Candidate[], before: Exchange, nonsense: string): AsyncGenerator<Finding> {
    if (candidates.length === 0) return;
    const all: unknown = candidates.reduce<unknown>(
      (body, { at, value }) => withValue(body, at, value),
      withValue(this.#writing.body, `/${nonsense}`, nonsense),
    );
    const { read, object } = await this.#writing.write(all);
    if (read === undefined) {
      yield* this.alone(candidates.slice(0, ALONE_MAX), before);
      return;
    }
    const keepsAll = isTakenOver(
      { at: `/${nonsense}`, isReadOnly: false, isShown: false, before: undefined, value: nonsense },
      object,
    );
    // Who keeps whatever is sent keeps `isAdmin`, too, and it need not mean anything: what was shown before means something.
    const taken = candidates.filter((one) => isTakenOver(one, object) && (one.isShown || !keepsAll));
    yield* this.alone(taken, before);
  }

  /**
   * What is made and cannot be read: its own answer shows what the API chose, and then what was sent in place of it. An API that
   * answers whatever it was sent proves nothing.
   */
  async *answered(
    candidates: readonly Candidate[],
    before: Exchange,
    caller: Caller,
    nonsense: string,
  ): AsyncGenerator<Finding> {
    const { client, requests } = this.#context;
    for (const candidate of candidates.slice(0, ALONE_MAX)) {
      // oxlint-disable-next-line no-await-in-loop -- another each time: many things are there once only
      const values = await requests.prepare(this.#subject, caller);
      if ("why" in values) return;
      const body = withValue(withValue(values.body, `/${nonsense}`, nonsense), candidate.at, candidate.value);
      // oxlint-disable-next-line no-await-in-loop
      const made = await client.send(requests.wire(this.#subject, { ...values, body }, caller));
      const said = made.reply && isServed(made) ? jsonOf(made.reply) : undefined;
      if (!isTakenOver(candidate, said) || JSON.stringify(said).includes(nonsense)) continue;
      yield this.#found(candidate, [before, made], "tentative");
    }
  }

  /** The gate is to refuse what is read-only (I12), whatever the API makes of it. */
  #isLetThrough(written: Exchange): boolean {
    return isPassed(written, this.#context) && this.#subject.policy.validation.requests === "enforce";
  }

  #letThrough({ at }: Candidate, written: Exchange): Finding {
    return this.#context.finding({
      rule: "dynamic.read-only-accepted",
      subject: this.#subject,
      parameter: `body ${at}`,
      what: "let through",
      message: `${routeOf(this.#subject)}: the gate lets ${at} through, which is read-only`,
      severity: "medium",
      evidence: [written],
      say: [`${at} is sent along, and the API answers`],
    });
  }

  #found(
    { at, isReadOnly, before }: Candidate,
    evidence: readonly Exchange[],
    confidence: Confidence = "certain",
  ): Finding {
    const what = isReadOnly ? "which is read-only," : "which its body does not declare,";
    return this.#context.finding({
      rule: isReadOnly ? "dynamic.read-only-accepted" : "dynamic.property-assigned",
      subject: this.#subject,
      parameter: `body ${at}`,
      what: "taken over",
      message: `${routeOf(this.#subject)} takes over ${at}, ${what} from whoever sends it`,
      confidence,
      evidence,
      say: [
        before === undefined ? `before, there is no ${at}` : `before, ${at} is another`,
        confidence === "certain" ? `${at} is sent along` : `${at} is sent along, and answered as it was sent`,
        `${at} is read back as it was sent`,
      ],
    });
  }

  async #putBack({ at, before }: Candidate): Promise<void> {
    if (this.#subject.operation.method === "POST" || before === undefined) return;
    await this.#writing.write(withValue(this.#writing.body, at, before));
  }
}
