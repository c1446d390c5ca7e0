// Cases of who is held back for a time, by a rule or by hand; and the file that says so.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { ConformanceCase } from "./case.ts";

const BANNED_ADDRESS = "198.51.100.66";
const SLOWED_ADDRESS = "198.51.100.67";
/** As the case calls itself, so is its subject. */
const BANNED = "a caller who is banned";
const SLOWED = "a caller with a tighter limit";
const WEAK = "a caller who must show a second factor, and has none";
const STRONG = "a caller who must show a second factor, and has one";

export const SANCTIONED: readonly ConformanceCase[] = [
  {
    name: "an address that is banned",
    guard: "rate-limiting.address-sanctions",
    method: "GET",
    path: "/products",
    fields: { "x-forwarded-for": BANNED_ADDRESS },
    status: 429,
    reason: "rate-limiting.banned",
    field: ["retry-after", /^[1-9]/],
  },
  {
    name: "an address with a tighter limit",
    guard: "rate-limiting.address-sanctions",
    method: "GET",
    path: "/products",
    fields: { "x-forwarded-for": SLOWED_ADDRESS },
    after: 1,
    status: 429,
    reason: "rate-limiting.tightened",
  },
  {
    name: "the address beside one that is banned",
    method: "GET",
    path: "/products",
    fields: { "x-forwarded-for": "198.51.100.65" },
    status: 200,
  },
  {
    name: BANNED,
    guard: "rate-limiting.caller-sanctions",
    method: "GET",
    path: "/orders",
    token: "reader",
    status: 429,
    reason: "rate-limiting.banned",
  },
  {
    name: SLOWED,
    guard: "rate-limiting.caller-sanctions",
    method: "GET",
    path: "/orders",
    token: "reader",
    after: 1,
    status: 429,
    reason: "rate-limiting.tightened",
  },
  {
    name: WEAK,
    guard: "authentication.step-up",
    method: "GET",
    path: "/orders",
    token: "reader",
    status: 401,
    reason: "authentication.level-insufficient",
    field: ["www-authenticate", /error="insufficient_user_authentication".*acr_values="mfa"/],
  },
  { name: STRONG, method: "GET", path: "/orders", token: "strong", status: 200 },
];

export async function writeSanctions(folder: string, issuer: string): Promise<void> {
  const limit = { what: "limit", limit: 1, windowMs: 600_000 };
  const list = [
    { what: "ban", address: BANNED_ADDRESS },
    { ...limit, address: SLOWED_ADDRESS },
    { what: "ban", issuer, subject: BANNED },
    { ...limit, issuer, subject: SLOWED },
    { what: "step-up", issuer, subject: WEAK },
    { what: "step-up", issuer, subject: STRONG },
  ];
  const moment = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const sanctions = list.map((one, i) => ({
    ...one,
    id: String(i).padStart(12, "0"),
    began: moment(Date.now()),
    until: moment(Date.now() + 3_600_000),
    by: "scanning",
    recorded: true,
  }));
  await writeFile(path.join(folder, "sanctions.json"), JSON.stringify({ sanctions }));
}
