// Exchanges as a report shows them: curl that sends the same again, and what came, with secrets masked.
import type { Evidence } from "../finding.ts";
import { maskSecrets } from "../masking.ts";
import { bodyOf } from "./client/message.ts";
import type { Exchange, Reply, Wire } from "./wire.ts";

export interface EvidenceOptions {
  /** Where a reader of the report finds the same: `https://localhost:8443`. */
  readonly shownOrigin: string;
  readonly secrets: Iterable<string>;
}

const SHOWN_CHARACTERS_MAX = 2_000;

export function evidenceOf({ wire, reply }: Exchange, say: string, options: EvidenceOptions): Evidence {
  const known = [...options.secrets];
  return {
    say,
    curl: maskSecrets(curlOf(wire, options.shownOrigin), known),
    request: maskSecrets(requestOf(wire), known),
    response: reply === undefined ? "no answer" : maskSecrets(responseOf(reply), known),
  };
}

/** As it was sent: curl would put right dot segments, expand braces, name a type of its own, and take `@name` for a file. */
function curlOf({ method, target, fields, body }: Wire, origin: string): string {
  const parts = ["curl", "-gsk", "--path-as-is"];
  if (method === "HEAD") parts.push("-I");
  else if (method !== "GET" || body !== undefined) parts.push("-X", quoted(method));
  // A target that is no path of this origin goes as it stands.
  const isPath = target.startsWith("/");
  if (!isPath) parts.push("--request-target", quoted(target));
  parts.push(quoted(`${origin}${isPath ? target : "/"}`));
  for (const [name, value] of fields) parts.push("-H", quoted(value === "" ? `${name};` : `${name}: ${value}`));
  if (body === undefined || body.length === 0) return parts.join(" ");
  if (!fields.some(([name]) => name.toLowerCase() === "content-type")) parts.push("-H", "'Content-Type:'");
  parts.push("--data-raw", bodyArgument(body));
  return parts.join(" ");
}

function bodyArgument(body: string | Uint8Array): string {
  const text = Buffer.from(body).toString("utf8");
  return quoted(text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text);
}

/** For a POSIX shell (2024, as bash and zsh have been for long): what no text can show is written as `$'\x0d'`. */
function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (!/[\u0000-\u001f\u007f]/.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const escaped = text.replaceAll(/[\\']/g, String.raw`\$&`);
  // oxlint-disable-next-line no-control-regex
  return `$'${escaped.replaceAll(/[\u0000-\u001f\u007f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`;
}

function requestOf(wire: Wire): string {
  const head = [`${wire.method} ${wire.target}`, ...wire.fields.map(([name, value]) => `${name}: ${value}`)];
  return shown(head, bodyOf(wire));
}

function responseOf({ status, fields, body, from, reason }: Reply): string {
  const who = from === "gate" ? ` (the gate: ${reason ?? ""})` : "";
  return shown([`${status}${who}`, ...fields.map(([name, value]) => `${name}: ${value}`)], body);
}

function shown(head: readonly string[], body: Buffer | undefined): string {
  const text = body === undefined ? "" : body.toString("utf8");
  const cut = text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
  return cut === "" ? head.join("\n") : `${head.join("\n")}\n\n${cut}`;
}
