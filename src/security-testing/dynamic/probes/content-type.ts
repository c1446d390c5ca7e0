// Sends a body in order under a media type that is not: read all the same, pages of other sites can send it (CWE-352, I07).
import { essenceOf } from "../../../http/media-type.ts";
import { MediaTable } from "../../../validation/body-media.ts";
import { groundOf, isRefusedInput, isLetThrough, isSuccess } from "../inputs/ground.ts";
import { isJson } from "../inputs/slot.ts";
import type { OperationProbe } from "../probe.ts";

const RULE = "dynamic.content-type-unchecked";
/** What a form may send without asking first, then what only the gate is to look at. */
const TYPES = ["text/plain", "application/x-www-form-urlencoded"];
const OF_GATE = ["application/json; charset=utf-7", "application/json, text/plain", undefined];

export const contentType: OperationProbe = {
  id: "content-type",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { operation, policy } = subject;
    if (operation.requestBody === undefined) return;
    const isGate = context.target.layer === "gate";
    if (isGate && policy.validation.requests !== "enforce") return;
    const ground = await groundOf(subject, context);
    if ("why" in ground || isRefusedInput(ground.before.reply)) return;
    const { mediaType } = ground.values;
    if (mediaType === undefined) return;
    // Beside the gate it matters where JSON is read, and was taken when in order.
    if (!isGate && (!isJson(mediaType) || !isSuccess(ground.before))) return;
    const table = new MediaTable(operation.requestBody.content, context.api.set);
    for (const type of isGate ? [...TYPES, ...OF_GATE] : TYPES) {
      if (
        type !== undefined &&
        (table.match(type) !== undefined || (essenceOf(type) === undefined && !isJson(mediaType)))
      )
        continue;
      const changes = type === undefined ? { without: "Content-Type" } : { fields: [["Content-Type", type] as const] };
      // oxlint-disable-next-line no-await-in-loop -- the first that is taken is enough
      const sent = await ground.send(ground.values, changes);
      if (sent === undefined || !isLetThrough(sent.reply)) continue;
      const isTaken = isSuccess(sent);
      if (!isGate && !isTaken) continue;
      const said = type === undefined ? "without a media type" : `as ${type}`;
      yield context.finding({
        rule: RULE,
        subject,
        parameter: "header Content-Type",
        what: said,
        message: `${operation.method} ${operation.template}: ${isTaken ? "reads" : "the gate lets through"} ${mediaType} that is sent ${said}`,
        ...(isTaken ? {} : { severity: "low" as const }),
        evidence: [ground.before, sent],
        say: ["in order", `the same body ${said}`],
      });
      return;
    }
  },
};
