// Versions of the API beside the one that the document declares (CWE-1059): old ones lack what was mended, new ones what is to come.
import { allowedRequest, isAnsweredUnlike, isServed, pathOf, withPath } from "../answers.ts";
import { declaredAt } from "../declared.ts";
import type { OperationProbe } from "../probe.ts";
import type { Exchange } from "../wire.ts";

const VERSION = /^v(\d{1,2})$/i;
/** Nothing is named so; who answers all versions alike answers this one too. */
const NO_VERSION = "v7391";

export const otherVersions: OperationProbe = {
  id: "other-versions",
  rules: ["dynamic.version-undeclared"],
  per: "operation",
  async *run(subject, context) {
    const { operation, isSafe } = subject;
    if (!isSafe || operation.method !== "GET") return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined) return;
    const path = pathOf(allowed.wire);
    const versioned = (version: string) => withPath(allowed.wire, inVersion(path, version));
    const control = await context.client.send(versioned(NO_VERSION));
    for (const version of others(operation.template)) {
      const wire = versioned(version);
      if (declaredAt(context.api, "GET", pathOf(wire)) !== undefined) continue;
      const tried = await context.client.send(wire);
      if (tried.reply?.from !== "api" || !isAnsweredUnlike(tried, control)) continue;
      const anonymous = await context.client.send(
        context.requests.wire(subject, allowed.values, context.callers.nobody),
      );
      const bare = await context.client.send(withPath(anonymous.wire, pathOf(wire)));
      const template = inVersion(operation.template, version);
      yield context.finding({
        rule: "dynamic.version-undeclared",
        subject,
        undeclared: { method: "GET", template },
        what: version,
        message: sentence(`GET ${template}`, tried, bare, anonymous),
        confidence: isServed(tried) ? "certain" : "firm",
        ...(isServed(tried) ? {} : { severity: "low" as const }),
        evidence: [control, tried, bare],
        say: ["A version that cannot be.", "Another version.", "The same without credentials."],
      });
    }
  },
};

function sentence(what: string, tried: Exchange, bare: Exchange, declared: Exchange): string {
  if (isServed(bare) && !isServed(declared)) return `${what} is not declared, and answers anybody`;
  if (isServed(tried)) return `${what} is not declared, and answers`;
  return `${what} is not declared, and something there answers ${tried.reply?.status ?? 0}`;
}

/** Of a path or a template: its version replaced, or one set before it where it has none. */
function inVersion(path: string, version: string): string {
  const segments = path.split("/");
  const at = segments.findIndex((segment) => VERSION.test(segment));
  return at < 0 ? `/${version}${path}` : segments.with(at, version).join("/");
}

function others(template: string): readonly string[] {
  const own = template.split("/").find((segment) => VERSION.test(segment));
  if (own === undefined) return ["v1", "v2", "beta"];
  const number = Number(VERSION.exec(own)?.[1] ?? 0);
  const near = [0, 1, number - 1, number + 1].filter((other) => other >= 0 && other !== number);
  return [...new Set(near.map((other) => `v${other}`)), "beta"];
}
