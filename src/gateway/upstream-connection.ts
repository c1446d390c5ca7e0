// A connection to the API that knows whether it was kept: only the end of such a one may mean that a request just came too late for it.
import type { Dispatcher } from "undici";
import { Client } from "../egress/undici.ts";

export interface ConnectionUser extends Dispatcher.DispatchHandler {
  /** Whose connection it is sent over. */
  connection: UpstreamConnection | undefined;
}

export class UpstreamConnection extends Client {
  /** Whether an answer came whole over the connection that is open now. */
  isKept = false;

  constructor(origin: URL, options: object) {
    super(origin, options);
    // One that was closed is followed by a new one.
    this.on("connect", () => {
      this.isKept = false;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, user: Dispatcher.DispatchHandler): boolean {
    (user as ConnectionUser).connection = this;
    return super.dispatch(options, user);
  }
}
