// What a user has already, in a process of its own as it would be: the API and a web page. Started by start.ts, ends with it.
import { startOrdersApi } from "./api.ts";
import { servePage } from "./page.ts";
import { accessToken, type SignIn } from "./people.ts";

export interface Backend {
  readonly apiUrl: string;
  readonly pageUrl: string;
}

/** What Rita and Carl may do by way of the page. */
export interface Tokens {
  /** May read orders, and no more. */
  readonly rita: string;
  /** May also place and cancel them; a customer like Rita. */
  readonly carl: string;
}

const [gatewayUrl = "", pagePort] = process.argv.slice(2);
const [api, pageUrl] = await Promise.all([startOrdersApi(), servePage(gatewayUrl, Number(pagePort))]);
const backend: Backend = { apiUrl: api.url, pageUrl };
process.send?.(backend);

process.on("message", (signIn: SignIn) => {
  void Promise.all([
    accessToken("rita@example.com", "orders:read", signIn),
    accessToken("carl@example.com", "orders:read orders:write", signIn),
  ]).then(([rita, carl]) => process.send?.({ rita, carl } satisfies Tokens));
});

// A terminal sends its interrupt to every process: the gateway still needs the API while it drains.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.once("disconnect", () => process.exit(0));
