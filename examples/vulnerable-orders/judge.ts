// From a request to an operation: who calls, whether they may, whether what they send is right. The twin does all of it.
import { readJsonObject } from "../../src/cryptography/json.ts";
import { type Answer, type Call, type Caller, NOBODY, NOT_FOUND, type Operation, problem } from "./call.ts";
import { type DescribedOperation, faults, find } from "./document.ts";
import { tooOften } from "./operations/catalogue.ts";
import type { Tokens } from "./tokens.ts";
import { undeclaredAnswer } from "./undeclared.ts";

/** As portcullis.yaml has them. */
const ROLES: Readonly<Record<string, string>> = { listUsers: "administrator" };

/** Operations that one of the flaws opens, with the flaw. */
const WITHOUT_SCOPE: Readonly<Record<string, string>> = { refundOrder: "refund-without-scope" };
const WITHOUT_ROLE: Readonly<Record<string, string>> = { listUsers: "users-without-role" };
const WITHOUT_TOKEN: Readonly<Record<string, string>> = { getStatistics: "statistics-anonymous" };

const JSON_DEPTH_MAX = 32;

/** A request before it is known what it is for. */
export type Asked = Pick<Call, "flaws" | "shop" | "method" | "path" | "headers" | "query" | "text"> & {
  /** Names in the address that came twice. */
  readonly twice: readonly string[];
};

export async function answerTo(
  asked: Asked,
  operations: Readonly<Record<string, Operation>>,
  tokens: Tokens,
): Promise<Answer> {
  const { flaws, headers } = asked;
  const undeclared = undeclaredAnswer({ ...asked, params: {}, body: undefined });
  if (undeclared !== undefined) return undeclared;
  const found = find(asked.method, asked.path, flaws.has("limit-by-letter-case"));
  if (!("operation" in found)) {
    if (found.length === 0) return NOT_FOUND;
    return problem(405, "There is no such method here.", { Allow: found.join(", ") });
  }
  const { operation, params } = found;
  const caller = await callerOf(asked, operation, tokens);
  if (caller === undefined) return problem(401, "Who are you?", { "WWW-Authenticate": "Bearer" });
  const call: Call = { ...asked, params, caller, body: undefined };
  const refused = forbidden(call, operation) ?? tooOften(operation.id, call);
  if (refused !== undefined) return refused;
  const override = headers["x-http-method-override"];
  if (override === "DELETE" && asked.method === "GET" && flaws.has("method-overridden")) {
    const instead = find("DELETE", asked.path, false);
    if ("operation" in instead) return (operations[instead.operation.id] as Operation)(call);
  }
  const body = bodyOf(call, operation);
  if (isAnswer(body)) return body;
  return (
    misfit(call, operation, body.value, asked.twice) ??
    (operations[operation.id] as Operation)({ ...call, body: body.value })
  );
}

async function callerOf(
  { headers, query, flaws, shop }: Asked,
  operation: DescribedOperation,
  tokens: Tokens,
): Promise<Caller | undefined> {
  const inHead = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const token = inHead ?? (flaws.has("token-in-query") ? query["access_token"] : undefined);
  if (operation.isPublic) return NOBODY;
  if (token === undefined) return flaws.has(WITHOUT_TOKEN[operation.id] ?? "") ? NOBODY : undefined;
  const caller = await tokens.callerOf(token, flaws);
  return caller === undefined || shop.ended.has(caller.token) ? undefined : caller;
}

function forbidden({ caller, flaws }: Call, { id, scopes, isPublic }: DescribedOperation): Answer | undefined {
  if (isPublic || (caller === NOBODY && flaws.has(WITHOUT_TOKEN[id] ?? ""))) return undefined;
  const lacksScope = scopes.some((scope) => !caller.scopes.includes(scope));
  if (lacksScope && !flaws.has(WITHOUT_SCOPE[id] ?? "")) return problem(403, "The token is not for this.");
  const role = ROLES[id];
  if (role === undefined || caller.roles.includes(role) || flaws.has(WITHOUT_ROLE[id] ?? "")) return undefined;
  return problem(403, "This is for others.");
}

function isAnswer(body: Answer | { readonly value: unknown }): body is Answer {
  return "status" in body;
}

/** JSON as it was read, or why it was not. */
function bodyOf(call: Call, { id, bodyType }: DescribedOperation): Answer | { readonly value: unknown } {
  if (bodyType === undefined) return { value: undefined };
  const type = (call.headers["content-type"] ?? "").toLowerCase().replace(/; *charset="?utf-8"?$/, "");
  const isLoose = id === "createOrder" && call.flaws.has("content-type-unchecked");
  if (type !== bodyType && !isLoose) return problem(415, `Send ${bodyType}.`);
  if (bodyType !== "application/json") return { value: undefined };
  // Every body is an object. One that two readers could take for two things is none.
  const isRead = readJsonObject(Buffer.from(call.text), JSON_DEPTH_MAX) !== undefined;
  return isRead ? { value: JSON.parse(call.text) as unknown } : problem(400, "This is no object in JSON.");
}

function misfit(
  call: Call,
  operation: DescribedOperation,
  body: unknown,
  twice: readonly string[],
): Answer | undefined {
  const { id, judgeValues, judgeBody, queryNames } = operation;
  const repeated = twice.find((name) => queryNames.includes(name));
  if (repeated !== undefined) return problem(400, `${repeated} came twice.`);
  const wrong = [
    ...faults(judgeValues, { ...call.query, ...call.params }),
    ...(judgeBody === undefined ? [] : faults(judgeBody, body)),
  ].filter(({ instancePath, keyword }) => {
    const isQuantity = id === "createOrder" && instancePath === "/quantity" && keyword === "minimum";
    return !(isQuantity && call.flaws.has("quantity-unchecked"));
  });
  const [first] = wrong;
  if (first === undefined) return undefined;
  return problem(400, `${first.instancePath.slice(1) || "The request"} ${first.message ?? "is not right"}.`);
}
