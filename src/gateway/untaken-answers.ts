// Bounds what answers that wait for their clients take together: who reads nothing must not take the memory of all others (CWE-770).
import type { GatewayState } from "./gateway-state.ts";
import type { Passage } from "./passage.ts";

/**
 * Called now and then. Where they hold too much, those end first of which nothing was taken since the last look, and of these the
 * oldest; then the oldest of the others.
 */
export function endUntaken({ limits, passages }: GatewayState): void {
  let heldBytes = 0;
  const waiting: Passage[] = [];
  for (const passage of passages.all()) {
    if (!passage.answered) continue;
    passage.look(passage.response.writableLength);
    if (passage.waitingBytes === 0) continue;
    heldBytes += passage.waitingBytes;
    waiting.push(passage);
  }
  if (heldBytes <= limits.heldAnswerBytesMax) return;
  waiting.sort((a, b) => Number(b.isStill) - Number(a.isStill) || startOf(a) - startOf(b));
  for (const passage of waiting) {
    if (heldBytes <= limits.heldAnswerBytesMax) return;
    heldBytes -= passage.waitingBytes;
    passage.endUntaken();
  }
}

function startOf({ exchange }: Passage): number {
  return exchange.startedMonotonicMs;
}
