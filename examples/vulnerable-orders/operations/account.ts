// Sessions, the caller and the caller's addresses, pictures and coupons.
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { type Call, NOT_FOUND, type Operation, problem } from "../call.ts";
import { COUPONS, PASSWORDS, type User } from "../shop.ts";
import type { Tokens } from "../tokens.ts";

const GUESSES_MAX = 5;
const GUESSES_WINDOW_MS = 900_000;
const FETCH_TIMEOUT_MS = 3_000;
const PICTURES = "https://images.example.com/";

export function accountOperations(tokens: Tokens): Readonly<Record<string, Operation>> {
  return {
    createSession({ shop, body, flaws }) {
      const { user, password } = body as { readonly user: string; readonly password: string };
      const right = PASSWORDS.get(user);
      const limit = flaws.has("guessing-unlimited") ? Infinity : GUESSES_MAX;
      if (!shop.within(`guess ${user}`, limit, GUESSES_WINDOW_MS)) {
        return problem(429, "Try again later.", { "Retry-After": String(GUESSES_WINDOW_MS / 1000) });
      }
      if (right === undefined && flaws.has("account-existence-told")) return problem(401, "There is no such user.");
      // Compared for unknown users, too: else the time tells.
      if (!isSame(right ?? randomUUID(), password)) {
        return problem(
          401,
          flaws.has("account-existence-told") ? "The password is wrong." : "User or password is wrong.",
        );
      }
      shop.calls.delete(`guess ${user}`);
      const token = tokens.issue(user, { roles: [shop.user(user).role] });
      const cookie = flaws.has("cookie-without-flags")
        ? `session=${token}; Path=/`
        : `__Host-session=${token}; Path=/; Secure; HttpOnly; SameSite=Strict`;
      return { status: 200, body: { token }, headers: { "Set-Cookie": cookie } };
    },
    endSession({ shop, caller, flaws }) {
      if (!flaws.has("token-after-sign-out")) shop.ended.add(caller.token);
      return { status: 204 };
    },
    ...ACCOUNT,
  };
}

const ACCOUNT: Readonly<Record<string, Operation>> = {
  getMe(call) {
    const cacheable = { "Cache-Control": "public, max-age=3600" };
    return { status: 200, body: shown(call), headers: call.flaws.has("answer-cacheable") ? cacheable : {} };
  },
  updateMe(call) {
    const { displayName, pin, role, balance } = call.body as Partial<User>;
    const user = call.shop.user(call.caller.user);
    if (displayName !== undefined) user.displayName = displayName;
    if (pin !== undefined) user.pin = pin;
    if (typeof role === "string" && call.flaws.has("role-assigned")) user.role = role;
    if (typeof balance === "number" && call.flaws.has("balance-assigned")) user.balance = balance;
    return { status: 200, body: shown(call) };
  },
  getPreferences({ shop, caller }) {
    return { status: 200, body: shop.realm.shown(shop.user(caller.user).preferences) };
  },
  updatePreferences({ shop, caller, text, flaws }) {
    const { preferences } = shop.user(caller.user);
    shop.realm.merge(preferences, text, !flaws.has("prototype-pollution"));
    return { status: 200, body: shop.realm.shown(preferences) };
  },
  async importAvatar({ body, flaws }) {
    const { url } = body as { readonly url: string };
    const isOpen = flaws.has("avatar-fetched-from-anywhere");
    // That server is made up: nothing is fetched from it.
    if (url.startsWith(PICTURES)) return { status: 200, body: { status: 200, type: "image/png", bytes: 4096 } };
    if (!isOpen) return problem(422, `Pictures come from ${PICTURES} only.`);
    try {
      const picture = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      const { byteLength } = await picture.arrayBuffer();
      const type = picture.headers.get("content-type") ?? "";
      return { status: 200, body: { status: picture.status, type, bytes: byteLength } };
    } catch {
      return problem(502, "There is no picture to be had.");
    }
  },
  listAddresses({ shop, caller }) {
    const own = [...shop.addresses.values()].filter(({ owner, isDeleted }) => owner === caller.user && !isDeleted);
    return { status: 200, body: own.map(({ id, street }) => ({ id, street })) };
  },
  createAddress({ shop, caller, body }) {
    const { street } = body as { readonly street: string };
    const address = { id: randomUUID(), owner: caller.user, street, isDeleted: false };
    shop.addresses.set(address.id, address);
    return { status: 201, body: { id: address.id, street } };
  },
  getAddress(call) {
    const address = call.shop.addresses.get((call.params["addressId"] ?? "").toLowerCase());
    if (address === undefined || address.isDeleted) {
      if (address === undefined || !call.flaws.has("address-after-delete")) return NOT_FOUND;
    }
    if (address.owner !== call.caller.user) {
      return call.flaws.has("address-existence-told") ? problem(403, "This is another's address.") : NOT_FOUND;
    }
    return { status: 200, body: { id: address.id, street: address.street } };
  },
  deleteAddress({ shop, caller, params }) {
    const address = shop.addresses.get((params["addressId"] ?? "").toLowerCase());
    if (address === undefined || address.owner !== caller.user || address.isDeleted) return NOT_FOUND;
    address.isDeleted = true;
    return { status: 204 };
  },
  redeemCoupon({ shop, caller, body, flaws }) {
    const { code } = body as { readonly code: string };
    const worth = COUPONS.get(code);
    if (worth === undefined) return NOT_FOUND;
    const redemption = `${caller.user} ${code}`;
    if (shop.redeemed.has(redemption) && !flaws.has("coupon-again")) return problem(409, "It was redeemed before.");
    shop.redeemed.add(redemption);
    const user = shop.user(caller.user);
    user.balance += worth;
    return { status: 200, body: { balance: user.balance } };
  },
};

function shown({ shop, caller, flaws }: Call): object {
  const { id, displayName, role, balance, pin } = shop.user(caller.user);
  return { id, displayName, role, balance, ...(flaws.has("pin-answered") && { pin }) };
}

function isSame(right: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(right), digest(given));
}
