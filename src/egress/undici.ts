// The parts of undici that are used here. Its entry loads five times as many files, for fetch, caches, mocks and proxies: 13 MB of each process.
import { createRequire } from "node:module";
import type * as undici from "undici";

const part = createRequire(import.meta.url);

// As its entry does: what asks by promises is an addition to what dispatches.
const dispatcher = part("undici/lib/dispatcher/dispatcher.js") as typeof undici.Dispatcher;
Object.assign(dispatcher.prototype, part("undici/lib/api/index.js"));

export const Pool = part("undici/lib/dispatcher/pool.js") as typeof undici.Pool;
export const Client = part("undici/lib/dispatcher/client.js") as typeof undici.Client;
