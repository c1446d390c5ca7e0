// Operations whose bodies are sent with all that may be in them: what a document leaves to the caller, its API may need all the same.
import type { Subject } from "../subject.ts";
import type { Reply } from "../wire.ts";

export class FullerBodies {
  /** By what the document says of the body: what makes a thing and what replaces it often take the same. */
  readonly #tried = new Map<string, "of use" | "in vain">();

  isFull(subject: Subject): boolean {
    return this.#tried.size > 0 && this.#tried.get(keyOf(subject)) === "of use";
  }

  /** Whether the answer may be for want of something. Once for each operation: from then on its bodies are full. */
  begin(subject: Subject, reply: Reply | undefined): boolean {
    const isForWant = reply !== undefined && (reply.status === 400 || reply.status === 422 || reply.status >= 500);
    if (!isForWant || subject.operation.requestBody === undefined || this.#tried.has(keyOf(subject))) return false;
    this.#tried.set(keyOf(subject), "of use");
    return true;
  }

  end(subject: Subject): void {
    this.#tried.set(keyOf(subject), "in vain");
  }
}

function keyOf({ operation }: Subject): string {
  return JSON.stringify(operation.requestBody?.content.map(({ name, schema }) => [name, schema?.file, schema?.value]));
}
