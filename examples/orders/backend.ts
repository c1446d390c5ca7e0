// What a user has already, in a process of its own as it would be: the API and the issuer. Started by start.ts, ends with it.
import { startOrdersApi } from "./api.ts";
import { startLocalIssuer } from "./issuer.ts";

export interface Backend {
  readonly apiUrl: string;
  readonly issuerUrl: string;
  /** May read orders, and no more. */
  readonly ritasToken: string;
  /** May also place and cancel them; a customer like Rita. */
  readonly carlsToken: string;
}

const AUDIENCE = "https://orders.example.com";
const LIFETIME_SECONDS = 8 * 3600;

const [api, issuer] = await Promise.all([startOrdersApi(), startLocalIssuer(AUDIENCE)]);
const token = (subject: string, ...scopes: string[]) =>
  issuer.sign({ subject, scopes, roles: ["customer"], lifetimeSeconds: LIFETIME_SECONDS });
const backend: Backend = {
  apiUrl: api.url,
  issuerUrl: issuer.issuer,
  ritasToken: await token("rita", "orders:read"),
  carlsToken: await token("carl", "orders:read", "orders:write"),
};
process.send?.(backend);

// A terminal sends its interrupt to every process: the gateway still needs the API while it drains.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.once("disconnect", () => process.exit(0));
