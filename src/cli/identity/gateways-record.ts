// Where an authorization server that a gateway launched is on record: with that gateway, which answers when it has a change.
import type { SystemEvent } from "../../core/record.ts";
import type { IdentityRecord } from "./serving.ts";

/** What the two processes say to each other. Changes are named: they are told again until they are taken. */
export interface EventTold {
  readonly change?: string;
  readonly event: SystemEvent;
}

/** `taken: false`: the record is closed; the change waits for the next one. */
export interface ChangeAnswer {
  readonly change: string;
  readonly taken: boolean;
}

const ANSWER_TIMEOUT_MS = 5_000;

/** The parent answers when its record has it. `close`: resolves when what was said has left this process. */
export function gatewaysRecord(): IdentityRecord & { close(): Promise<void> } {
  const waiting = new Map<string, (isTaken: boolean) => void>();
  let sent: Promise<void> = Promise.resolve();
  const hear = (said: unknown): void => {
    const { change, taken } = said as Partial<ChangeAnswer>;
    if (change !== undefined) waiting.get(change)?.(taken === true);
  };
  process.on("message", hear);
  return {
    deliver: (event) => {
      const change = String(event.data?.["change"]);
      return new Promise<void>((resolve, reject) => {
        const settle = (isTaken: boolean): void => {
          waiting.delete(change);
          clearTimeout(late);
          if (isTaken) resolve();
          else reject(new Error("the gateway takes no change on record now: it stays for later"));
        };
        const late = setTimeout(() => settle(false), ANSWER_TIMEOUT_MS);
        waiting.set(change, settle);
        const told: EventTold = { change, event };
        process.send?.(told, (error: Error | null) => {
          if (error !== null) settle(false);
        });
      });
    },
    tell: (event) => {
      const told: EventTold = { event };
      // Its end says it too.
      if (process.connected) sent = new Promise((resolve) => void process.send?.(told, () => resolve()));
    },
    close: async () => {
      process.off("message", hear);
      await sent;
    },
  };
}
