// Aims attacks at one place of an operation's request.
import type { Aim } from "../attacks/attack.ts";
import { type Changes, type Ground, isStopped } from "./ground.ts";
import { isReached, type Slot, valueAt, withValue } from "./slot.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORD_LETTERS = 12;

/** Undefined where nothing can be put there, or nothing but what is harmless gets through. */
export async function aimAt(slot: Slot, ground: Ground): Promise<Aim | undefined> {
  const aim = blindAim(slot, ground);
  return aim !== undefined && (await isOpen(aim, ground)) ? aim : undefined;
}

/** Also where all but what fits is refused: refusing may be what the attack is about. */
export function blindAim(slot: Slot, ground: Ground): Aim | undefined {
  const { context, values, subject } = ground;
  if (!isReached(values, slot) || isWhole(slot)) return undefined;
  // What such a path names might be another's, or everything.
  if (slot.place === "path" && !context.mayChange(subject, false)) return undefined;
  const word = () => Array.from({ length: WORD_LETTERS }, () => LETTERS[Math.floor(context.random() * 26)]).join("");
  const send = async (value: unknown, changes?: Changes) => {
    // It would be refused: the bounds are another probe's.
    if (ground.isGuarded && !ground.fits.value(slot.schema.at, value)) return undefined;
    const sent = await ground.send(withValue(values, slot, value), changes);
    return sent === undefined || sent.reply.from === "gate" ? undefined : sent;
  };
  const usual = valueAt(values, slot);
  const isText = typeof usual === "string" || typeof usual === "number";
  return {
    slot,
    usual: isText ? String(usual) : word(),
    before: ground.before,
    send,
    sendMember: async (member, value) => {
      const query = `&${encodeURIComponent(`${String(slot.keys[0])}[${member}]`)}=${encodeURIComponent(value)}`;
      const { [slot.keys[0] as string]: _left, ...others } = values.query;
      const sent = await ground.send({ ...values, query: others }, { query });
      return sent === undefined || sent.reply.from === "gate" ? undefined : sent;
    },
    number: () => 10_000 + Math.floor(context.random() * 89_999),
    word,
    listener: () => context.listener(),
  };
}

/** The body as a whole, where its members are places of their own. */
function isWhole({ place, keys, schema: { properties, items } }: Slot): boolean {
  return place === "body" && (keys.length === 0 || properties.size > 0 || items !== undefined);
}

/** A harmless word that does not fit tells whether anybody looks; one that fits tells nothing. */
async function isOpen(aim: Aim, ground: Ground): Promise<boolean> {
  const word = aim.word();
  if (ground.fits.value(aim.slot.schema.at, word)) return true;
  if (ground.isGuarded) return takesSome(aim, ground);
  const sent = await aim.send(word);
  return sent !== undefined && !isStopped(sent) && sent.reply.status < 400;
}

/** Formats and patterns leave room for some attacks. */
function takesSome({ slot, usual }: Aim, { fits }: Ground): boolean {
  return (
    ["'", ";", "/", "{"].some((mark) => fits.value(slot.schema.at, `${usual}${mark}`)) ||
    fits.value(slot.schema.at, "https://a.example/")
  );
}
