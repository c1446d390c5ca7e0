// Writes soon, and one write at a time: what comes meanwhile is written together.

export interface WritingOptions {
  /** Whether it was written. */
  readonly write: () => Promise<boolean>;
  /** Whether more has come meanwhile, or it was not written. */
  readonly isLeft: () => boolean;
  readonly pauseMs: (isWritten: boolean) => number;
}

export class Writing {
  readonly #options: WritingOptions;
  #underWay: Promise<void> | undefined;
  #closed = false;

  constructor(options: WritingOptions) {
    this.#options = options;
  }

  soon(afterMs = 0): void {
    if (this.#closed) return;
    const { write, isLeft, pauseMs } = this.#options;
    this.#underWay ??= new Promise((resolve) => setTimeout(resolve, afterMs)).then(write).then((isWritten) => {
      this.#underWay = undefined;
      if (isLeft()) this.soon(pauseMs(isWritten));
    });
  }

  /** Begins none any more, and waits for the one that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#underWay;
  }
}
