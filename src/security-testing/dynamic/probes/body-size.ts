// Sends bodies that are larger than what may be sent, in order otherwise: white space weighs, too (CWE-770).
import type { Finding } from "../../finding.ts";
import { type Answered, type Ground, groundOf, isLetThrough, isRefusedInput, isSuccess } from "../inputs/ground.ts";
import { isJson } from "../inputs/slot.ts";
import { UNDECLARED, undueAnswer } from "../inputs/undue-answer.ts";
import type { OperationProbe } from "../probe.ts";

const UNLIMITED = "dynamic.body-unlimited";
const REFUSED = "dynamic.input-refused";
/** Beside the gate nobody knows a limit: so much is more than anybody expects. */
const LARGE_BYTES = 4 * 1024 * 1024;
const SENT_BYTES_MAX = 24 * 1024 * 1024;
const TIMEOUT_MS = 20_000;
/** Who refuses by the length that the head says does so at once. */
const HEAD_TIMEOUT_MS = 1_500;

export const bodySize: OperationProbe = {
  id: "body-size",
  rules: [UNLIMITED, REFUSED, UNDECLARED],
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
    if (!isGate) {
      const found = isSuccess(ground.before) ? await whole(ground, bytes) : undefined;
      if (found !== undefined) yield found;
      return;
    }
    const found = (await announced(ground, bytes)) ?? (await chunked(ground, bytes));
    if (found !== undefined) yield found;
    const fitting = padded(ground, bodyBytesMax);
    const sent = fitting === undefined ? undefined : await ground.send({ ...ground.values, body: fitting }, SLOW);
    if (sent === undefined) return;
    const { wire } = ground.before;
    // Many an API has a limit of its own here, and answers what nobody declares.
    const undue = undueAnswer(
      ground,
      sent,
      [{ ...sent, wire }],
      [`with white space behind it, up to ${bodyBytesMax} bytes`],
    );
    if (undue !== undefined) yield undue;
    if (sent.reply.reason !== "validation.body-too-large") return;
    const message = `${nameOf(ground)}: the gate refuses a body of ${bodyBytesMax} bytes, which the policy allows`;
    yield context.finding({ rule: REFUSED, subject, parameter: "body", what: "size", message, evidence: [] });
  },
};

const SLOW = { timeoutMs: TIMEOUT_MS };

/** A head that says what is to come: it is refused before anything comes, or else the whole shows what becomes of it. */
async function announced(ground: Ground, bytes: number): Promise<Finding | undefined> {
  const { subject, context, caller, values } = ground;
  const { body: _none, ...wire } = context.requests.wire(subject, values, caller);
  const fields = wire.fields.filter(([name]) => name.toLowerCase() !== "content-length");
  const beganMs = performance.now();
  const only = await context.client.send(
    { ...wire, fields: [...fields, ["Content-Length", String(bytes)]] },
    { timeoutMs: HEAD_TIMEOUT_MS, isFresh: true },
  );
  if (only.reply !== undefined || performance.now() - beganMs < HEAD_TIMEOUT_MS) return undefined;
  const found = await whole(ground, bytes);
  if (found !== undefined) return found;
  return context.finding({
    rule: UNLIMITED,
    subject,
    parameter: "body",
    what: "announced",
    message: `${nameOf(ground)}: the gate waits for a body of ${bytes} bytes, where the policy allows ${bytes - 1}`,
    severity: "low",
    evidence: [only],
    say: ["the head of such a request: not refused"],
  });
}

async function whole(ground: Ground, bytes: number): Promise<Finding | undefined> {
  const large = padded(ground, bytes);
  const sent = large === undefined ? undefined : await ground.send({ ...ground.values, body: large }, SLOW);
  return sent === undefined ? undefined : tooLarge(ground, sent, bytes);
}

/** Nothing in the head says how much comes. */
async function chunked(ground: Ground, bytes: number): Promise<Finding | undefined> {
  const large = padded(ground, bytes);
  if (large === undefined) return undefined;
  const body = Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`), large, Buffer.from("\r\n0\r\n\r\n")]);
  const fields = [["Transfer-Encoding", "chunked"]] as const;
  const sent = await ground.send({ ...ground.values, body }, { ...SLOW, fields, without: "Content-Length" });
  return sent === undefined ? undefined : tooLarge(ground, sent, bytes);
}

function tooLarge(ground: Ground, sent: Answered, bytes: number): Finding | undefined {
  const { subject, context } = ground;
  const isGate = context.target.layer === "gate";
  const isTaken = isSuccess(sent);
  if (!isLetThrough(sent.reply) || (!isGate && !isTaken)) return undefined;
  const amount = isGate ? `${bytes} bytes, where the policy allows ${bytes - 1}` : `${bytes / 1024 / 1024} MiB`;
  const { body } = ground.values;
  return context.finding({
    rule: UNLIMITED,
    subject,
    parameter: "body",
    what: "size",
    message: `${nameOf(ground)}: ${isTaken ? "reads" : "the gate lets through"} a body of ${amount}`,
    ...(isTaken ? {} : { severity: "low" as const }),
    evidence: [{ ...sent, wire: { ...sent.wire, body: typeof body === "string" ? body : JSON.stringify(body) } }],
    say: [`the same with white space up to ${bytes} bytes`],
  });
}

function nameOf({ subject: { operation } }: Ground): string {
  return `${operation.method} ${operation.template}`;
}

/** The same for whoever reads it. Undefined where bytes cannot be added without a meaning, or it is larger already. */
function padded({ values: { body, mediaType = "" } }: Ground, bytes: number): Buffer | undefined {
  const isPaddable = isJson(mediaType) || /[/+]xml\b/.test(mediaType);
  if (!isPaddable || body === undefined) return undefined;
  const text = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return text.length > bytes ? undefined : Buffer.concat([text, Buffer.alloc(bytes - text.length, 0x20)]);
}
