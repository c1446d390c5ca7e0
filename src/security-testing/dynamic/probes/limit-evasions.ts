// Ways around a limit (CWE-770): whatever a request can say of itself without being another caller or another operation.
import { freshWord, pathOf, withPath } from "../answers.ts";
import type { Caller } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { SendOptions, Wire } from "../wire.ts";
import { encodedLetter, inLast, otherCase } from "./spellings.ts";

export interface Evasion {
  /** `header X-Forwarded-For`, `path`; the first that works stands for all with the same. */
  readonly parameter: string;
  readonly what: string;
  /** Another value each time. */
  readonly wire: () => Wire;
  readonly options?: SendOptions;
}

/** What servers and frameworks take for the address of the client. */
const ADDRESS_FIELDS = [
  ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "X-Forwarded", "Forwarded-For", "X-Cluster-Client-IP"],
  ["True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr"],
  ["Client-IP", "X-Azure-ClientIP", "Fly-Client-IP", "X-Envoy-External-Address", "X-ProxyUser-Ip", "X-Host"],
].flat();
/** What callers choose themselves and some limits count by. */
const CHOSEN_FIELDS = ["User-Agent", "X-Request-Id", "X-Session-Id", "X-Device-Id", "X-Api-Key", "Origin", "Referer"];

const SPELLINGS: readonly (readonly [what: string, spell: (path: string) => string])[] = [
  ["letter case", (path) => inLast(path, (segment) => otherCase(segment))],
  ["letter case of all", (path) => otherCase(path)],
  ["a slash at the end", (path) => `${path}/`],
  ["two slashes", (path) => inLast(path, (segment) => `/${segment}`)],
  ["a dot segment", (path) => inLast(path, (segment) => `./${segment}`)],
  ["an encoded letter", (path) => inLast(path, encodedLetter)],
  ["matrix parameters", (path) => `${path};x=1`],
  ["a format at the end", (path) => `${path}.json`],
  ["an encoded space at the end", (path) => `${path}%20`],
];

export async function evasionsOf(
  wire: Wire,
  subject: Subject | undefined,
  caller: Caller,
  context: ProbeContext,
): Promise<readonly Evasion[]> {
  const { settings, target } = context;
  // Who believes its proxies believes us, where we come from one's address.
  const isTrusted = target.layer === "gate" && settings.transport.trustedProxies.length > 0;
  return [
    ...(isTrusted ? [] : ADDRESS_FIELDS.map((name) => byField(wire, name, () => addressIn(name, context)))),
    ...CHOSEN_FIELDS.map((name) => byField(wire, name, () => chosenIn(name, context))),
    ...SPELLINGS.flatMap(([what, spell]) => byPath(wire, what, spell)),
    { parameter: "query", what: "a parameter more", wire: () => withMore(wire, freshWord(context)) },
    ...(wire.method === "GET"
      ? [{ parameter: "method", what: "HEAD", wire: () => ({ ...wire, method: "HEAD" }) }]
      : []),
    ...(target.isTls
      ? [{ parameter: "protocol", what: "HTTP/2", wire: () => wire, options: { protocol: "h2" as const } }]
      : []),
    ...(await byToken(wire, subject, caller, context)),
  ];
}

function byField(wire: Wire, name: string, value: () => string): Evasion {
  const others = wire.fields.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
  return { parameter: `header ${name}`, what: name, wire: () => ({ ...wire, fields: [...others, [name, value()]] }) };
}

function byPath(wire: Wire, what: string, spell: (path: string) => string): Evasion[] {
  const path = spell(pathOf(wire));
  return path === pathOf(wire) ? [] : [{ parameter: "path", what, wire: () => withPath(wire, path) }];
}

/** Another token of the same person, where the run can have one. */
async function byToken(
  wire: Wire,
  subject: Subject | undefined,
  caller: Caller,
  { callers }: ProbeContext,
): Promise<readonly Evasion[]> {
  if (subject === undefined || caller.subject === undefined) return [];
  const other = await callers.withRights(caller.rights, "a", subject.operation.id);
  if (other === undefined || other.subject !== caller.subject || valuesOf(other) === valuesOf(caller)) return [];
  if (other.countedAs !== caller.countedAs) return [];
  const rest = wire.fields.filter(([name]) => !caller.fields.some(([own]) => own === name));
  return [
    {
      parameter: "header Authorization",
      what: "a new token",
      wire: () => ({ ...wire, fields: [...rest, ...other.fields] }),
    },
  ];
}

function valuesOf({ fields }: Caller): string {
  return fields.map(([, value]) => value).join("\n");
}

/** Of the blocks for documentation (RFC 5737): nobody's. */
function addressIn(name: string, context: ProbeContext): string {
  const address = `198.51.100.${1 + Math.floor(context.random() * 254)}`;
  return name === "Forwarded" ? `for=${address}` : address;
}

function chosenIn(name: string, context: ProbeContext): string {
  const word = freshWord(context);
  return name === "Origin" || name === "Referer" ? `https://${word}.example` : word;
}

function withMore(wire: Wire, name: string): Wire {
  return { ...wire, target: `${wire.target}${wire.target.includes("?") ? "&" : "?"}${name}=1` };
}
