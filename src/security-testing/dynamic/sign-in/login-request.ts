// A login request of the API's own, and what of its answer is the credential: as the Web Fuzzing Commons describe it.
import { memberOf, pointerKeys } from "../../../openapi/pointer.ts";
import { CannotTest } from "../cannot-test.ts";
import type { SignIn } from "../test-file/sign-in-schema.ts";
import type { Field } from "../wire.ts";
import { type Answered, type Ask, objectOf } from "./asking.ts";
import { type Credential, tokenCredential } from "./credential.ts";

type Login = Extract<SignIn, { loginEndpointAuth: unknown }>["loginEndpointAuth"];

/** `origin`: of the API, for paths. */
export async function byLogin(whose: string, how: Login, origin: string, ask: Ask): Promise<Credential> {
  const { verb, endpoint, externalEndpointURL, headers = [], contentType = "application/json", token } = how;
  const body = bodyOf(how, contentType);
  const answer = await ask(externalEndpointURL ?? `${origin}${endpoint ?? ""}`, {
    method: verb,
    headers: {
      ...(body === undefined ? {} : { "content-type": contentType }),
      ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    },
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status >= 400) throw new CannotTest(`${whose} could not sign in: ${answer.status}`);
  if (token === undefined) return cookieCredential(whose, answer);
  const found =
    token.extractFrom === "body" ? fromBody(answer, token.extractSelector) : fromHeader(answer, token.extractSelector);
  if (found === undefined) {
    throw new CannotTest(`${whose} signed in, but there is no ${token.extractSelector} in the ${token.extractFrom}`);
  }
  const sent: Field = [token.sendName, (token.sendFormat ?? "{token}").replaceAll("{token}", () => found)];
  if (token.sendIn === "query") return tokenCredential(found, { query: [sent] });
  const field: Field = token.sendIn === "header" ? sent : ["Cookie", `${sent[0]}=${sent[1]}`];
  return tokenCredential(found, { fields: [field] });
}

function bodyOf({ payloadRaw, payloadUserPwd }: Login, contentType: string): string | undefined {
  if (payloadUserPwd === undefined) return payloadRaw;
  const { username, password, usernameField, passwordField } = payloadUserPwd;
  const values = { [usernameField]: username, [passwordField]: password };
  return contentType.includes("json") ? JSON.stringify(values) : new URLSearchParams(values).toString();
}

function cookieCredential(whose: string, answer: Answered): Credential {
  const lines = [answer.headers["set-cookie"] ?? []].flat();
  const pairs = lines.map((line) => line.split(";", 1)[0] ?? "").filter((pair) => !pair.endsWith("="));
  if (pairs.length === 0) throw new CannotTest(`${whose} signed in, but got no cookie`);
  return { fields: [["Cookie", pairs.join("; ")]], query: [], claims: {}, endsAtMs: undefined };
}

function fromBody({ text }: Answered, pointer: string): string | undefined {
  let found: unknown = objectOf(text);
  for (const key of pointerKeys(pointer)) found = memberOf(found, key);
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}

function fromHeader({ headers }: Answered, name: string): string | undefined {
  return [headers[name.toLowerCase()] ?? []].flat()[0];
}
