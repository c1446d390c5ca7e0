// Request smuggling (CWE-444), seen on connections of our own alone: a message that must be refused, and an answer too many.
import { allowedRequest, freshWord } from "../answers.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import type { Exchange, Wire } from "../wire.ts";
import { type Ambiguous, ambiguous } from "./smuggling-messages.ts";

/** A gate may hold on to what it refuses; the second answer comes right behind the first. */
const SILENT_MS = 400;
const AT_ONCE = 10;
const SHOWN_MAX = 3;
const BAD_REQUEST = "400";

export const smuggling: ApiProbe = {
  id: "smuggling",
  rules: ["dynamic.request-smuggling"],
  per: "api",
  async *run(context) {
    const hidden = head({ method: "GET", target: `/${freshWord(context)}`, fields: [] }, context, []);
    const found = await carrierOf(hidden, context);
    if (found === undefined) return;
    const { carrier } = found;
    const families = new Map<Ambiguous["family"], [Ambiguous, statuses: readonly string[]][]>();
    const messages = ambiguous(hidden);
    for (let i = 0; i < messages.length; i += AT_ONCE) {
      const some = messages.slice(i, i + AT_ONCE);
      const twice = await Promise.all(some.map((one) => answeredTwice(found, one, context)));
      for (const [j, statuses] of twice.entries()) {
        const one = some[j] as Ambiguous;
        if (statuses === undefined) continue;
        families.set(one.family, [...(families.get(one.family) ?? []), [one, statuses]]);
      }
    }
    for (const [family, seen] of families) {
      const names = seen.map(([{ what }]) => what).join("; ");
      yield context.finding({
        rule: "dynamic.request-smuggling",
        what: family,
        message: `Messages with ${family} are answered twice, so that a reader in front may see one request where there are two: ${names}`,
        confidence: "certain",
        evidence: seen.slice(0, SHOWN_MAX).map(([one, statuses]) => exchangeOf(carrier, one, statuses, context)),
        say: seen.slice(0, SHOWN_MAX).map(([{ what }, statuses]) => `${what}: answered ${statuses.join(" and ")}`),
      });
    }
  },
};

interface Carrier {
  readonly carrier: Wire;
  /** The status of what is hidden, where it is a request of its own. */
  readonly hiddenStatus: string;
}

/** The statuses, where on two connections more than one answer came. */
async function answeredTwice(
  { carrier, hiddenStatus }: Carrier,
  one: Ambiguous,
  context: ProbeContext,
): Promise<readonly string[] | undefined> {
  const bytes = Buffer.from(head(carrier, context, one.fields) + one.body, "latin1");
  const raw = async () => answersIn(await context.client.raw(bytes, SILENT_MS));
  const [first, second] = await Promise.all([raw(), raw()]);
  // Who answers before it has read complains of the rest: that is no answer to what is hidden in it.
  const isTwice = ([, status]: readonly string[]) =>
    status !== undefined && (status !== BAD_REQUEST || hiddenStatus === BAD_REQUEST);
  return isTwice(first) && isTwice(second) ? first : undefined;
}

/**
 * A request with a body that changes nothing, since nobody can read it as what it should be, and behind which the connection goes on.
 * Undefined where the server ends them all: nothing would show.
 */
async function carrierOf(hidden: string, context: ProbeContext): Promise<Carrier | undefined> {
  const taking = context.subjects.filter(
    ({ operation }) => operation.method === "POST" && operation.requestBody !== undefined,
  );
  const open = taking.find(({ isPublic }) => isPublic) ?? taking[0];
  const allowed = open && (await allowedRequest(open, context));
  const some: Wire[] = [{ method: "POST", target: `/${freshWord(context)}`, fields: [] }];
  if (allowed !== undefined) {
    const own = allowed.wire.fields.filter(([name]) => !FRAMING.test(name));
    some.unshift({ method: "POST", target: allowed.wire.target, fields: own });
  }
  for (const carrier of some) {
    const whole = `${head(carrier, context, ["Content-Length: 5"])}xxxxx${hidden}`;
    const [, hiddenStatus] = answersIn(await context.client.raw(Buffer.from(whole, "latin1"), SILENT_MS));
    if (hiddenStatus !== undefined) return { carrier, hiddenStatus };
  }
  return undefined;
}

const FRAMING = /^(?:host|content-length|transfer-encoding|connection)$/i;

function head({ method, target, fields }: Wire, context: ProbeContext, more: readonly string[]): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${target} HTTP/1.1`, `Host: ${context.target.authority}`, ...lines, ...more, "", ""].join("\r\n");
}

/** Statuses of what was answered, without those that announce (100). */
function answersIn(bytes: Buffer): readonly string[] {
  const statuses = [...bytes.toString("latin1").matchAll(/HTTP\/1\.[01] (\d{3})[ \r]/g)].map(
    ([, status]) => status ?? "",
  );
  return statuses.filter((status) => !status.startsWith("1"));
}

function exchangeOf(carrier: Wire, one: Ambiguous, statuses: readonly string[], { target }: ProbeContext): Exchange {
  const fields = one.fields.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const wire = { ...carrier, fields: [...carrier.fields, ...fields], body: one.body, isExact: true };
  const status = Number(statuses[0]);
  const reply = { status, fields: [], body: Buffer.alloc(0), tookMs: 0, from: "api" as const, reason: undefined };
  return { wire, reply, layer: target.layer };
}
