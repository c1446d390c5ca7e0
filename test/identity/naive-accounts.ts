// The accounts of what attacks are first shown against: whatever is typed is kept, whoever asks is told, and a code is right as long as its time is.
import type { IncomingHttpHeaders } from "node:http";
import { stepOfCode } from "../../src/identity/factors/totp.ts";

/** What bcrypt keeps of a password: so many characters, and nothing behind a NUL. */
const KEPT_CHARACTERS = 72;
const kept = (password: string) => (password.split("\0")[0] as string).slice(0, KEPT_CHARACTERS);

type Send = (status: number, value: object, headers?: Record<string, string>) => void;

export class NaiveAccounts {
  /** Links that went out by mail. */
  readonly links: string[] = [];
  /** Of authenticator apps, by address; and recovery codes. Both as they are. */
  readonly secrets = new Map<string, Buffer>();
  readonly recoveryCodes = new Map<string, readonly string[]>();
  readonly #passwords = new Map<string, string>();

  answer(path: string, given: Readonly<Record<string, string>>, headers: IncomingHttpHeaders, send: Send): void {
    const { email = "", password = "", token = "", code = "" } = given;
    const known = this.#passwords.get(path === "/reset" ? token : email);
    if (path === "/api/register") {
      if (known !== undefined) return send(409, { error: "there is an account of this address" });
      this.#passwords.set(email, kept(password));
      return send(201, {});
    }
    if (path === "/api/sign-in") {
      if (known === undefined) return send(404, { error: "there is no such account" });
      return send(known === kept(password) ? 200 : 401, {});
    }
    if (path === "/api/code") return send(this.#isRight(email, code) ? 200 : 401, {});
    if (path === "/forgotten") {
      if (known === undefined) return send(404, { error: "there is no such account" });
      const host = headers["x-forwarded-host"] ?? headers.host;
      this.links.push(`http://${String(host)}/identity/reset?token=${email}`);
      return send(200, {});
    }
    // The session stands in the browser's cookie, and nowhere else; what comes with it comes from its holder.
    if (path === "/sign-out") return send(200, {}, { "Set-Cookie": "sid=; Max-Age=0" });
    if (path.startsWith("/account")) return send(/sid=\w/.test(headers.cookie ?? "") ? 200 : 401, {});
    if (path !== "/reset" || known === undefined) return send(404, {});
    this.#passwords.set(token, kept(password));
    send(200, {});
  }

  #isRight(email: string, code: string): boolean {
    const secret = this.secrets.get(email);
    if (secret !== undefined && stepOfCode(secret, code, Date.now() / 1_000) !== undefined) return true;
    return this.recoveryCodes.get(email)?.includes(code) ?? false;
  }
}
