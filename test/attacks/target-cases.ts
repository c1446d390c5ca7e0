// Targets that mean a guarded path to a lenient server while they are spelled otherwise (G01 to G05, G07).

export interface TargetCase {
  readonly id: string;
  readonly what: string;
  readonly target: string;
  /** The same for titles: with escapes for what cannot be seen. */
  readonly shown: string;
  /** 400: no such target is taken. 404: it is one, and nobody declared it. */
  readonly status: 400 | 404;
  /** HTTP/2 and its client have no way to say it. */
  readonly http1Only?: true;
  /** Node's own parser refuses it: inside Express nobody is told. */
  readonly byParser?: true;
}

const all = (
  id: string,
  status: 400 | 404,
  cases: readonly (readonly [what: string, target: string])[],
): TargetCase[] => cases.map(([what, target]) => ({ id, what, target, shown: visible(target), status }));

function visible(target: string): string {
  return target.replaceAll(/[^\x21-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

const byParser = (cases: readonly TargetCase[]): TargetCase[] => cases.map((one) => ({ ...one, byParser: true }));

const http1 = (cases: readonly TargetCase[]): TargetCase[] => cases.map((one) => ({ ...one, http1Only: true }));

/** Each is `/admin`, which asks for a token. */
export const TARGET_CASES: readonly TargetCase[] = [
  ...all("G01", 400, [
    ["dots up", "/public/../admin"],
    ["dots up twice", "/public/x/../../admin"],
    ["a dot", "/./admin"],
    ["a dot inside", "/public/./../admin"],
    ["a dot behind", "/admin/."],
    ["dots behind", "/admin/x/.."],
    ["%2e%2e", "/public/%2e%2e/admin"],
    ["%2E%2e", "/public/%2E%2e/admin"],
    ["%2E%2E", "/public/%2E%2E/admin"],
    ["one of the dots encoded", "/public/.%2e/admin"],
    ["the other dot encoded", "/public/%2e./admin"],
    ["%2e", "/%2e/admin"],
    ["%2e behind", "/admin/%2e"],
    ["..;", "/public/..;/admin"],
    ["..; with a parameter", "/public/..;a=b/admin"],
    ["%2e%2e;", "/public/%2e%2e;/admin"],
    ["..%3b", "/public/..%3b/admin"],
    [".;", "/.;/admin"],
    ["dots up before a query", "/public/../admin?x=1"],
    ["more than up to the root", "/../../admin"],
  ]),
  ...all("G02", 400, [
    ["%2f", "/public/..%2fadmin"],
    ["%2F", "/public/..%2Fadmin"],
    ["%2f around dots", "/public%2f..%2fadmin"],
    ["%2f first", "/%2fadmin"],
    ["%2f behind", "/admin%2f"],
    ["%5c", "/public/..%5cadmin"],
    ["%5C around dots", "/public%5C..%5Cadmin"],
    ["%5c first", "/%5cadmin"],
    ["%2f of encoded dots", "/public/%2e%2e%2fadmin"],
    ["a backslash", "/public\\..\\admin"],
    ["a backslash behind", "/admin\\"],
    ["a backslash after the slash", "/\\admin"],
  ]),
  ...all("G03", 400, [
    ["a letter encoded", "/%61dmin"],
    ["all letters encoded", "/%61%64%6d%69%6e"],
    ["a letter encoded twice", "/%2561dmin"],
    ["a letter encoded twice, percent by percent", "/%25%36%31dmin"],
    ["a hex digit of a second encoding encoded", "/%25%361dmin"],
    ["dots encoded twice", "/public/%252e%252e/admin"],
    ["a slash encoded twice", "/public/..%252fadmin"],
    ["overlong slash", "/public/..%c0%afadmin"],
    ["overlong dots", "/public/%c0%ae%c0%ae/admin"],
    ["overlong slash in three bytes", "/public/..%e0%80%afadmin"],
    ["a lone continuation", "/admin%80"],
    ["a lone lead byte", "/admin%e9"],
    ["a surrogate", "/admin%ed%a0%80"],
    ["beyond Unicode", "/admin%f4%90%80%80"],
    ["%00", "/admin%00"],
    ["%00 before an ending", "/admin%00.css"],
    ["an encoded line feed", "/admin%0a"],
    ["an encoded carriage return", "/admin%0d%0a"],
    ["an encoded tab", "/admin%09"],
    ["encoded DEL", "/admin%7f"],
    ["an encoded C1 control", "/admin%c2%85"],
    ["a percent sign alone", "/admin%"],
    ["half an encoding", "/admin%2"],
    ["a percent sign before no digits", "/ad%min"],
  ]),
  ...byParser(
    all("G03", 400, [
      ["NUL", "/admin\0"],
      ["a control character", "/admin\x01"],
      ["a tab", "/admin\t"],
      ["DEL", "/admin\x7f"],
      ["a byte that is not ASCII", "/admin\xa0"],
      ["UTF-8 not encoded", "/admin\xc3\xa9"],
    ]),
  ),
  ...all("G04", 400, [
    ["two slashes", "//admin"],
    ["two slashes inside", "/public//../admin"],
    ["two slashes behind", "/admin//"],
    ["three slashes", "///admin"],
    ["a parameter", "/admin;v=1"],
    ["an empty parameter", "/admin;"],
    ["a session parameter", "/admin;jsessionid=1"],
    ["a parameter before it", "/;x/admin"],
    ["an encoded semicolon", "/admin%3bv=1"],
  ]),
  ...all("G04", 404, [
    ["a slash behind", "/admin/"],
    ["capitals", "/ADMIN"],
    ["a capital", "/Admin"],
    ["a dot behind the name", "/admin."],
    ["an encoded space behind", "/admin%20"],
  ]),
  ...all("G05", 400, [
    ["an empty fragment", "/admin#"],
    ["a fragment", "/admin#x"],
    ["a fragment before dots", "/admin#/../public"],
    ["a fragment with a query", "/admin#?x"],
  ]),
  ...all("G05", 404, [["an encoded one", "/admin%23x"]]),
  ...http1(
    all("G01", 400, [
      ["in absolute form", "http://gate.test/public/../admin"],
      ["in absolute form without dots", "http://gate.test/admin"],
    ]),
  ),
];

/** Each is `/users/admin`, which asks for a token, and would be `/users/{id}`, which does not. */
export const TEMPLATE_CASES: readonly TargetCase[] = [
  ...all("G07", 400, [
    ["a letter encoded", "/users/%61dmin"],
    ["a parameter", "/users/admin;v=1"],
    ["dots", "/users/x/../admin"],
    ["two slashes", "/users//admin"],
    ["NUL", "/users/admin%00"],
    ["a second encoding", "/users/%2561dmin"],
  ]),
  ...all("G07", 404, [
    ["capitals", "/users/ADMIN"],
    ["a slash behind", "/users/admin/"],
    ["a dot behind", "/users/admin."],
    ["an encoded space behind", "/users/admin%20"],
  ]),
];
