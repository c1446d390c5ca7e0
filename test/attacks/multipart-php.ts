// I09: the multipart bodies that PHP, and what is written in it, takes for something else.
import type { LenientPart } from "./lenient-multipart.ts";
import { MALFORMED } from "./multipart-bodies.ts";
import { END, field, part, USER } from "./multipart-writing.ts";

export const PHP_CASES: [string, string, Partial<LenientPart>, object][] = [
  [
    "another method, as PHP spells it",
    USER + field(".method", "DELETE") + END,
    { name: ".method", content: "DELETE" },
    { status: 400, says: ".method is not allowed: it asks for another method" },
  ],
  [
    "a name in single quotes",
    part("Content-Disposition: form-data; name='role'", "admin") + END,
    { name: "role", content: "admin" },
    MALFORMED,
  ],
  [
    "a file name in single quotes",
    USER + part("Content-Disposition: form-data; name=photo; filename='evil.php'\r\nContent-Type: image/png") + END,
    { filename: "evil.php" },
    MALFORMED,
  ],
];
