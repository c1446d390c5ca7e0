// Forms that the core makes and has the browser send by itself: where somebody is signed out already, or signs in as somebody else. They may lead on.
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { openForm, redirectOrigin } from "../server/send.ts";

/** The pages that have them. */
const ROUTES = new Set(["end_session", "resume"]);

/** Chromium holds the redirects behind a form to `form-action` as well: without this nobody would get on from these pages. */
export function letFormsLeadOn(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    if (oidc !== undefined && ROUTES.has(oidc.route) && ctx.status === 200)
      openForm(ctx.res, redirectOrigin(wayOn(oidc)));
  });
}

/** The client's address that the answer to the form may lead to: the core has compared it with the registered ones. */
function wayOn({ route, params, entities }: KoaContextWithOIDC["oidc"]): unknown {
  return route === "end_session" ? params?.["post_logout_redirect_uri"] : entities.Interaction?.params["redirect_uri"];
}
