// A morning at the library: a website with a token, a kiosk without one (until NEW_KIOSK=1), and a scanner that passes by.
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

const GATEWAY = "http://127.0.0.1:4311";
const FINISHED = { method: "DELETE" };
const lend = (book, more = {}) => ({ method: "POST", body: { book, member: 17, ...more } });

const website = { address: "198.51.100.10", subject: "website" };
const kiosk = { address: "198.51.100.77", subject: process.env.NEW_KIOSK === "1" ? "kiosk" : undefined };
const scanner = { address: "203.0.113.66" };

const REQUESTS = [
  [website, "/books"],
  [website, "/books?author=Jane"],
  [website, "/books?page=2"],
  [website, "/books/1"],
  [website, "/members/17"],
  [website, "/loans", lend(1)],
  [website, "/loans", lend(2, { until: "2026-12-24", renewable: true })],
  [website, "/loans", lend(2)],
  [website, "/loans/1"],
  [website, "/members/17/loans"],
  [kiosk, "/books?page=1"],
  [kiosk, "/books/2"],
  [kiosk, "/books/3"],
  [kiosk, "/members/42"],
  [kiosk, "/members/42/loans"],
  [website, "/loans/1", FINISHED],
  [website, "/loans/2", FINISHED],
  [scanner, "/.env"],
  [scanner, "/wp-login.php"],
  [scanner, "/admin/config"],
];

/** A token as the library's login makes them. */
function tokenOf(subject) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://library.example.com/", aud: "library", sub: subject, exp: seconds + 3600 };
  const text = `${part({ alg: "HS256", typ: "at+jwt" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", process.env.JWT_SECRET).update(text).digest("base64url")}`;
}

/** As nginx in front would pass it on: with the client's address, and that it came by https. */
async function send({ address, subject }, path, { method = "GET", body } = {}) {
  const headers = { "X-Forwarded-For": address, "X-Forwarded-Proto": "https" };
  if (subject !== undefined) headers.Authorization = `Bearer ${tokenOf(subject)}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(GATEWAY + path, { method, headers, body: body && JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

/** The gateway may still be starting. */
async function untilThere(attempts = 200) {
  const socket = connect(Number(new URL(GATEWAY).port), "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.destroy();
  } catch (error) {
    if (attempts === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await untilThere(attempts - 1);
  }
}

await untilThere();
const counts = new Map();
for (const [client, path, more] of REQUESTS) {
  const status = await send(client, path, more);
  counts.set(status, (counts.get(status) ?? 0) + 1);
}
const words = [...counts].sort(([a], [b]) => a - b).map(([status, count]) => `${status} ×${count}`);
console.log(`${REQUESTS.length} requests: ${words.join(", ")}`);
