// What sinks ask of the server that they deliver to: verified https, or plain http to this machine only.
import { isIP } from "node:net";
import { addressKind } from "../../egress/addresses.ts";
import { name as nameOf } from "../issues.ts";
import type { KeyPath } from "../source.ts";
import { readAuthorities } from "./authorities.ts";
import type { Resolving } from "./resolving.ts";

export interface WrittenServer {
  readonly ca?: string | undefined;
  readonly dangerouslyAllowHttp?: boolean | undefined;
}

/** Notes what is wrong with the URLs under `at`, and reads the authorities. */
export async function resolveServer(
  urls: readonly { readonly url: string; readonly at: KeyPath }[],
  written: WrittenServer,
  at: KeyPath,
  to: Resolving,
): Promise<{ ca: string | undefined; dangerouslyAllowHttp: boolean }> {
  const dangerously = written.dangerouslyAllowHttp ?? false;
  for (const { url, at: place } of urls) judgeUrl(url, place, dangerously, to);
  if (written.ca !== undefined && urls.every(({ url }) => url.startsWith("http:"))) {
    const key = [...at, "ca"];
    to.error(key, "without-effect", `${nameOf(key)} has no effect: every url is http`, "Write them with https.");
  }
  if (dangerously) warnOfPlain([...at, "dangerouslyAllowHttp"], to);
  const ca = written.ca === undefined ? undefined : await readAuthorities(written.ca, [...at, "ca"], to);
  return { ca, dangerouslyAllowHttp: dangerously };
}

/** One or several, each with its place. */
export function listOfUrls(
  written: string | readonly string[],
  at: KeyPath,
): readonly { readonly url: string; readonly at: KeyPath }[] {
  if (typeof written === "string") return [{ url: written, at: [...at, "url"] }];
  return written.map((url, i) => ({ url, at: [...at, "url", i] }));
}

export function warnOfPlain(key: KeyPath, to: Resolving): void {
  const message = `${nameOf(key)}: events and credentials may go over the network unencrypted`;
  to.warn(key, "dangerous-option", message, "Use TLS.");
}

/** Whether a host is surely this machine. A name may become another: the connection judges it again. */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || (isIP(bare) !== 0 && addressKind(bare) === "loopback");
}

function judgeUrl(url: string, at: KeyPath, dangerouslyAllowHttp: boolean, to: Resolving): void {
  if (!URL.canParse(url)) {
    to.error(at, "invalid-value", `${nameOf(at)} is no URL`, "Such as https://siem.example.com:8088.");
    return;
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || isThisMachine(hostname) || dangerouslyAllowHttp) return;
  to.error(
    at,
    "url-insecure",
    `${nameOf(at)} is plain http to another machine: events and credentials could be read on the way`,
    "Write it with https, and `ca` where its certificate is from an authority of yours.",
  );
}
