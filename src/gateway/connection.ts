// What is known of one HTTP/1.1 connection: the request that came last on it, and whether another may still come.
import type { Socket } from "node:net";
import type { Passage } from "./passage.ts";

/**
 * Node hands over every request that it finds in what it read, also those behind one that was refused. Where a head was
 * refused nobody knows where the next one begins, and whoever announced `close` takes nothing more (RFC 9112 9.6).
 */
export class Connection {
  /** Nothing that comes from now on is a request. */
  closing = false;
  /** Answers that are due. */
  open = 0;
  last: Passage | undefined;

  /** Whether a request that just came may be taken. */
  takes(pipelinedMax: number): boolean {
    if (this.open >= pipelinedMax) this.closing = true;
    return !this.closing;
  }

  /** The passage says when its answer has ended. */
  took(passage: Passage): void {
    this.last = passage;
    this.open += 1;
  }

  /** Calls back when every request that came whole has its answer: at once where none is under way. */
  afterLast(then: () => void): void {
    if (this.last === undefined || this.open === 0) then();
    else this.last.response.once("close", then);
  }
}

/** On the socket itself: it is asked for each request, and a look-up in a WeakMap costs ten times as much. */
const CONNECTION = Symbol("connection");

export function connectionOf(socket: Socket & { [CONNECTION]?: Connection }): Connection {
  return (socket[CONNECTION] ??= new Connection());
}
