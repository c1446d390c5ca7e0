// State: a create that is refused must leave nothing behind. The caller's list tells.
import type { Finding } from "../../finding.ts";
import type { Caller } from "../callers.ts";
import { allowedRequest } from "../answers.ts";
import { bodySchema, declaredProperties } from "../objects/bodies.ts";
import { holds, listed, newItems } from "../objects/lists.ts";
import { lookBy } from "../objects/made.ts";
import { marked } from "../objects/marks.ts";
import { listOf } from "../objects/sharing.ts";
import { isSuccess, leavesOf } from "../objects/reading.ts";
import { withValue } from "../objects/candidates.ts";
import { unfitValues } from "../objects/unfit.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import { routeOf, type Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";

const ATTEMPTS_MAX = 12;

export const failedCreate: OperationProbe = {
  id: "failed-create",
  per: "operation",
  rules: ["dynamic.failed-create-left"],
  async *run(subject, context) {
    const { operation } = subject;
    const schema = bodySchema(operation);
    const list = listOf(context, operation.template);
    if (operation.method !== "POST" || schema === undefined || list === undefined) return;
    const { callers, requests, api, random } = context;
    const allowed = await allowedRequest(subject, context);
    const reader = await callers.allowed(list.operation.id, "a");
    if (allowed === undefined || reader === undefined || !context.mayChange(subject, allowed.isOwn)) return;
    const { caller: a, values } = allowed;
    const reading = lookBy(list, values.path);
    if (reading === undefined) return;
    const attempt = new Attempt(context, subject, a, { list, reader, values: reading.values });
    const unfit = declaredProperties(api.set, schema)
      .filter(({ at }) => !at.slice(1).includes("/"))
      .flatMap((declared) => {
        const sample = () => requests.sample(declared.schema);
        return unfitValues(declared, random, sample).map((value) => ({ at: declared.at, value }));
      })
      .slice(0, ATTEMPTS_MAX);
    const found = new Set<string>();
    for (const { at, value } of unfit) {
      if (found.has(at)) continue;
      // oxlint-disable-next-line no-await-in-loop -- the list tells what each left
      const finding = await attempt.run(values, at, value);
      if (finding === undefined) continue;
      found.add(at);
      yield finding;
    }
  },
};

interface List {
  readonly list: Subject;
  readonly reader: Caller;
  readonly values: RequestValues;
}

class Attempt {
  readonly #context: ProbeContext;
  readonly #subject: Subject;
  readonly #a: Caller;
  readonly #list: List;
  #before: Exchange | undefined;

  constructor(context: ProbeContext, subject: Subject, a: Caller, list: List) {
    this.#context = context;
    this.#subject = subject;
    this.#a = a;
    this.#list = list;
  }

  async run(values: RequestValues, at: string, value: unknown): Promise<Finding | undefined> {
    const { client, requests, api, random } = this.#context;
    const before = (this.#before ??= await this.#look());
    if (!isSuccess(before.reply)) return undefined;
    const { body, mark } = marked(api.set, this.#subject.operation, values.body, random);
    const sent = withValue(body, at, value);
    const refused = await client.send(requests.wire(this.#subject, { ...values, body: sent }, this.#a));
    const { reply } = refused;
    if (reply !== undefined && reply.status < 400) this.#before = undefined;
    // What the gate refuses never came to where it could be left.
    if (reply === undefined || reply.from !== "api" || reply.status < 400 || reply.status >= 500) return undefined;
    const after = await this.#look();
    const left = newItems(listed(before.reply), listed(after.reply));
    this.#before = after;
    const isOurs = left.some((item) => {
      const leaves = [...leavesOf(item).values()];
      return mark === undefined ? holds([item], value) : leaves.includes(JSON.stringify(mark));
    });
    if (!isOurs) return undefined;
    return this.#context.finding({
      rule: "dynamic.failed-create-left",
      subject: this.#subject,
      parameter: `body ${at}`,
      what: "left",
      message: `${routeOf(this.#subject)} refuses a body with ${reply.status}, and what it describes is in ${routeOf(this.#list.list)} afterwards`,
      evidence: [before, refused, after],
      say: ["the list before", `what is refused with ${reply.status}`, "the list afterwards has it"],
    });
  }

  #look(): Promise<Exchange> {
    const { list, reader, values } = this.#list;
    return this.#context.client.send(this.#context.requests.wire(list, values, reader));
  }
}
