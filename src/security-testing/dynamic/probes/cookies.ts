// Cookies without what protects them (RFC 6265bis 4.1.2): seen by scripts, sent in clear, sent with requests of other pages.
import type { Finding } from "../../finding.ts";
import { allowedRequest } from "../answers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";

/** Names of what is no secret by custom: what scripts are meant to read. */
const FOR_SCRIPTS = /^(?:__Host-|__Secure-)?(?:x?[-_]?(?:csrf|xsrf)[-_]?token|lang|locale|theme|i18n.*)$/i;

export const cookies: OperationProbe = {
  id: "cookies",
  rules: ["dynamic.cookie-flags-missing"],
  per: "operation",
  async *run(subject, context) {
    const { isSafe } = subject;
    if (!isSafe && !mayTry(subject)) return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined) return;
    yield* found(await context.client.send(allowed.wire), subject, context);
  },
};

/** What only reads, and what signs in: where cookies are set. */
function mayTry({ operation }: Subject): boolean {
  return (
    operation.method === "POST" &&
    /session|login|log-in|signin|sign-in|auth|token/i.test(operation.template + operation.id)
  );
}

function* found(answer: Exchange, subject: Subject, context: ProbeContext): Generator<Finding> {
  for (const [name, value] of answer.reply?.fields ?? []) {
    if (name !== "set-cookie") continue;
    const [pair = "", ...attributes] = value.split(";").map((part) => part.trim());
    const cookie = pair.split("=")[0] ?? "";
    const missing = missingOf(cookie, attributes);
    if (missing.length === 0 || pair.endsWith("=")) continue;
    const { method, template } = subject.operation;
    yield context.finding({
      rule: "dynamic.cookie-flags-missing",
      subject,
      parameter: "answer Set-Cookie",
      what: cookie,
      message: `${method} ${template} sets the cookie ${cookie} without ${missing.join(", ")}`,
      confidence: "certain",
      evidence: [answer],
    });
  }
}

function missingOf(cookie: string, attributes: readonly string[]): readonly string[] {
  const has = (name: string) => attributes.some((attribute) => attribute.toLowerCase().split("=")[0] === name);
  const sameSite = attributes.find((attribute) => /^samesite=/i.test(attribute));
  return [
    ...(has("secure") ? [] : ["Secure"]),
    ...(has("httponly") || FOR_SCRIPTS.test(cookie) ? [] : ["HttpOnly"]),
    ...(sameSite === undefined ? ["SameSite"] : []),
  ];
}
