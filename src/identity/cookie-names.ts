// The one registry of the cookies of the built-in authorization server: what sets them takes the names from here, and the gate keeps them from the API.

export interface IdentityCookies {
  readonly session: string;
  readonly interaction: string;
  readonly resume: string;
  readonly form: string;
  readonly device: string;
}

/**
 * Browsers hold a `__Host-` cookie to this host, to HTTPS and to the path `/`. `interaction` and `resume` live below the path of one sign-in: the
 * protocol core sets `resume` nowhere else, and at `/` the sign-in of a second tab would take the place of the first one's.
 */
const SECURE: IdentityCookies = {
  session: "__Host-portcullis-session",
  interaction: "__Secure-portcullis-interaction",
  resume: "__Secure-portcullis-resume",
  form: "__Host-portcullis-form",
  device: "__Host-portcullis-device",
};

/** Over plain http no browser takes a prefix. */
const PLAIN: IdentityCookies = {
  session: "portcullis-session",
  interaction: "portcullis-interaction",
  resume: "portcullis-resume",
  form: "portcullis-form",
  device: "portcullis-device",
};

export function identityCookies(issuer: string): IdentityCookies {
  return issuer.startsWith("https:") ? SECURE : PLAIN;
}

/** All of them as browsers send them, in lower case: signatures of signed ones are cookies of their own. */
export function identityCookieNames(issuer: string): ReadonlySet<string> {
  return new Set(
    Object.values<string>({ ...identityCookies(issuer) }).flatMap((name) => [
      name.toLowerCase(),
      `${name.toLowerCase()}.sig`,
    ]),
  );
}
