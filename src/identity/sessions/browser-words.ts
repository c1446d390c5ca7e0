// What is kept of a browser and its address: enough for its owner to know it again, too little to follow anybody by.
import type { IncomingMessage } from "node:http";
import { addressKey } from "../../http/addresses.ts";

/** Looked for in this order: most browsers also name those that they resemble. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(A|iOS|e)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "Mac"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** Longer ones are not looked into. */
const USER_AGENT_LENGTH_MAX = 512;

/** `Firefox on Linux`; no word of what the browser said goes further. */
export function browserWords(request: IncomingMessage): string {
  const said = (request.headers["user-agent"] ?? "").slice(0, USER_AGENT_LENGTH_MAX);
  const named = (list: typeof BROWSERS) => list.find(([pattern]) => pattern.test(said))?.[1];
  const browser = named(BROWSERS) ?? "A browser";
  const system = named(SYSTEMS);
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** 256 addresses of IPv4, what a site is given of IPv6. */
const NETWORKS = { ipv4: 24, ipv6: 48 } as const;

export function networkOf(address: string): string {
  return addressKey(address, NETWORKS);
}
