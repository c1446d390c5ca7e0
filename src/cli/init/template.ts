// The text of a new portcullis.yaml: what was answered, and every default written out with its reason.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULTS } from "../../configuration/defaults.ts";
import { KEY_FILE } from "./identity-key.ts";
import type { KnownIssuer } from "./issuer.ts";
import { BUILT_IN } from "./questions.ts";
import type { Survey } from "./survey.ts";

export interface Answers {
  readonly openapi: string;
  readonly upstream: string;
  readonly issuer: KnownIssuer | typeof BUILT_IN | undefined;
  readonly audience: string | undefined;
  readonly survey: Survey;
  readonly cwd: string;
}

export function configurationText(answers: Answers): string {
  const { openapi, upstream, survey } = answers;
  return [
    `# yaml-language-server: $schema=${schemaAddress(answers.cwd)}`,
    `# Portcullis protects ${oneLine(survey.title)}. Beside openapi, upstream${answers.issuer === BUILT_IN ? ", identity" : ""} and authentication, all that stands here is the default.`,
    "# `portcullis check` judges this file, `portcullis explain GET /path` shows what would happen to a request.",
    "",
    `openapi: ${quoted(openapi)}`,
    "upstream:",
    said(`  url: ${quoted(upstream)}`, "scheme, host and port; paths go on as they came"),
    said("  timeouts: { connect: 5s, answer: 30s, idle: 60s }", "event streams may be idle"),
    said("  connectionsMax: 256", "to the API"),
    said("  # tls: { ca: api-ca.crt }", "for https, in place of the system's authorities"),
    "",
    "transport:",
    said("  listen: 127.0.0.1:8443", "0.0.0.0:8443 to be reached from elsewhere"),
    said("  tls: development", "or { certificate: api.crt, key: api.key }, or terminated-by-proxy"),
    said("  # publicUrl: https://api.example.com", "how clients name this API; other hosts are refused"),
    said("  # redirectFrom: 0.0.0.0:8080", "plain HTTP that is sent to publicUrl"),
    said("  # trustedProxies: [10.0.0.0/8]", "whose word about the client is believed; default: nobody's"),
    said("  # clientAddressField: x-forwarded-for", "in which they name it"),
    said(`  # hsts: "${DEFAULTS.hsts}"`, "where tls is not development; or off"),
    said('  # cors: { origins: ["https://app.example.com"] }', "default: no page of another origin"),
    said("  adminListen: 127.0.0.1:9901", "/livez, /readyz and /metrics"),
    "",
    ...authenticationLines(answers),
    "",
    ...(answers.issuer === BUILT_IN ? identityLines() : []),
    said("# authorization: { mode: enforce, roles: {} }", "mode: as authentication's; docs/authorization.md"),
    "",
    "rateLimiting:",
    said("  mode: enforce", "or monitor"),
    "  limits:",
    said("    - limit: 100", "of each user, else of each address"),
    "      window: 15m",
    "      key: subject",
    "      fallback: address",
    said("  addressCeiling: { limit: 1000, window: 1m }", "all requests of one address, before anything else"),
    said("  failedAuthentication: { limit: 20, window: 15m }", "of one address"),
    said("  ipv4Prefix: 32", "how much of an address is one client"),
    "  ipv6Prefix: 64",
    said("  # concurrency: { limit: 200 }", "how many requests at once, of all together; default: any"),
    "",
    "validation:",
    said("  requests: enforce", "enforce, monitor or off"),
    said("  responses: monitor", "answers that do not fit are noted"),
    said("  unknownParameters: monitor", "query parameters that the document does not list"),
    said("  injection: monitor", "free texts that look like code"),
    said("  bodyBytesMax: 1MiB", "per request"),
    said("  responseBytesMax: 1MiB", "how much of an answer is kept to be checked"),
    "",
    "monitoring:",
    said("  sinks: [console]", "add { file: audit.ndjson, fileBytesMax: 100MiB, filesMax: 10 }"),
    said("  # hashKey: ${PORTCULLIS_HASH_KEY}", "of token ids in records; default: random"),
    "",
    said("# operations:", 'by operationId, tag, or "DELETE /orders/{id}"'),
    "#   refundOrder:",
    '#     authorization: { permissions: ["orders:refund"] }',
    "#     rateLimiting: [{ limit: 5, window: 1m, key: subject }]",
    "",
  ].join("\n");
}

function authenticationLines({ issuer, audience, survey }: Answers): string[] {
  const names = survey.tokenSchemes.length > 0 ? survey.tokenSchemes : survey.needsIssuer ? ["bearer"] : [];
  const isBuiltIn = issuer === BUILT_IN;
  const isKnown = isBuiltIn || (issuer !== undefined && audience !== undefined);
  if (names.length + survey.keySchemes.length + survey.otherSchemes.length === 0)
    return ["# authentication: the document asks for none."];
  // Without issuer and audience the block stays a comment: the start then says what is missing, instead of trusting a placeholder.
  const hash = isKnown ? "" : "# ";
  const lines = [
    isKnown ? "authentication:" : said("# authentication:", "fill in, and take out the comment signs"),
    said(`${hash}  mode: enforce`, "or monitor"),
  ];
  for (const name of names) {
    const what = survey.tokenSchemes.length > 0 ? "a security scheme of the document" : "what operations ask for";
    lines.push(
      said(`${hash}  ${quoted(name)}:`, what),
      `${hash}    issuer: ${isBuiltIn ? BUILT_IN : quoted(issuer?.url ?? "https://login.example.com/")}`,
    );
    if (!isBuiltIn || audience !== undefined)
      lines.push(`${hash}    audience: ${quoted(audience ?? "https://api.example.com")}`);
    if (!isBuiltIn && issuer?.preset !== undefined)
      lines.push(said(`${hash}    preset: ${issuer.preset}`, "its conventions for typ and roles"));
  }
  const [first] = names;
  if (survey.silent.length > 0 && first !== undefined) {
    lines.push(said(`${hash}  default: [${quoted(first)}]`, "where the document says nothing"));
  }
  for (const name of survey.keySchemes) {
    lines.push(
      said(`#   ${quoted(name)}: { keys: keys.json }`, "made by `portcullis keys create`; or checkedByUpstream: true"),
    );
  }
  for (const name of survey.otherSchemes) {
    lines.push(
      said(
        `#   ${quoted(name)}: { checkedByUpstream: true }`,
        "only the API can check it: the gate asks that it is sent",
      ),
    );
  }
  lines.push(
    said("#   forward: { fields: false, credentials: keep }", "what the API learns of the caller: docs/callers.md"),
    said("#   denied: denied.json", "tokens that are refused before they end; default: none"),
  );
  return lines;
}

/** What is written out starts as it is, on this machine. */
function identityLines(): string[] {
  return [
    said("identity:", "accounts, sign-in and tokens of Portcullis' own: docs/identity.md"),
    said(`  secrets: [{ file: ${KEY_FILE} }]`, "seals what is stored; without it nothing of that opens"),
    said("  mail: { folder: mail }", "files, here only; else { smtp: { file: smtp.url }, from: a@example.com }"),
    said(`  database: ${DEFAULTS.identityDatabase}`, "or ${DATABASE_URL} of PostgreSQL"),
    said(`  path: ${DEFAULTS.identityPath}`, "below transport.publicUrl"),
    said("  registration: open", "or invitation, or closed"),
    said("  # clients:", "who may ask for tokens, by an id; pages of another origin need transport.cors, too"),
    '  #   page: { profile: public, name: My page, redirectUris: ["http://localhost:8080/"] }',
    "  #   job: { profile: machine }",
    said("  # users:", "accounts as code: docs/administration.md#users-as-code"),
    "",
  ];
}

function said(text: string, comment: string): string {
  return `${text.padEnd(50)} # ${comment}`;
}

/** The schema of this installation, for editors: beside the project where it is installed there. */
function schemaAddress(cwd: string): string {
  const installed = "node_modules/portcullis/configuration.schema.json";
  if (existsSync(path.join(cwd, installed))) return `./${installed}`;
  return fileURLToPath(new URL("../../../configuration.schema.json", import.meta.url));
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\u0000-\u001F]+/g, " ").slice(0, 80);
}

/** A plain YAML text where that is one, else a quoted one. Dollars of the environment syntax are kept as they are. */
function quoted(text: string): string {
  const safe = text.replaceAll("${", "$${");
  return /^[A-Za-z0-9_./][A-Za-z0-9_./:-]*$/.test(safe) && !safe.endsWith(":") ? safe : JSON.stringify(safe);
}
