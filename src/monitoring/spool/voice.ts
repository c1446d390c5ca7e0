// Says what happened to the spool, as events; what happens before anybody listens is said then.
import type { SystemEvent } from "../../core/record.ts";

export class Voice {
  /** Undefined while nobody listens. */
  say: ((event: SystemEvent) => void) | undefined;
  readonly #unsaid: SystemEvent[] = [];

  connect(say: (event: SystemEvent) => void): void {
    this.say = say;
    for (const event of this.#unsaid.splice(0)) say(event);
  }

  tell(event: SystemEvent): void {
    const { say } = this;
    if (say === undefined) this.#unsaid.push(event);
    // Not within the call that noticed it: the event comes back to the spool.
    else queueMicrotask(() => say(event));
  }
}
