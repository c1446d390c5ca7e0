// At most three questions, and none where nobody can answer.
export class Questions {
  readonly #ask: ((question: string) => Promise<string>) | undefined;
  #left = 3;

  constructor(ask: ((question: string) => Promise<string>) | undefined) {
    this.#ask = ask;
  }

  /** The answer, or what is taken where there is none. */
  async ask(question: string, otherwise: string): Promise<string> {
    if (this.#ask === undefined || this.#left === 0) return otherwise;
    this.#left -= 1;
    const answer = (await this.#ask(question)).trim();
    return answer === "" ? otherwise : answer;
  }
}
