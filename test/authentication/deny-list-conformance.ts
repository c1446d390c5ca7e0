// What every deny list must do, wherever it keeps its entries: whoever writes another runs these.
import { describe, expect, it } from "vitest";
import { type Denied, deniedName, type DenyList, type TokenNames } from "../../src/authentication/deny-list.ts";

const NOW = Date.UTC(2030, 0, 1);
const ISSUER = "https://login.example.com/";
const OTHER = "https://other.example.com/";

export interface FedDenyList extends DenyList {
  add(entry: Denied, nowMs: number): boolean;
}

function token(names: readonly string[], issuedAtMs?: number): TokenNames {
  return { names, issuedAtMs };
}

const T = deniedName("token", ISSUER, "t1");
const S = deniedName("session", ISSUER, "s1");
const U = deniedName("subject", ISSUER, "sue");
const D = deniedName("digest", "", "sha256:x");

export function denyListConformance(name: string, make: () => FedDenyList): void {
  const with_ = (...entries: readonly Denied[]): FedDenyList => {
    const list = make();
    for (const entry of entries) expect(list.add(entry, NOW)).toBe(true);
    return list;
  };

  describe(`${name} is a deny list`, () => {
    it("denies nothing while it is empty", () => {
      expect(make().denies(token([T, S, U, D], NOW), NOW)).toBe(false);
    });

    it.each([T, S, U, D])("denies by %s, whatever else the token is called", (denied) => {
      const list = with_({ name: denied });
      expect(list.denies(token([T, S, U, D]), NOW)).toBe(true);
      expect(list.denies(token([denied]), NOW)).toBe(true);
      expect(list.denies(token([T, S, U, D].filter((one) => one !== denied)), NOW)).toBe(false);
    });

    it("never takes a name of one issuer, or of one kind, for another's", () => {
      const list = with_({ name: deniedName("token", ISSUER, "1") });
      for (const other of [
        deniedName("token", OTHER, "1"),
        deniedName("session", ISSUER, "1"),
        deniedName("subject", ISSUER, "1"),
        deniedName("token", `${ISSUER}","1`, ""),
        deniedName("token", "", `${ISSUER}1`),
      ])
        expect(list.denies(token([other]), NOW)).toBe(false);
    });

    it("denies what was issued before a moment, not what came after, and what does not say when", () => {
      const list = with_({ name: U, beforeMs: NOW });
      expect(list.denies(token([U], NOW - 1), NOW)).toBe(true);
      expect(list.denies(token([U], NOW), NOW)).toBe(false);
      expect(list.denies(token([U]), NOW)).toBe(true);
    });

    it("ends an entry at its moment", () => {
      const list = with_({ name: T, untilMs: NOW + 1_000 });
      expect(list.denies(token([T]), NOW + 999)).toBe(true);
      expect(list.denies(token([T]), NOW + 1_000)).toBe(false);
    });

    it("loses nothing where a name is denied twice", () => {
      const list = with_(
        { name: U, beforeMs: NOW, untilMs: NOW + 9_000 },
        { name: U, beforeMs: NOW - 50, untilMs: NOW },
      );
      expect(list.denies(token([U], NOW - 1), NOW + 1)).toBe(true);
      const wider = with_({ name: U, beforeMs: NOW }, { name: U });
      expect(wider.denies(token([U], NOW + 9), NOW)).toBe(true);
    });

    it("says so where it has no room, and makes some from what has ended", () => {
      const list = make();
      let added = 0;
      const ending = { untilMs: NOW + 5 };
      while (added < 200_000 && list.add({ name: `n${added}`, ...ending }, NOW)) added += 1;
      expect(added).toBe(100_000);
      expect(list.denies(token(["n0"]), NOW)).toBe(true);
      expect(list.add({ name: "late" }, NOW + 5)).toBe(true);
      expect(list.denies(token(["late"]), NOW + 5)).toBe(true);
    });
  });
}
