// At most three questions, and none where nobody can answer.
/** Somebody who insists is believed: `check` says what is wrong, with its line. */
const AGAIN_MAX = 2;
/** What is answered where Portcullis is the issuer, as the configuration has it. */
export const BUILT_IN = "built-in";
const URL_BEGIN = /^https?:\/\/[^/]/;

export class Questions {
  readonly #ask: ((question: string) => Promise<string>) | undefined;
  #left = 3;

  constructor(ask: ((question: string) => Promise<string>) | undefined) {
    this.#ask = ask;
  }

  /** The answer, or what is taken where there is none. One that is no URL where a URL is wanted is asked for again. */
  async ask(question: string, otherwise: string, wanted: "text" | "url" | "issuer" = "text"): Promise<string> {
    if (this.#ask === undefined || this.#left === 0) return otherwise;
    this.#left -= 1;
    let answer = (await this.#ask(question)).trim();
    for (let again = 0; again < AGAIN_MAX; again += 1) {
      if (wanted === "text" || answer === "" || URL_BEGIN.test(answer)) break;
      if (wanted === "issuer" && answer === BUILT_IN) break;
      answer = (await this.#ask(`That is no http or https URL. ${question}`)).trim();
    }
    return answer === "" ? otherwise : answer;
  }
}
