// Who gives way where bodies take all the memory that there is for them: whoever stalls, then whoever holds most (F20, CWE-770).

/** Of a body that is held, or being read. */
export interface Held {
  readonly bytes: number;
  readonly sender: string;
  readonly isStalled: boolean;
  /** It is not being read any more: it counts, and cannot give way. */
  readonly isOver: boolean;
}

/**
 * Those that make room for `bytes` more of `newcomer`, of which `lackingBytes` are not there; none where it must go away itself. A slow client
 * that still sends, and holds no more than the newcomer's sender, is left alone.
 */
export function whoGivesWay<T extends Held>(all: readonly T[], newcomer: T, bytes: number, lackingBytes: number): T[] {
  const left = new Set<T>();
  const bySender = new Map<string, number>();
  for (const one of all) {
    bySender.set(one.sender, (bySender.get(one.sender) ?? 0) + one.bytes);
    if (!one.isOver && one !== newcomer && one.bytes > 0) left.add(one);
  }
  const chosen: T[] = [];
  const own = (bySender.get(newcomer.sender) ?? 0) + bytes;
  for (let lacking = lackingBytes; lacking > 0;) {
    const one = largest(left, (held) => held.isStalled) ?? largestOfTheGreedy(left, bySender, own);
    if (one === undefined) return [];
    chosen.push(one);
    left.delete(one);
    lacking -= one.bytes;
    bySender.set(one.sender, (bySender.get(one.sender) as number) - one.bytes);
  }
  return chosen;
}

/** Of the sender that holds most, where that is more than `own`. */
function largestOfTheGreedy<T extends Held>(
  left: Iterable<T>,
  bySender: ReadonlyMap<string, number>,
  own: number,
): T | undefined {
  let most = own;
  let greedy: T | undefined;
  for (const one of left) {
    const bytes = bySender.get(one.sender) as number;
    if (bytes < most || (bytes === most && (greedy === undefined || one.bytes <= greedy.bytes))) continue;
    most = bytes;
    greedy = one;
  }
  return greedy;
}

function largest<T extends Held>(left: Iterable<T>, isMeant: (held: T) => boolean): T | undefined {
  let found: T | undefined;
  for (const one of left) if (isMeant(one) && one.bytes > (found?.bytes ?? 0)) found = one;
  return found;
}
