// From an address to the target that stands there.
import type { UpstreamSettings } from "../../configuration/settings.ts";
import type { Layer } from "./layer.ts";
import { reachOf, type ReachOptions } from "./reach.ts";
import type { Target } from "./target.ts";

/** `host`: what its name was settled to. */
export function targetAt(url: URL, host: string, layer: Target["layer"], ca: string | undefined): Target {
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  return { layer, host, port, isTls, authority: url.host, ca };
}

/** The API itself, with no gate in front of it. Throws CannotTest where it may not be attacked. */
export async function besideOf(
  { origin, ca }: Pick<UpstreamSettings, "origin" | "ca">,
  reach: ReachOptions,
  retryAfter: Layer["retryAfter"],
): Promise<Layer> {
  const url = new URL(origin);
  const target = targetAt(url, await reachOf(url, reach), "upstream", ca);
  return { target, shownOrigin: origin, openLimited: undefined, retryAfter };
}
