// The text of a new portcullis.yaml: what was answered, and every default written out with its reason.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { KnownIssuer } from "./issuer.ts";
import type { Survey } from "./survey.ts";

export interface Answers {
  readonly openapi: string;
  readonly upstream: string;
  readonly issuer: KnownIssuer | undefined;
  readonly audience: string | undefined;
  readonly survey: Survey;
  readonly cwd: string;
}

export function configurationText(answers: Answers): string {
  const { openapi, upstream, survey } = answers;
  return `# yaml-language-server: $schema=${schemaAddress(answers.cwd)}
# Portcullis protects ${oneLine(survey.title)}. What stands here beside openapi, upstream and authentication is the default.
# \`portcullis check\` judges this file, \`portcullis explain GET /path\` shows what would happen to a request.

openapi: ${quoted(openapi)}
upstream: ${quoted(upstream)}             # scheme, host and port; paths go on as they came

transport:
  listen: 127.0.0.1:8443                     # 0.0.0.0:8443 to be reached from elsewhere
  tls: development                           # or { certificate: api.crt, key: api.key }, or terminated-by-proxy
  # publicUrl: https://api.example.com       # how clients name this API; other hosts are refused
  # redirectFrom: 0.0.0.0:8080               # plain HTTP that is sent to publicUrl
  # trustedProxies: [10.0.0.0/8]             # whose X-Forwarded-For is believed

${authenticationText(answers)}

rateLimiting:
  limits:
    - { limit: 100, window: 15m, key: subject, fallback: address }   # of each user, else of each address
  addressCeiling: { limit: 1000, window: 1m }          # all requests of one address, before anything else
  failedAuthentication: { limit: 20, window: 15m }     # of one address

validation:
  requests: enforce                          # enforce, monitor or off
  responses: monitor                         # answers that do not fit are noted
  unknownParameters: monitor                 # query parameters that the document does not list
  bodyBytesMax: 1MiB

monitoring:
  sinks: [console]                           # add { file: audit.ndjson }

# operations:                                # by operationId, tag, or "DELETE /orders/{id}"
#   refundOrder:
#     authorization: { permissions: ["orders:refund"] }
#     rateLimiting: [{ limit: 5, window: 1m, key: subject }]
`;
}

function authenticationText({ issuer, audience, survey }: Answers): string {
  if (!survey.needsIssuer && survey.otherSchemes.length === 0) return "# authentication: the document asks for none.";
  const names = survey.tokenSchemes.length > 0 ? survey.tokenSchemes : survey.needsIssuer ? ["bearer"] : [];
  const isKnown = issuer !== undefined && audience !== undefined;
  // Without issuer and audience the block stays a comment: the start then says what is missing, instead of trusting a placeholder.
  const hash = isKnown ? "" : "# ";
  const lines = isKnown
    ? ["authentication:"]
    : ["# authentication:                          # fill in, and take out the comment signs"];
  for (const name of names) {
    lines.push(
      `${hash}  ${quoted(name)}:${" ".repeat(Math.max(1, 36 - name.length))}# a security scheme${survey.tokenSchemes.length > 0 ? " of the document" : ""}`,
      `${hash}    issuer: ${quoted(issuer?.url ?? "https://login.example.com/")}`,
      `${hash}    audience: ${quoted(audience ?? "https://api.example.com")}`,
    );
    if (issuer?.preset !== undefined) lines.push(`${hash}    preset: ${issuer.preset}`);
  }
  const [first] = names;
  if (survey.isSilentSomewhere && first !== undefined) {
    lines.push(`${hash}  default: [${quoted(first)}]                        # where the document says nothing`);
  }
  for (const name of survey.otherSchemes) {
    lines.push(
      `#   ${quoted(name)}: { checkedByUpstream: true }       # only the API can check it: the gate asks that it is sent`,
    );
  }
  return lines.join("\n");
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
