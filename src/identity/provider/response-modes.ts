// How answers go back to clients: by redirects alone. A page that posts them would need its script and a foreign form target allowed (A14).
import type { Provider } from "oidc-provider";

export const RESPONSE_MODES = ["query", "fragment"];

/** The core knows one more, `form_post`, and says so. Clients' metadata refuse it wherever it was asked for. */
export function offerResponseModes(provider: Provider): void {
  provider.use(async (ctx, next) => {
    const { query } = ctx;
    // By a name that the core does not know, its refusal goes to the client by a redirect, and not by such a page. In its place: another query would
    // be another URL, which the core finds its own path by.
    if (query["response_mode"] === "form_post") query["response_mode"] = "not offered";
    await next();
    const body = ctx.body as { response_modes_supported?: unknown } | null | undefined;
    if (Array.isArray(body?.response_modes_supported)) body.response_modes_supported = RESPONSE_MODES;
  });
}
