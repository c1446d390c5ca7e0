// Something that is under way, and waiting beside it: so long, but no longer than it takes. A hundred times a second: without
// an AbortController, whose errors cost more than a write.

export class UnderWay {
  isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  /** A rejection is left to whoever awaits it. */
  constructor(work: Promise<unknown>) {
    const end = () => {
      this.isOver = true;
      clearTimeout(this.#timer);
      this.#wake();
    };
    work.then(end, end);
  }

  wait(ms: number): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
  }
}
