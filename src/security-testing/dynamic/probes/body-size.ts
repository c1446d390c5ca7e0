// Sends a body that is larger than what may be sent, in order otherwise: white space weighs, too (CWE-770).
import { type Ground, groundOf, isRefusedInput, isStopped, isSuccess } from "../inputs/ground.ts";
import { isJson } from "../inputs/slot.ts";
import type { OperationProbe } from "../probe.ts";

const UNLIMITED = "dynamic.body-unlimited";
const REFUSED = "dynamic.input-refused";
/** Beside the gate nobody knows a limit: so much is more than anybody expects. */
const LARGE_BYTES = 4 * 1024 * 1024;
const SENT_BYTES_MAX = 24 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

export const bodySize: OperationProbe = {
  id: "body-size",
  rules: [UNLIMITED, REFUSED],
  per: "operation",
  async *run(subject, context) {
    const { operation, policy } = subject;
    const { bodyBytesMax, requests } = policy.validation;
    const isGate = context.target.layer === "gate";
    if (operation.requestBody === undefined || (isGate && requests !== "enforce")) return;
    const bytes = isGate ? bodyBytesMax + 1 : Math.max(LARGE_BYTES, 2 * bodyBytesMax);
    if (bytes > SENT_BYTES_MAX) return;
    const ground = await groundOf(subject, context);
    if ("why" in ground || isRefusedInput(ground.before.reply)) return;
    if (!isGate && !isSuccess(ground.before)) return;
    const large = padded(ground, bytes);
    if (large === undefined) return;
    const sent = await ground.send({ ...ground.values, body: large }, { timeoutMs: TIMEOUT_MS });
    const route = `${operation.method} ${operation.template}`;
    if (sent !== undefined && !isStopped(sent) && !isRefusedInput(sent.reply) && (isGate || isSuccess(sent))) {
      const isTaken = isSuccess(sent);
      const amount = isGate ? `${bytes} bytes, where the policy allows ${bodyBytesMax}` : `${bytes / 1024 / 1024} MiB`;
      yield context.finding({
        rule: UNLIMITED,
        subject,
        parameter: "body",
        what: "size",
        message: `${route}: ${isTaken ? "reads" : "the gate lets through"} a body of ${amount}`,
        ...(isTaken ? {} : { severity: "low" as const }),
        evidence: [{ ...sent, wire: { ...sent.wire, body: `${large.subarray(0, 200).toString("utf8")}…` } }],
        say: [`in order but for its size of ${bytes} bytes: the rest is white space`],
      });
    }
    if (!isGate) return;
    const fitting = await ground.send(
      { ...ground.values, body: padded(ground, bodyBytesMax) },
      { timeoutMs: TIMEOUT_MS },
    );
    if (fitting?.reply.reason !== "validation.body-too-large") return;
    yield context.finding({
      rule: REFUSED,
      subject,
      parameter: "body",
      what: "size",
      message: `${route}: the gate refuses a body of ${bodyBytesMax} bytes, which the policy allows`,
      evidence: [],
    });
  },
};

/** The same for whoever reads it. Undefined where bytes cannot be added without a meaning, or it is larger already. */
function padded({ values: { body, mediaType = "" } }: Ground, bytes: number): Buffer | undefined {
  const isPaddable = isJson(mediaType) || /[/+]xml\b/.test(mediaType);
  if (!isPaddable || body === undefined) return undefined;
  const text = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return text.length > bytes ? undefined : Buffer.concat([text, Buffer.alloc(bytes - text.length, 0x20)]);
}
