// Proof by time: what is told to wait waits, twice, and what is told not to does not.
import type { Exchange } from "../wire.ts";
import type { Aim } from "./attack.ts";

export interface Delay {
  readonly name: string;
  readonly long: (usual: string) => string;
  readonly none: (usual: string) => string;
}

const LONG_MS = 1_400;
const SHORT_MS = 700;

/** The exchanges that prove it. On a busy machine one answer may be late, and so may two: the one between them then is, too. */
export async function isDelayed(aim: Aim, { long, none }: Delay): Promise<readonly Exchange[] | undefined> {
  const first = await aim.send(long(aim.usual));
  if (first === undefined || first.reply.tookMs < LONG_MS) return undefined;
  const between = await aim.send(none(aim.usual));
  if (between === undefined || between.reply.tookMs > SHORT_MS) return undefined;
  const again = await aim.send(long(aim.usual));
  if (again === undefined || again.reply.tookMs < LONG_MS) return undefined;
  const last = await aim.send(none(aim.usual));
  return last === undefined || last.reply.tookMs > SHORT_MS ? undefined : [first, between, again];
}
