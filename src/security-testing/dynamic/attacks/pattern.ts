// A text that makes a regular expression work without end: proven by time that grows much faster than the text (CWE-1333).
import type { Slot } from "../inputs/slot.ts";
import { type Aim, type Answered, type Attack, takesText } from "./attack.ts";

/** Each is harmless at that length for what takes linear time; doubling it tells the others before they take long. */
const LENGTHS = [20, 26, 34, 50, 100, 300, 1_200, 4_000] as const;
const SLOW_MS = 150;
/** From here on the text grows by little: an exponential expression takes four times as long for two characters. */
const NOTICED_MS = 10;
const CAREFUL_GROWTH = 1.08;
/** Linear is 2. */
const GROWTH_MIN = 3;
const TIMES = 3;
/** What takes as long whatever comes. */
const STEADY_MAX = 1.4;
const BODY_CHARACTERS_MAX = 20_000;
const HEAD_CHARACTERS_MAX = 4_000;
/** Shorter texts cost nobody anything but an exponential expression. */
const LENGTH_MIN = 25;

export const pattern: Attack = {
  rule: "dynamic.pattern-catastrophic",
  suits: (slot) => takesText(slot) && lengthMax(slot.schema.keywords, slot.place) >= LENGTH_MIN,
  async run(aim) {
    const most = lengthMax(aim.slot.schema.keywords, aim.slot.place);
    for (const text of texts(aim)) {
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const slow = await firstSlow(aim, text, most);
      if (slow === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop
      const proof = await growthFrom(aim, text, slow, most);
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

/** Such an expression is run by the API, too, before it refuses. */
export function hasPattern({ schema: { keywords } }: Slot): boolean {
  return typeof keywords["pattern"] === "string";
}

/**
 * What expressions stumble over: one letter again and again with an end that does not fit, and the same within the usual value;
 * of a declared pattern's value at its beginning and its end as well.
 */
function texts({ slot, usual }: Aim): readonly Text[] {
  // Letters and digits are in all classes that are usual between them: `[a-z]`, `[A-Z0-9]`, `\d`.
  const plain = ["a", "1"].map(
    (letter): Text =>
      (length) =>
        `${letter.repeat(length - 1)}!`,
  );
  const pumpedAt = (at: number): Text => {
    const letter = usual[at] ?? "a";
    return (length) =>
      `${usual.slice(0, at)}${letter.repeat(Math.max(1, length - usual.length - 1))}${usual.slice(at)}!`;
  };
  const middle = Math.floor(usual.length / 2);
  if (hasPattern(slot)) return [...new Set([0, middle, Math.max(0, usual.length - 1)])].map(pumpedAt);
  // A letter more in a word is what the first one tries.
  return usual.length < 2 || /^[a-z]+$/i.test(usual) ? plain : [...plain, pumpedAt(middle)];
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
    const bound = SLOW_MS + 2 * usualMs;
    // oxlint-disable-next-line no-await-in-loop -- longer only where shorter was quick
    const tookMs = await quickestMs(aim, text(length).slice(0, most), bound);
    if (tookMs === undefined) return undefined;
    if (tookMs > bound) return length;
    if (length >= most) return undefined;
    const next = LENGTHS.find((one) => one > length) ?? most;
    const careful = tookMs > NOTICED_MS + 2 * usualMs ? Math.ceil(length * CAREFUL_GROWTH) : next;
    usualMs = Math.min(usualMs, tookMs);
    length = Math.min(next, careful, most);
  }
}

/** Of up to three: what was late once is asked again. */
async function quickestMs(aim: Aim, text: string, boundMs: number): Promise<number | undefined> {
  let best = Infinity;
  for (let i = 0; i < TIMES && best > boundMs; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is timed
    const sent = await aim.send(text);
    if (sent === undefined) return undefined;
    best = Math.min(best, sent.reply.tookMs);
  }
  return best;
}

const TRIES = 4;
const LONGER = 1.15;

/** On a busy machine half of a text takes its time, too: a longer one tells more. */
async function growthFrom(aim: Aim, text: Text, slow: number, most: number): Promise<Growth | undefined> {
  let length = slow;
  for (let i = 0; i < TRIES; i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- longer only where that told nothing
    const found = await growth(aim, text, length);
    if (typeof found !== "string") return found;
    if (found === "steady" || length >= most) return undefined;
    length = Math.min(most, Math.ceil(length * LONGER));
  }
  return undefined;
}

type Growth = readonly [half: Answered, whole: Answered, length: number];

/** The best of three each, by turns: a busy machine makes some slow, not all of one kind. */
async function growth(aim: Aim, text: Text, length: number): Promise<Growth | "steady" | "unclear"> {
  let whole: Answered | undefined;
  let half: Answered | undefined;
  for (let i = 0; i < TIMES && !isClear(half, whole); i += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as it is timed
    half = quicker(half, await aim.send(text(Math.ceil(length / 2))));
    // oxlint-disable-next-line no-await-in-loop
    whole = quicker(whole, await aim.send(text(length)));
  }
  if (whole === undefined || half === undefined || whole.reply.tookMs < SLOW_MS / 2) return "steady";
  const base = Math.min(aim.before.reply.tookMs, half.reply.tookMs);
  const grown = (whole.reply.tookMs - base / 2) / Math.max(1, half.reply.tookMs - base / 2);
  if (grown >= GROWTH_MIN && whole.reply.tookMs >= SLOW_MS) return [half, whole, length];
  return grown < STEADY_MAX ? "steady" : "unclear";
}

/** A second of work need not be asked for again. */
function isClear(half: Answered | undefined, whole: Answered | undefined): boolean {
  if (half === undefined || whole === undefined) return false;
  return whole.reply.tookMs > 4 * SLOW_MS && half.reply.tookMs < SLOW_MS / 4;
}

function quicker(one: Answered | undefined, other: Answered | undefined): Answered | undefined {
  return one === undefined || (other !== undefined && other.reply.tookMs < one.reply.tookMs) ? other : one;
}
