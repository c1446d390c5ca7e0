// LDAP injection (CWE-90): text that ends the filter it was put in and begins another (RFC 4515).
import type { InjectionClass } from "./class.ts";

const FILTER =
  /\) ?\( ?[|&!]?\(?[a-z][\w.;-]{0,40} ?[~<>]?=|\*\) ?\(|\) ?\( ?[|&] ?[()]|\*\){2,}|\( ?[|&!] ?\( ?[a-z][\w-]{0,40} ?[~<>]?=|\*\)(?:\(|%00|\u0000)|\)\u0000/i;

/** Without any of these, nothing above can be there. */
const GLANCE = /\)\s*\(|\*\)|\(\s*[|&!]\s*\(|\)\u0000/;

export const LDAP: InjectionClass = {
  name: "ldap",
  title: "an LDAP filter",
  needs: "()",
  charactersMin: 3,
  detects: (text) => GLANCE.test(text) && FILTER.test(text.replace(/\s+/g, " ")),
};
