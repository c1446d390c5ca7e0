// The pools of the generations: those with equal settings share one, so that a reload does not cost its kept connections.
import type { Pool } from "undici";
import { Leases } from "./leases.ts";
import { createPool, type UpstreamOptions } from "./upstream.ts";

export class UpstreamPools {
  readonly #bySettings = new Map<string, Pool>();
  /** The last generation is idle by then: nothing is under way that a closing pool would refuse. */
  readonly #leases = new Leases<Pool>((pool) => {
    for (const [settings, known] of this.#bySettings) if (known === pool) this.#bySettings.delete(settings);
    // A pool that a shutdown has destroyed meanwhile is closed already.
    pool.close().catch(() => undefined);
  });

  take(options: UpstreamOptions): Pool {
    const settings = JSON.stringify(options);
    let pool = this.#bySettings.get(settings);
    if (pool === undefined) this.#bySettings.set(settings, (pool = createPool(options)));
    return this.#leases.take(pool);
  }

  giveBack(pool: Pool): void {
    this.#leases.giveBack(pool);
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#leases.all().map((pool) => pool.destroy()));
  }
}
