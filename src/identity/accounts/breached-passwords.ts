// Asks whether a password leaked elsewhere, by k-anonymity: five characters of its hash leave, and hundreds of hashes come back.
import { createHash } from "node:crypto";

const PREFIX_LENGTH = 5;
const LINE = /^([0-9A-F]{35}):(\d{1,12})$/;

/** Whether a password leaked could not be told, and the configuration refuses it then. */
export class BreachCheckError extends Error {
  constructor() {
    super("whether the password leaked could not be asked");
    this.name = "BreachCheckError";
  }
}

export interface BreachedPasswordsOptions {
  /** Address of the list, which the prefix is put behind. */
  readonly range: string;
  readonly whenUnreachable: "accept" | "refuse";
  /** The text that is there. Rejects where there is none. */
  readonly ask: (url: string) => Promise<string>;
  readonly failed: (error: unknown) => void;
}

/** Rejects with BreachCheckError. */
export function breachedPasswords(options: BreachedPasswordsOptions): (password: string) => Promise<boolean> {
  const { range, whenUnreachable, ask, failed } = options;
  return async (password) => {
    const hash = createHash("sha1").update(password.normalize("NFC")).digest("hex").toUpperCase();
    try {
      const text = await ask(`${range.replace(/\/$/, "")}/${hash.slice(0, PREFIX_LENGTH)}`);
      return countOf(text, hash.slice(PREFIX_LENGTH)) > 0;
    } catch (error) {
      failed(error);
      if (whenUnreachable === "refuse") throw new BreachCheckError();
      return false;
    }
  };
}

/** Padding has a count of 0: it hides how many there are. */
function countOf(text: string, suffix: string): number {
  let lines = 0;
  for (const line of text.split(/\r?\n/)) {
    const [, found, count] = LINE.exec(line) ?? [];
    if (found === undefined) continue;
    lines += 1;
    if (found === suffix) return Number(count);
  }
  if (lines === 0) throw new Error("the answer has no hashes in it");
  return 0;
}
