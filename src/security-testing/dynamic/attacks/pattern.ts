// A text that makes a regular expression work without end: proven by time that grows much faster than the text (CWE-1333).
import { type Aim, type Answered, type Attack, takesText } from "./attack.ts";

/** Each is harmless at that length for what takes linear time; doubling it tells the others before they take long. */
const LENGTHS = [20, 25, 30, 36, 44, 64, 128, 300, 700, 1_500, 4_000] as const;
const SLOW_MS = 150;
/** From here on the text grows by little: an exponential expression takes four times as long for two characters. */
const NOTICED_MS = 10;
const CAREFUL_GROWTH = 1.08;
/** Linear is 2. */
const GROWTH_MIN = 3;
const BODY_CHARACTERS_MAX = 20_000;
const HEAD_CHARACTERS_MAX = 4_000;
/** Shorter texts cost nobody anything but an exponential expression. */
const LENGTH_MIN = 25;

export const pattern: Attack = {
  rule: "dynamic.pattern-catastrophic",
  suits: (slot) => takesText(slot) && lengthMax(slot.schema.keywords, slot.place) >= LENGTH_MIN,
  async run(aim) {
    const most = lengthMax(aim.slot.schema.keywords, aim.slot.place);
    for (const text of texts(aim.usual)) {
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const slow = await firstSlow(aim, text, most);
      if (slow === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop
      const proof = await growth(aim, text, slow);
      if (proof === undefined) continue;
      const [half, whole, length] = proof;
      return {
        what: "growth",
        message: `${length} characters in ${aim.slot.label} take ${Math.round(whole.reply.tookMs)} ms, half of them ${Math.round(half.reply.tookMs)} ms`,
        evidence: [half, whole],
        say: ["half as long", "as long: much more than twice the time, each time"],
        confidence: "firm",
      };
    }
    return undefined;
  },
};

type Text = (length: number) => string;

/** What expressions stumble over: one letter again and again with an end that does not fit, and the same within the usual value. */
function texts(usual: string): readonly Text[] {
  const middle = Math.floor(usual.length / 2);
  const pumped: Text = (length) =>
    `${usual.slice(0, middle)}${(usual[middle] ?? "a").repeat(Math.max(1, length - usual.length - 1))}${usual.slice(middle)}!`;
  const plain: Text = (length) => `${"a".repeat(length - 1)}!`;
  return usual.length < 2 ? [plain] : [plain, pumped];
}

function lengthMax(keywords: Readonly<Record<string, unknown>>, place: string): number {
  const most = typeof keywords["maxLength"] === "number" ? keywords["maxLength"] : Infinity;
  return Math.min(most, place === "body" ? BODY_CHARACTERS_MAX : HEAD_CHARACTERS_MAX);
}

/** The first length whose time stands out; longer ones are not sent. */
async function firstSlow(aim: Aim, text: Text, most: number): Promise<number | undefined> {
  let usualMs = aim.before.reply.tookMs;
  let length = Math.min(LENGTHS[0], most);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- longer only where shorter was quick
    const sent = await aim.send(text(length).slice(0, most));
    if (sent === undefined) return undefined;
    const { tookMs } = sent.reply;
    if (tookMs > SLOW_MS + 2 * usualMs) return length;
    if (length >= most) return undefined;
    const next = LENGTHS.find((one) => one > length) ?? most;
    const careful = tookMs > NOTICED_MS + 2 * usualMs ? Math.ceil(length * CAREFUL_GROWTH) : next;
    usualMs = Math.min(usualMs, tookMs);
    length = Math.min(next, careful, most);
  }
}

/** The best of three each: a busy machine makes one slow, not all. */
async function growth(
  aim: Aim,
  text: Text,
  length: number,
): Promise<readonly [Answered, Answered, number] | undefined> {
  const whole = await quickest(aim, text(length));
  const half = await quickest(aim, text(Math.ceil(length / 2)));
  if (whole === undefined || half === undefined || whole.reply.tookMs < SLOW_MS) return undefined;
  const base = Math.min(aim.before.reply.tookMs, half.reply.tookMs);
  const grown = (whole.reply.tookMs - base / 2) / Math.max(1, half.reply.tookMs - base / 2);
  return grown >= GROWTH_MIN ? [half, whole, length] : undefined;
}

const TIMES = 3;

async function quickest(aim: Aim, text: string): Promise<Answered | undefined> {
  let best: Answered | undefined;
  for (let i = 0; i < TIMES; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is timed
    const sent = await aim.send(text);
    if (sent === undefined) return undefined;
    if (best === undefined || sent.reply.tookMs < best.reply.tookMs) best = sent;
  }
  return best;
}
