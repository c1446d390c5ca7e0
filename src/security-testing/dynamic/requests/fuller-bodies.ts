// Operations whose bodies are sent with all that may be in them: what a document leaves to the caller, its API may need all the same.
import type { Subject } from "../subject.ts";
import type { Reply } from "../wire.ts";

export class FullerBodies {
  readonly #tried = new Map<Subject, "of use" | "in vain">();

  isFull(subject: Subject): boolean {
    return this.#tried.get(subject) === "of use";
  }

  /** Whether the answer may be for want of something. Once for each operation: from then on its bodies are full. */
  begin(subject: Subject, reply: Reply | undefined): boolean {
    const isForWant = reply !== undefined && (reply.status === 400 || reply.status === 422 || reply.status >= 500);
    if (!isForWant || subject.operation.requestBody === undefined || this.#tried.has(subject)) return false;
    this.#tried.set(subject, "of use");
    return true;
  }

  end(subject: Subject): void {
    this.#tried.set(subject, "in vain");
  }
}
