// Has a server listen.
import type { Server } from "node:net";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Resolves when it listens; rejects where the address cannot be had. */
export function listening(server: Pick<Server, "once" | "off" | "listen">, at: ListenAddress): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
