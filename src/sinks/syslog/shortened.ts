// An event that is too long for one message, without what is longest and least missed: else whoever sends long names would keep
// what they do away from the server.

/** In turn. What is never left out: when, who, what, why it was refused, and the ids by which the record has the rest. */
const LEFT_OUT_IN_TURN = [
  "portcullis.guards",
  "error.stack_trace",
  "portcullis.application.fields",
  "portcullis.limits",
  "tls",
  "portcullis.notes",
  "portcullis.violations",
  "user_agent",
  "portcullis.authorization",
  "error.message",
  "message",
  "portcullis.data",
  "url",
];

type Members = Record<string, unknown>;

/** At most `bytesMax` long, and says in `portcullis.left_out` what is not there; undefined where that cannot be had, or where it is no event. */
export function shortenedEvent(json: Uint8Array, bytesMax: number): Buffer | undefined {
  const event = eventOf(json);
  if (event === undefined) return undefined;
  const leftOut: string[] = [];
  const portcullis = membersOf(event["portcullis"]) ?? {};
  event["portcullis"] = portcullis;
  portcullis["left_out"] = leftOut;
  for (const place of LEFT_OUT_IN_TURN) {
    if (!remove(event, place.split("."))) continue;
    leftOut.push(place);
    const text = Buffer.from(JSON.stringify(event));
    if (text.length <= bytesMax) return text;
  }
  return undefined;
}

function eventOf(json: Uint8Array): Members | undefined {
  try {
    return membersOf(JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString()));
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

/** Whether it was there. */
function remove(event: Members, place: readonly string[]): boolean {
  let within: Members | undefined = event;
  for (const name of place.slice(0, -1)) within = membersOf(within?.[name]);
  const last = place.at(-1) as string;
  if (within === undefined || !Object.hasOwn(within, last)) return false;
  return Reflect.deleteProperty(within, last);
}
