// What is spoken on the TLS port that should not be (RFC 9325): old versions, weak suites, no TLS at all.
import { allowedRequest } from "../answers.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import type { Exchange, Wire } from "../wire.ts";
import { offered, onBareConnection } from "./tls-hello.ts";

const TLS_1_2 = 0x0303;
const OLD: readonly (readonly [name: string, version: number])[] = [
  ["SSL 3.0", 0x0300],
  ["TLS 1.0", 0x0301],
  ["TLS 1.1", 0x0302],
];
const CBC = [0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0x0033, 0x0039, 0x0067, 0x006b];
const STATIC_RSA = [0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d];
const SHORT_BLOCKS = [0x000a, 0x0009, 0x0016, 0x0015, 0xc008, 0xc012];
const RC4 = [0x0004, 0x0005, 0xc007, 0xc011];

const UNAUTHENTICATED = "CBC, without authenticated encryption";

/** By number of the registry of TLS cipher suites. */
const WEAK: readonly (readonly [name: string, suites: readonly number[], isGrave: boolean])[] = [
  ["no encryption", [0x0001, 0x0002, 0x003b, 0xc001, 0xc006, 0xc010], true],
  ["no authentication", [0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc018, 0xc019], true],
  ["keys for export", [0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019], true],
  ["RC4", RC4, false],
  ["DES or 3DES", SHORT_BLOCKS, false],
  ["static RSA keys, without forward secrecy", STATIC_RSA, false],
  [UNAUTHENTICATED, CBC, false],
];

export const tls: ApiProbe = {
  id: "tls",
  rules: ["dynamic.tls-version-old", "dynamic.tls-cipher-weak", "dynamic.plain-http-answered"],
  per: "api",
  async *run(context) {
    const { target, signal } = context;
    if (!target.isTls) return;
    for (const [name, version] of OLD) {
      const chosen = await offered(
        target,
        { version, suites: [...CBC, ...STATIC_RSA, ...SHORT_BLOCKS, ...RC4] },
        signal,
      );
      if (chosen?.version !== version) continue;
      const message = `${name}, offered alone, is taken`;
      yield context.finding({
        rule: "dynamic.tls-version-old",
        what: name,
        message,
        confidence: "certain",
        evidence: [],
      });
    }
    for (const [name, suites, isGrave] of WEAK) {
      // RFC 9325 only advises against it, and servers take it by default; the gate does not.
      if (name === UNAUTHENTICATED && target.layer !== "gate") continue;
      const chosen = await offered(target, { version: TLS_1_2, suites }, signal);
      if (chosen === undefined || !suites.includes(chosen.suite)) continue;
      yield context.finding({
        rule: "dynamic.tls-cipher-weak",
        what: name,
        message: `A suite of TLS 1.2 with ${name} (0x${chosen.suite.toString(16).padStart(4, "0")}), offered alone, is taken`,
        confidence: "certain",
        ...(isGrave ? { severity: "high" as const } : {}),
        evidence: [],
      });
    }
    const tried = await plainly(context);
    if (tried === undefined) return;
    const message = "A request without TLS is served on the TLS port";
    yield context.finding({
      rule: "dynamic.plain-http-answered",
      what: "served",
      message,
      confidence: "certain",
      evidence: [tried],
    });
  },
};

/** The exchange, where a request in clear is served. No credential is sent so. */
async function plainly(context: ProbeContext): Promise<Exchange | undefined> {
  const { target, subjects, callers, requests, signal } = context;
  const open = subjects.find(({ isPublic, isSafe }) => isPublic && isSafe);
  const values = open && (await allowedRequest(open, context))?.values;
  const wire: Wire =
    open === undefined || values === undefined
      ? { method: "GET", target: "/", fields: [] }
      : requests.wire(open, values, callers.nobody);
  const head = [`${wire.method} ${wire.target} HTTP/1.1`, `Host: ${target.authority}`, "Connection: close", "", ""];
  const bytes = Buffer.from(head.join("\r\n"), "latin1");
  const read = await onBareConnection(target, bytes, signal, (bytes) => bytes.includes("\r\n\r\n"));
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(read.toString("latin1"))?.[1] ?? 0);
  if (status < 200 || status > 299) return undefined;
  const reply = { status, fields: [], body: Buffer.alloc(0), tookMs: 0, from: "api" as const, reason: undefined };
  return { wire, reply, layer: target.layer };
}
