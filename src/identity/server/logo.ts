// Serves the owner's logo: as the picture that it is, and as nothing else, wherever it is opened.
import type { ServerResponse } from "node:http";
import type { Logo } from "../pages/appearance.ts";

/** Below the mount path. */
export const LOGO_PATH = "/logo";
const MAX_AGE_SECONDS = 3_600;

export function sendLogo(response: ServerResponse, { mediaType, bytes }: Logo): void {
  response.statusCode = 200;
  response.setHeader("Content-Type", mediaType);
  response.setHeader("Content-Length", String(bytes.length));
  response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("Cache-Control", `public, max-age=${MAX_AGE_SECONDS}`);
  response.end(bytes);
}
